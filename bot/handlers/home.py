"""App Home and past meetings."""

from bot.blocks import home as show
from bot.blocks.action_ids import FormId
from bot.blocks.elements import Payload
from bot.errors import Refusal
from bot.handlers.form_values import Form
from bot.handlers.modals import Modals
from bot.handlers.request import Action, Request
from bot.handlers.router import FormAnswer, Router
from bot.services.founding import Founding
from bot.services.history import History
from bot.services.membership import Membership
from bot.services.people import People


class HomeHandlers:
    """Handles what newcomers press in App Home, and past meetings."""

    def __init__(
        self,
        modals: Modals,
        people: People,
        founding: Founding,
        membership: Membership,
        history: History,
    ) -> None:
        self._modals = modals
        self._people = people
        self._founding = founding
        self._membership = membership
        self._history = history

    def register(self, router: Router) -> None:
        """Register what these handlers take."""
        router.command("history", self.history, anywhere=True)
        router.action("home", self.ask_for_channel)
        router.action("history", self.page)
        router.form(FormId.HOME_BEGIN, self.begin)

    def history(self, request: Request) -> Payload | None:
        """Open the first page of past meetings."""
        self._modals.open(request, self._history.page(request.workspace, request.user, 0))
        return None

    def page(self, request: Request, action: Action) -> None:
        """Open past meetings, or another page in their form; the value is the page's number."""
        number = action.value
        page = int(number[:6]) if number.isascii() and number.isdigit() else 0
        view = self._history.page(request.workspace, request.user, page)
        if action.form is not None:
            self._modals.change(request, action.form, view)
        else:
            self._modals.open(request, view)

    def ask_for_channel(self, request: Request, action: Action) -> None:
        """Ask a newcomer for the channel of their team."""
        request.refuse_guests()
        channel = action.value if action.value[:1] in ("C", "G") else None
        self._modals.open(request, show.begin(request.words, channel))

    def begin(self, request: Request, form: Form) -> FormAnswer:
        """Join the group of the chosen channel, or show the form to found one."""
        team, user, channel = request.workspace, request.user, form.text("channel")
        request.refuse_guests()
        if not self._people.is_bot_in(team, channel):
            raise Refusal("bot_not_there")
        if not self._people.is_person_in(team, channel, user):
            raise Refusal("not_in_channel")
        if self._founding.is_founded(team, channel):
            self._membership.join_channel(team, user, channel)
            return FormAnswer()
        return FormAnswer(view=self._founding.form(team, channel, user, details=False))
