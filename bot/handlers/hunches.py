"""Hunches: the form to park one, and the press that says what became of it."""

from bot.blocks import replies
from bot.blocks.action_ids import ActionId, FormId, split_value
from bot.blocks.hunches import FIELDS
from bot.errors import Refusal
from bot.flows.types import HunchOutcome
from bot.handlers.form_values import Form
from bot.handlers.modals import Modals
from bot.handlers.request import Action, Request, answer_privately
from bot.handlers.router import FormAnswer, Router
from bot.outbox.messages import Messenger
from bot.services.cases import Cases
from bot.services.hunches import Hunches


class HunchHandlers:
    """Handles what people press and send about their hunches."""

    def __init__(
        self, modals: Modals, messenger: Messenger, cases: Cases, hunches: Hunches
    ) -> None:
        self._modals = modals
        self._messenger = messenger
        self._cases = cases
        self._hunches = hunches

    def register(self, router: Router) -> None:
        """Register what these handlers take."""
        router.action("hunch", self.press)
        router.form(FormId.HUNCH_PARK, self.park)

    def press(self, request: Request, action: Action) -> None:
        """Open the form, or note what became of a hunch."""
        team, user = request.workspace, request.user
        session, _ = split_value(action.value)
        if action.id == ActionId.HUNCH_PARK:
            self._cases.channel_for(team, user, session, channel=request.channel)
            self._modals.open(request, self._hunches.form(team, user, session, request.words))
        elif action.verb in {*HunchOutcome}:
            self._hunches.judge(team, user, session, HunchOutcome(action.verb))
            answer_privately(self._messenger, request, replies.answer(request.words("hunch.noted")))
        else:
            raise Refusal("outdated")

    def park(self, request: Request, form: Form) -> FormAnswer:
        """Keep what stands in the form, for its writer alone."""
        team, user = request.workspace, request.user
        self._cases.channel_for(team, user, form.about, channel=request.channel)
        try:
            self._hunches.park(team, user, form.about, form.texts(*FIELDS))
        except Refusal as refusal:
            if refusal.key != "empty":
                raise
            return FormAnswer({FIELDS[0]: refusal})
        return FormAnswer()
