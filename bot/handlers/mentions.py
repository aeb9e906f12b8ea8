"""`@Intervisie` and a word in a channel: understood as the slash command is."""

from slack_bolt import App, BoltContext

from bot.handlers import payloads
from bot.handlers.commands import Commands, is_word
from bot.handlers.mrkdwn import as_written, without_mentions
from bot.handlers.request import message_request, workspace_of
from bot.outbox.messages import Messenger
from bot.services.inbox import Inbox
from bot.services.people import People


class Mentions:
    """The surface of mentions. Its answers are private, in the thread where somebody asked.

    In a thread only a word by itself is for the bot: what people say there about it is theirs.
    """

    def __init__(
        self, inbox: Inbox, people: People, messenger: Messenger, commands: Commands
    ) -> None:
        self._inbox = inbox
        self._people = people
        self._messenger = messenger
        self._commands = commands

    def register(self, app: App) -> None:
        """Register mentions at Bolt."""

        @app.event("app_mention")
        def mention(context: BoltContext) -> None:
            payload: payloads.MentionEvent = context["payload"]
            said = payload.event
            if said.user is None or said.bot_id or said.user in payload.bot_users:
                return
            text = as_written(without_mentions(said.text, payload.bot_users) or "")
            if said.thread_ts is not None and not is_word(text):
                return
            workspace, delivery = workspace_of(payload), f"mention:{said.channel}:{said.ts}"
            if not self._inbox.first_time(workspace, delivery):
                return
            request = message_request(payload, said.user, text, self._people, channel=said.channel)
            for part in self._commands.answer(payload, request):
                self._messenger.tell(
                    workspace,
                    said.user,
                    part,
                    channel=said.channel,
                    thread=said.thread_ts,
                )
