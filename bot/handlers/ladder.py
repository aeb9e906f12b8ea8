"""The ladder to leading: taking a rung or not, and looking back on what one led or saw."""

from bot.blocks.action_ids import ActionId, FormId, split_value
from bot.blocks.elements import Payload
from bot.blocks.ladder import LOOKS, SEEN
from bot.errors import Refusal
from bot.handlers.form_values import Form
from bot.handlers.modals import Modals
from bot.handlers.request import Action, Request
from bot.handlers.router import FormAnswer, Router
from bot.services.ladder import Ladder


class LadderHandlers:
    """Handles what members press and send about learning to lead."""

    def __init__(self, modals: Modals, ladder: Ladder) -> None:
        self._modals = modals
        self._ladder = ladder

    def register(self, router: Router) -> None:
        """Register what these handlers take."""
        router.command("learn", self.ask, in_group=True)
        router.action("ladder", self.press)
        router.form(FormId.LADDER_LOOK, self.look_back)
        router.form(FormId.LADDER_SAW, self.tell_seen)

    def ask(self, request: Request) -> Payload:
        """Offer a member who wants to learn to lead the rung that they are on."""
        channel = request.require_channel("learn")
        return self._ladder.ask(request.workspace, request.user, channel)

    def press(self, request: Request, action: Action) -> None:
        """Take or decline a rung, or open a form to look back in."""
        team, user = request.workspace, request.user
        about, rest = split_value(action.value)
        match action.id:
            case ActionId.LADDER_TAKE:
                self._ladder.take(team, user, about, action.seen)
            case ActionId.LADDER_DECLINE:
                self._ladder.decline(team, user, about, action.seen)
            case ActionId.LADDER_LOOK:
                self._modals.open(request, self._ladder.look_form(team, user, about, rest))
            case ActionId.LADDER_SAW:
                self._modals.open(request, self._ladder.seen_form(team, user, about, rest))
            case _:
                raise Refusal("outdated")

    def look_back(self, request: Request, form: Form) -> FormAnswer:
        """Send a person what they wrote for themselves."""
        session, rung = split_value(form.about)
        said = form.texts(*LOOKS)
        self._ladder.look_back(
            request.workspace, request.user, session, rung, [said[name] for name in LOOKS]
        )
        return FormAnswer()

    def tell_seen(self, request: Request, form: Form) -> FormAnswer:
        """Bring who led what a person saw."""
        session, led = split_value(form.about)
        said = form.texts(*SEEN)
        self._ladder.tell_seen(
            request.workspace, request.user, session, led, [said[name] for name in SEEN]
        )
        return FormAnswer()
