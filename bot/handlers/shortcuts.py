"""Shortcuts of Slack, in its menus: routed by their callback id, answered by direct message."""

import re

from slack_bolt import Ack, App, BoltContext

from bot.blocks import replies
from bot.blocks.elements import Payload
from bot.errors import Refusal
from bot.handlers import payloads
from bot.handlers.request import Request, answer_privately, let_in, shortcut_request
from bot.handlers.router import Router
from bot.outbox.messages import Messenger
from bot.services.inbox import Inbox
from bot.services.people import People
from bot.services.rooms import Rooms


class Shortcuts:
    """The surface of shortcuts."""

    def __init__(
        self, router: Router, inbox: Inbox, people: People, messenger: Messenger, rooms: Rooms
    ) -> None:
        self._router = router
        self._inbox = inbox
        self._people = people
        self._messenger = messenger
        self._rooms = rooms

    def register(self, app: App) -> None:
        """Register all shortcuts at Bolt, as one listener."""

        @app.shortcut(re.compile(""))
        def used(ack: Ack, context: BoltContext) -> None:
            shortcut: payloads.Shortcut = context["payload"]
            request = shortcut_request(shortcut, self._people)
            answer: Payload | None = None
            if self._inbox.first_time(request.workspace, f"shortcut:{shortcut.trigger_id}"):
                try:
                    let_in(shortcut, request)
                    handle = self._router.shortcuts.get(shortcut.callback_id, _outdated)
                    answer = handle(request, shortcut.link)
                except Refusal as refusal:
                    way = self._rooms.explain(request.workspace, request.user, refusal)
                    answer = way or replies.refused(refusal, request.words)
            if answer is not None:
                answer_privately(self._messenger, request, answer)
            ack()


def _outdated(_request: Request, _link: str) -> None:
    """Refuse a shortcut of another version."""
    raise Refusal("outdated")
