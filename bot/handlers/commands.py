"""What people type: `/intervisie` and a word, a mention and a word, or a word by itself."""

from slack_bolt import Ack, App, BoltContext

from bot.blocks import help as show
from bot.blocks import replies
from bot.blocks.elements import Payload
from bot.catalog.commands import command_words, meant_by, suggested_for
from bot.errors import Refusal
from bot.flows.text import bare
from bot.handlers import payloads
from bot.handlers.help import HelpHandlers
from bot.handlers.request import Action, Request, answer_privately, command_request, let_in
from bot.handlers.router import Router
from bot.limits import in_parts
from bot.outbox.messages import Messenger
from bot.services.inbox import Inbox
from bot.services.people import People
from bot.services.rooms import Rooms

GROUP_DM = "mpdm-"
"""What the name of direct messages among several people begins with, in Slack."""


class Commands:
    """The words that people type, or press as buttons named "group:word"."""

    def __init__(
        self,
        router: Router,
        people: People,
        messenger: Messenger,
        rooms: Rooms,
        help_: HelpHandlers,
    ) -> None:
        self._router = router
        self._people = people
        self._messenger = messenger
        self._rooms = rooms
        self._help = help_
        router.action("group", self.press)

    def answer(
        self, payload: payloads.Payload, request: Request, *, group_dm: bool = False
    ) -> list[Payload]:
        """Do what somebody typed and return the private answer, which may be why it cannot be.

        It is in parts that Slack takes; there are none where a form that opened says it all.
        `group_dm`: it was typed in direct messages among several people.
        """
        answer: Payload | None
        try:
            let_in(payload, request)
            answer = self._answer(request, group_dm=group_dm)
        except Refusal as refusal:
            if refusal.key == "form_by_press":
                return [show.by_press(self._meant(request) or "help", request.words)]
            way = self._rooms.explain(request.workspace, request.user, refusal)
            answer = way or replies.refused(refusal, request.words)
        if answer is None:
            return []
        places = [request.user, request.channel or ""]
        if self._messenger.is_shut_out(request.workspace, places):
            answer = replies.shut_out(answer, request.words)
        return in_parts(answer)

    def press(self, request: Request, action: Action) -> None:
        """Do the word of a button, and tell the answer to its presser alone."""
        answer = self._run(request, action.verb, typed_as=action.verb)
        if answer is not None:
            answer_privately(self._messenger, request, answer)

    def _meant(self, request: Request) -> str | None:
        return meant_by(_bare(request.text) or "help")

    def _answer(self, request: Request, *, group_dm: bool) -> Payload | None:
        if group_dm:
            raise Refusal("room_group_dm")
        text = _bare(request.text)
        word = self._meant(request)
        if word is not None:
            return self._run(request, word, typed_as=text.split()[0] if text else word)
        suggested = suggested_for(text, request.words.language)
        if suggested is not None:
            return show.nearest(suggested, command_words()[suggested], request.words)
        return self._help.here(request, unknown=True)

    def _run(self, request: Request, word: str, *, typed_as: str) -> Payload | None:
        command = self._router.commands.get(word)
        if command is None:
            raise Refusal("outdated")
        if request.channel is None and not command.anywhere:
            raise Refusal("in_channel_only", word=typed_as)
        if (
            request.channel is not None
            and command.in_group
            and not request.caller.grouped
            and not self._people.is_bot_in(request.workspace, request.channel)
        ):
            raise Refusal("bot_not_here")
        return command.handle(request)


class SlashCommands:
    """The surface of the slash command."""

    def __init__(
        self, inbox: Inbox, people: People, messenger: Messenger, commands: Commands
    ) -> None:
        self._inbox = inbox
        self._people = people
        self._messenger = messenger
        self._commands = commands

    def register(self, app: App) -> None:
        """Register the slash command at Bolt."""

        @app.command("/intervisie")
        def intervisie(ack: Ack, context: BoltContext) -> None:
            payload: payloads.SlashCommand = context["payload"]
            request = command_request(payload, self._people)
            if not self._inbox.first_time(request.workspace, f"command:{payload.trigger_id}"):
                ack()
                return
            group_dm = payload.channel_name.startswith(GROUP_DM)
            parts = self._commands.answer(payload, request, group_dm=group_dm)
            ack(**({"response_type": "ephemeral", **parts[0]} if parts else {}))
            for part in parts[1:]:
                answer_privately(self._messenger, request, part)


def is_word(text: str) -> bool:
    """Check whether a text is a word of ours and no more, or none at all."""
    typed = bare(text)
    return not typed or typed in command_words()


def _bare(text: str) -> str:
    """Return typed text, bare; as it is where nothing else would be left, such as an emoji."""
    return bare(text) or " ".join(text.casefold().split())
