"""`/intervisie`: what people type in a channel or in their direct messages."""

from slack_bolt import Ack, App, BoltContext

from bot.blocks import replies
from bot.blocks.elements import Payload
from bot.catalog.commands import command_words
from bot.errors import Refusal
from bot.flows.text import bare
from bot.handlers import payloads
from bot.handlers.request import Action, Request, answer_privately, command_request, let_in
from bot.handlers.router import Router
from bot.limits import in_parts
from bot.outbox.messages import Messenger
from bot.services.inbox import Inbox
from bot.services.people import People
from bot.services.rooms import Rooms

GROUP_DM = "mpdm-"
"""What the name of direct messages among several people begins with, in Slack."""


class SlashCommands:
    """The surface of slash words: typed, or pressed as buttons named "group:word"."""

    def __init__(
        self, router: Router, inbox: Inbox, people: People, messenger: Messenger, rooms: Rooms
    ) -> None:
        self._router = router
        self._rooms = rooms
        self._inbox = inbox
        self._people = people
        self._messenger = messenger
        router.action("group", self.press)

    def register(self, app: App) -> None:
        """Register the slash command at Bolt."""

        @app.command("/intervisie")
        def intervisie(ack: Ack, context: BoltContext) -> None:
            payload: payloads.SlashCommand = context["payload"]
            request = command_request(payload, self._people)
            if not self._inbox.first_time(request.workspace, f"command:{payload.trigger_id}"):
                ack()
                return
            try:
                let_in(payload, request)
                answer = self.answer(request, group_dm=payload.channel_name.startswith(GROUP_DM))
            except Refusal as refusal:
                way = self._rooms.explain(request.workspace, request.user, refusal)
                answer = way or replies.refused(refusal, request.words)
            places = [request.user, request.channel or ""]
            if self._messenger.is_shut_out(request.workspace, places):
                answer = replies.shut_out(answer, request.words)
            first, *others = in_parts(answer)
            ack(response_type="ephemeral", **first)
            for part in others:
                answer_privately(self._messenger, request, part)

    def answer(self, request: Request, *, group_dm: bool = False) -> Payload:
        """Do what somebody typed and return the private answer.

        Raises `Refusal`, as in direct messages among several people (`group_dm`).
        """
        if group_dm:
            raise Refusal("room_group_dm")
        typed = bare(request.text).split() or request.text.casefold().split()
        first = typed[0] if typed else "help"
        word = command_words().get(" ".join(typed)) or command_words().get(first)
        if word is None:
            from rapidfuzz import process  # here, because few processes meet an unknown word

            near = process.extractOne(first[:40], list(command_words()), score_cutoff=60)
            return replies.help_(request.words, unknown=first, nearest=near[0] if near else None)
        return self._run(request, word, typed_as=first)

    def press(self, request: Request, action: Action) -> None:
        """Do the word of a button, and tell the answer to its presser alone."""
        answer = self._run(request, action.verb, typed_as=action.verb)
        answer_privately(self._messenger, request, answer)

    def _run(self, request: Request, word: str, *, typed_as: str) -> Payload:
        command = self._router.commands.get(word)
        if command is None:
            raise Refusal("outdated")
        if request.channel is None and not command.anywhere:
            raise Refusal("in_channel_only", word=typed_as)
        if (
            request.channel is not None
            and command.in_group
            and not self._people.is_bot_in(request.workspace, request.channel)
        ):
            raise Refusal("bot_not_here")
        return command.handle(request)
