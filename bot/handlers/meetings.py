"""Meetings: their dates, the rota, and calendars."""

from bot.blocks.action_ids import ActionId, FormId, split_value
from bot.blocks.elements import Payload
from bot.blocks.meetings import UNDO
from bot.errors import Refusal
from bot.handlers.form_values import Form
from bot.handlers.modals import Modals
from bot.handlers.request import Action, Request, answer_privately
from bot.handlers.router import FormAnswer, Router
from bot.outbox.messages import Messenger
from bot.services.meetings.calendars import Calendars
from bot.services.meetings.rescheduling import Rescheduling
from bot.services.meetings.rota import Rotas

CHANGE = ("what", "on", "at", "reason")


class MeetingHandlers:
    """Handles what people type, press and send about meetings."""

    def __init__(
        self,
        modals: Modals,
        messenger: Messenger,
        rotas: Rotas,
        rescheduling: Rescheduling,
        calendars: Calendars,
    ) -> None:
        self._modals = modals
        self._messenger = messenger
        self._rotas = rotas
        self._rescheduling = rescheduling
        self._calendars = calendars

    def register(self, router: Router) -> None:
        """Register what these handlers take."""
        router.command("rota", self.rota, in_group=True)
        router.command("meeting", self.meeting, in_group=True)
        router.command("calendar", self.calendar, in_group=True)
        router.action("meeting", self.press)
        router.form(FormId.MEETING_CHANGE, self.change)
        router.form(FormId.MEETING_SWAP, self.ask_swap)
        router.form(FormId.MEETING_ASSIGN, self.assign)

    # slash words

    def rota(self, request: Request) -> Payload:
        """Show whose turn it is."""
        channel = request.require_channel("rota")
        return self._rotas.card(request.workspace, channel, request.user)

    def meeting(self, request: Request) -> Payload | None:
        """Open the form to move or skip the next meeting."""
        channel = request.require_channel("meeting")
        form = self._rescheduling.form(request.workspace, channel, request.user)
        self._modals.open(request, form)
        return None

    def calendar(self, request: Request) -> Payload:
        """Show how the dates get into one's own calendar."""
        channel = request.require_channel("calendar")
        return self._calendars.card(request.workspace, channel, request.user)

    # buttons

    def press(self, request: Request, action: Action) -> None:
        """Handle a button about a meeting; its value is the meeting's id, and maybe a person."""
        team, user, seen = request.workspace, request.user, action.seen
        meeting, other = split_value(action.value)
        rotas, id_ = self._rotas, action.id
        match id_:
            case ActionId.MEETING_COMING if other == UNDO:
                rotas.take_back_away(team, user, meeting, seen)
            case ActionId.MEETING_COMING:
                kept = rotas.say_coming(team, user, meeting, seen)
                if kept is not None and not action.at_home:
                    answer_privately(self._messenger, request, kept)
            case ActionId.MEETING_AWAY:
                rotas.say_away(team, user, meeting, seen)
            case ActionId.MEETING_PASS:
                rotas.pass_turn(team, user, meeting, seen)
            case ActionId.MEETING_UNPASS:
                rotas.take_back_pass(team, user, meeting, seen)
            case ActionId.MEETING_OFFER:
                rotas.offer_turn(team, user, meeting, seen)
            case ActionId.MEETING_RETURN:
                rotas.return_to_turn(team, user, meeting)
            case ActionId.MEETING_REST:
                rotas.rest(team, user, meeting)
            case ActionId.MEETING_UNASSIGN:
                rotas.unassign_turn(team, user, meeting, other, seen)
            case ActionId.MEETING_CALENDAR:
                self._calendars.send_one(team, user, meeting)
            case ActionId.MEETING_SNOOZE:
                rotas.snooze_reminder(team, user, meeting, seen)
            case ActionId.MEETING_SWAP | ActionId.MEETING_ASSIGN:
                assigns = id_ == ActionId.MEETING_ASSIGN
                form = rotas.swap_form(team, user, meeting, seen, assign=assigns)
                self._modals.open(request, form)
            case ActionId.MEETING_SWAP_YES | ActionId.MEETING_SWAP_NO:
                agreed = id_ == ActionId.MEETING_SWAP_YES
                rotas.answer_swap(team, user, meeting, other, yes=agreed)
            case ActionId.MEETING_UNSWAP:
                rotas.undo_swap(team, user, meeting, other)
            case ActionId.MEETING_UNSKIP:
                self._rescheduling.unskip(team, user, meeting, seen)
            case _:
                raise Refusal("outdated")

    # forms

    def change(self, request: Request, form: Form) -> FormAnswer:
        """Move or skip a meeting."""
        values = form.texts(*CHANGE)
        wrong = self._rescheduling.move_or_skip(
            request.workspace, request.user, form.about, values, form.seen
        )
        return FormAnswer(wrong)

    def ask_swap(self, request: Request, form: Form) -> FormAnswer:
        """Ask a colleague to swap turns."""
        colleague = form.text("colleague")
        self._rotas.ask_swap(request.workspace, request.user, form.about, colleague, form.seen)
        return FormAnswer()

    def assign(self, request: Request, form: Form) -> FormAnswer:
        """Ask a colleague to bring a case to a meeting."""
        colleague = form.text("colleague")
        self._rotas.assign_turn(request.workspace, request.user, form.about, colleague, form.seen)
        return FormAnswer()
