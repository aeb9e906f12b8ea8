"""Buttons and menus: routed by the noun before the colon in their action id."""

import re

from slack_bolt import Ack, App, BoltContext

from bot.blocks import replies
from bot.blocks.action_ids import unstamped
from bot.errors import Refusal
from bot.handlers import payloads
from bot.handlers.form_values import form_of
from bot.handlers.request import Action, Request, answer_privately, interaction_request, let_in
from bot.handlers.router import Router
from bot.outbox.messages import Messenger
from bot.services.home import Homes
from bot.services.inbox import Inbox
from bot.services.people import People
from bot.services.presence import Presence
from bot.services.rooms import Rooms


class Actions:
    """The surface of buttons and menus."""

    def __init__(
        self,
        router: Router,
        inbox: Inbox,
        people: People,
        messenger: Messenger,
        homes: Homes,
        rooms: Rooms,
        presence: Presence,
    ) -> None:
        self._rooms = rooms
        self._presence = presence
        self._router = router
        self._inbox = inbox
        self._people = people
        self._messenger = messenger
        self._homes = homes

    def register(self, app: App) -> None:
        """Register all buttons and menus at Bolt, as one listener."""

        @app.action(re.compile(""))
        def pressed(ack: Ack, context: BoltContext, body: payloads.Raw) -> None:
            press: payloads.Press = context["payload"]
            request = interaction_request(press, self._people)
            action = _action(press, body)
            if not self._inbox.first_time(request.workspace, press.delivery):
                ack()
                return
            try:
                let_in(press, request)
                if request.channel is not None and request.caller.visitor:
                    self._presence.require_in(request.workspace, request.channel, request.user)
                noun = action.id.partition(":")[0]
                self._router.actions.get(noun, _outdated)(request, action)
            except Refusal as refusal:
                why = self._presence.explain(request.workspace, request.user, refusal)
                way = self._rooms.explain(request.workspace, request.user, why)
                told = way or replies.refused(why, request.words)
                answer_privately(self._messenger, request, told)
            if action.at_home:
                self._homes.refresh(request.workspace, request.user)
            ack()


def _outdated(_request: Request, _action: Action) -> None:
    """Refuse a button of an earlier version."""
    raise Refusal("outdated")


def _action(press: payloads.Press, body: payloads.Raw) -> Action:
    pressed, view = press.actions[0], press.view
    chosen = pressed.selected_option.value if pressed.selected_option else ""
    form = form_of(view, body["view"]) if isinstance(view, payloads.Modal) else None
    value, seen = unstamped(pressed.value or chosen)
    return Action(
        id=pressed.action_id,
        value=value,
        seen=seen,
        form=form,
        at_home=isinstance(view, payloads.HomeSurface),
    )
