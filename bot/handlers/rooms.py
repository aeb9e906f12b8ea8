"""Rooms: who can read in a channel, the way to a private one, and who may come in."""

from bot.blocks import replies
from bot.blocks.action_ids import ActionId, FormId, split_value
from bot.blocks.elements import Payload
from bot.errors import Refusal
from bot.handlers.form_values import Form
from bot.handlers.modals import Modals
from bot.handlers.request import Action, Request, answer_privately
from bot.handlers.router import FormAnswer, Router
from bot.outbox.messages import Messenger
from bot.services.rooms import Rooms


class RoomHandlers:
    """Handles what people type, press and send about the room of their group."""

    def __init__(self, modals: Modals, messenger: Messenger, rooms: Rooms) -> None:
        self._modals = modals
        self._messenger = messenger
        self._rooms = rooms

    def register(self, router: Router) -> None:
        """Register what these handlers take."""
        router.command("room", self.card, in_group=True)
        router.action("room", self.press)
        router.form(FormId.ROOM_CHOICE, self.choose)
        router.form(FormId.ROOM_FACILITATOR, self.choose_facilitator)

    def card(self, request: Request) -> Payload:
        """Show who can read in the channel, and what the group can do about it."""
        channel = request.require_channel("room")
        return self._rooms.card(request.workspace, channel, request.user)

    def press(self, request: Request, action: Action) -> None:
        """Handle a button about a room; its value is a group's or a case's id."""
        team, user, rooms = request.workspace, request.user, self._rooms
        about, rest = split_value(action.value)
        match action.id:
            case ActionId.ROOM_NAMES:
                answer_privately(self._messenger, request, rooms.names(team, user, about))
            case ActionId.ROOM_MOVE:
                request.refuse_guests()
                rooms.move(team, user, about)
                self._tell(request, "room.moving")
            case ActionId.ROOM_CHOOSE:
                request.refuse_guests()
                self._modals.open(request, rooms.choice_form(team, user, about))
            case ActionId.ROOM_AGREE:
                rooms.agree(team, user, about)
            case ActionId.ROOM_DISAGREE:
                rooms.disagree(team, user, about)
            case ActionId.ROOM_TELL:
                self._tell(request, rooms.tell(team, user, about))
            case ActionId.ROOM_KEEP:
                self._tell(request, "room.kept")
            case ActionId.ROOM_ADMIT:
                rooms.admit(team, user, about, rest)
            case ActionId.ROOM_REFUSE:
                rooms.refuse(team, user, about, rest)
            case ActionId.ROOM_GUESTS_ON | ActionId.ROOM_GUESTS_OFF:
                on = action.id == ActionId.ROOM_GUESTS_ON
                rooms.set_guests(team, user, about, on=on)
                self._tell(request, "room.guests_set" if on else "room.guests_unset")
            case ActionId.ROOM_FACILITATOR:
                self._modals.open(request, rooms.facilitator_form(team, user, about))
            case _:
                raise Refusal("outdated")

    def choose(self, request: Request, form: Form) -> FormAnswer:
        """Go on in the private channel that was chosen."""
        channel = form.text("channel")
        wrong = self._rooms.move_to(request.workspace, request.user, form.about, channel)
        return FormAnswer(wrong)

    def choose_facilitator(self, request: Request, form: Form) -> FormAnswer:
        """Choose who leads a group's sessions from outside, or nobody."""
        chosen = form.text("facilitator") or None
        wrong = self._rooms.choose_facilitator(request.workspace, request.user, form.about, chosen)
        return FormAnswer(wrong)

    def _tell(self, request: Request, key: str) -> None:
        answer_privately(self._messenger, request, replies.answer(request.words(key)))
