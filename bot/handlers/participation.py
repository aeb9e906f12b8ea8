"""Participation: counts for leads and members, and statements."""

from bot.blocks import participation as show
from bot.blocks import replies
from bot.blocks.action_ids import ActionId, FormId, split_value
from bot.blocks.elements import Payload
from bot.catalog.commands import own_words
from bot.errors import Refusal
from bot.handlers.form_values import Form
from bot.handlers.modals import Modals
from bot.handlers.request import Action, Request
from bot.handlers.router import FormAnswer, Router
from bot.services.participation import FiguresRequest, Participation
from bot.services.statements import Statements

LEADS_ONLY = frozenset({"stats_lead_only", "stats_no_lead"})
"""Refusals after which a member is offered what they may see themselves."""


class ParticipationHandlers:
    """Handles what people type, press and send about participation."""

    def __init__(
        self, modals: Modals, participation: Participation, statements: Statements
    ) -> None:
        self._modals = modals
        self._participation = participation
        self._statements = statements

    def register(self, router: Router) -> None:
        """Register what these handlers take."""
        router.command("stats", self.stats, anywhere=True)
        router.command("statement", self.statement, anywhere=True)
        router.action("stats", self.press_stats)
        router.action("statement", self.open_statement)
        router.form(FormId.STATS_PERIOD, self.request_period)
        router.form(FormId.STATEMENT_MAKE, self.request_statement)

    # slash words

    def stats(self, request: Request) -> Payload | None:
        """Order a group's counts, for its lead or (typed "mine") as a member sees them."""
        team, user, typed = request.workspace, request.user, request.typed
        mine = bool(typed) and typed[0] in own_words()
        period = " ".join(typed[1:] if mine else typed)
        if request.channel is not None:
            group = self._participation.group_in_channel(team, request.channel, user)
        else:
            groups = self._participation.group_ids(team, user, lead=not mine)
            if not groups:
                raise Refusal("stats_no_group")
            if len(groups) > 1:
                form = self._participation.form_for_any_group(team, user, period, lead=not mine)
                self._modals.open(request, form)
                return None
            group = groups[0]
        try:
            self._participation.request(FiguresRequest(team, user, group, not mine), period)
        except Refusal as refusal:
            if refusal.key not in LEADS_ONLY:
                raise
            return show.refused_to_member(refusal, group, request.words)
        return replies.answer(request.words("stats.asked"))

    def statement(self, request: Request) -> Payload | None:
        """Order a statement of one's own participation, or open the form for it."""
        if not request.typed:
            self._modals.open(request, self._statements.form(request.workspace, request.user))
            return None
        year, *register = request.typed
        self._statements.request(request.workspace, request.user, year, " ".join(register))
        return replies.answer(request.words("statement.asked"))

    # buttons

    def press_stats(self, request: Request, action: Action) -> None:
        """Handle a button about counts; its value is the group's id, and maybe a period."""
        team, user = request.workspace, request.user
        group, period = split_value(action.value)
        match action.id:
            case ActionId.STATS_OPEN | ActionId.STATS_MINE:
                asked = FiguresRequest(team, user, group, lead=action.id == ActionId.STATS_OPEN)
                self._modals.open(request, self._participation.form(asked))
            case ActionId.STATS_CSV:
                asked = FiguresRequest(team, user, group, format="csv")
                self._participation.request(asked, period)
            case ActionId.STATS_XLSX:
                self._participation.request(
                    FiguresRequest(team, user, group, format="xlsx"), period
                )
            case _:
                raise Refusal("outdated")

    def open_statement(self, request: Request, _action: Action) -> None:
        """Open the form for a statement."""
        self._modals.open(request, self._statements.form(request.workspace, request.user))

    # forms

    def request_period(self, request: Request, form: Form) -> FormAnswer:
        """Order a group's counts of the chosen period."""
        group, role = split_value(form.about)
        chosen = form.text("period")
        asked = FiguresRequest(
            request.workspace, request.user, group or form.text("group"), role == "lead"
        )
        self._participation.request(asked, "" if chosen == show.LAST_MONTHS else chosen)
        return FormAnswer()

    def request_statement(self, request: Request, form: Form) -> FormAnswer:
        """Order a statement of the chosen year, for the chosen register."""
        register = form.text("register")
        register = "" if register == "none" else register
        self._statements.request(request.workspace, request.user, form.text("year"), register)
        return FormAnswer()
