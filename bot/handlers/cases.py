"""Cases: bringing one, the queue, and starting a session on one."""

from functools import partial

from bot.blocks import intake as intake_blocks
from bot.blocks import replies
from bot.blocks.action_ids import ActionId, FormId, split_value
from bot.blocks.elements import Payload
from bot.errors import Refusal
from bot.flows.intake import Field
from bot.handlers.form_values import Form
from bot.handlers.modals import Modals
from bot.handlers.request import Action, Request
from bot.handlers.router import FormAnswer, Router
from bot.outbox.messages import Messenger
from bot.services.cases import Cases
from bot.services.founding import Founding
from bot.services.intake import Intake
from bot.services.rooms import Rooms
from bot.services.waiting import WaitingCases

METHODS = {"first": "first-meeting", "evaluation": "evaluation"}
"""The slash words that begin a session about the group itself, with their method."""


class CaseHandlers:
    """Handles what people type, press and send about cases."""

    def __init__(
        self,
        modals: Modals,
        messenger: Messenger,
        cases: Cases,
        intake: Intake,
        founding: Founding,
        rooms: Rooms,
        waiting: WaitingCases,
    ) -> None:
        self._modals = modals
        self._messenger = messenger
        self._cases = cases
        self._intake = intake
        self._founding = founding
        self._rooms = rooms
        self._waiting = waiting

    def register(self, router: Router) -> None:
        """Register what these handlers take."""
        router.command("start", lambda r: self.start(r, _method_named(r)), in_group=True)
        for word, method in METHODS.items():
            router.command(word, partial(self.start, method=method), in_group=True)
        router.command("case", self.bring, anywhere=True, in_group=True)
        router.command("queue", self.queue, in_group=True)
        router.command("status", self.status, in_group=True)
        router.action("intake", self.press_intake)
        router.action("case", self.press_case)
        router.form(FormId.INTAKE_FORM, self.save_intake)
        router.shortcut("bring_case", self.bring_by_shortcut)
        router.shortcut("take_message", self.bring_by_shortcut)

    # slash words

    def start(self, request: Request, method: str | None) -> Payload:
        """Open a session on the one case that waits, or show the queue to choose from."""
        request.refuse_guests()
        channel = request.require_channel("start")
        self._rooms.look(request.workspace, channel, request.user)
        waiting = self._cases.start(
            request.workspace,
            request.user,
            channel=channel,
            method=method,
        )
        if waiting is None:
            answer = replies.answer(request.words("queue.started"))
        else:
            answer = replies.queue(
                waiting.cases,
                request.words,
                choose=True,
                group=waiting.group,
                method=waiting.method,
            )
        if self._founding.is_new_group(request.workspace, channel):
            return replies.with_founding(answer, request.words)
        return answer

    def bring(self, request: Request) -> Payload:
        """Begin the intake of a case, or ask for which group it is."""
        groups = self._intake.bring(
            request.workspace,
            request.user,
            channel=request.channel,
            group=None,
        )
        if groups is None:
            return replies.answer(request.words("intake.opened"))
        return replies.groups(groups, request.words)

    def queue(self, request: Request) -> Payload:
        """Show the cases that wait."""
        channel = request.require_channel("queue")
        found = self._cases.queue(request.workspace, channel, request.user)
        return replies.queue(found, request.words)

    def status(self, request: Request) -> Payload:
        """Show the sessions under way."""
        channel = request.require_channel("status")
        found = self._cases.status(request.workspace, request.user, channel)
        return replies.status(*found, request.words)

    # shortcuts

    def bring_by_shortcut(self, request: Request, link: str) -> Payload | None:
        """Begin the intake of a case, from the message of a link if there is one."""
        groups = self._intake.bring(
            request.workspace, request.user, channel=None, group=None, link=link
        )
        if groups is None:
            return None
        return replies.groups(groups, request.words, link=link)

    # buttons

    def press_intake(self, request: Request, action: Action) -> None:
        """Handle a button of an intake; its value is a case's id, and a field."""
        team, user = request.workspace, request.user
        case, rest = split_value(action.value)
        match action.verb.split(":"):
            case ["new"] | ["for"]:
                group = case if action.id == ActionId.INTAKE_FOR else None
                groups = self._intake.bring(team, user, channel=None, group=group, method=rest)
                if groups is not None:
                    self._messenger.tell(team, user, replies.groups(groups, request.words))
            case ["from"]:
                self._intake.bring(team, user, channel=None, group=case, link=rest)
            case ["positive" | "theme" as kind]:
                groups = self._intake.bring(team, user, channel=None, group=case or None, kind=kind)
                if groups is not None:
                    asked = replies.groups(groups, request.words, action=action.id)
                    self._messenger.tell(team, user, asked)
            case ["choose", value]:
                self._intake.choose(team, user, case, _field(rest), value)
            case ["pass"]:
                self._intake.pass_field(team, user, case, _field(rest))
            case ["edit"] | ["edit_any"]:
                self._intake.edit(team, user, case, _field(rest))
            case ["form"]:
                self._modals.open(request, self._intake.form(team, user, case))
            case ["stop"]:
                self._intake.stop(team, user, case)
            case ["resume"]:
                self._intake.resume(team, user, case)
            case ["discard"]:
                self._intake.discard(team, user, case)
            case ["submit"]:
                self._intake.submit(team, user, case)
            case _:
                raise Refusal("outdated")

    def press_case(self, request: Request, action: Action) -> None:
        """Start a session on a case of the queue, withdraw the case, or keep it longer."""
        team, user = request.workspace, request.user
        case, method = split_value(action.value)
        if action.id == ActionId.CASE_START:
            request.refuse_guests()
            self._rooms.look_for_case(team, case)
            channel = self._cases.start_case(
                team,
                user,
                case,
                channel=request.channel,
                method=method,
            )
            if request.channel is None:
                self._messenger.tell(team, user, intake_blocks.lobby(channel, request.words))
        elif action.id == ActionId.CASE_KEEP:
            self._waiting.keep(team, user, case)
        else:
            self._intake.withdraw(team, user, case)

    # forms

    def save_intake(self, request: Request, form: Form) -> FormAnswer:
        """Keep an intake that was filled in as one form."""
        values = {field: form.text(field) for field in Field}
        wrong = self._intake.save_form(request.workspace, request.user, form.about, values)
        return FormAnswer({str(field): why for field, why in wrong.items()})


def _method_named(request: Request) -> str | None:
    """Return what was typed after "start": a method's id or title."""
    typed = " ".join(request.typed)
    return typed or None


def _field(name: str) -> Field:
    try:
        return Field(name)
    except ValueError:
        raise Refusal("outdated") from None
