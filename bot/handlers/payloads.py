"""What payloads look like. Each is validated and parsed once, before any handler sees it.

Everything comes signed, and still only what Slack's documentation describes gets through: ids
that are ids, times that are times, words that are words. Unknown fields are ignored.
"""

import logging
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)
from slack_bolt import BoltRequest, BoltResponse
from slack_bolt.middleware import Middleware

from bot.store.unit import anonymous_id

log = logging.getLogger(__name__)

Raw = dict[str, Any]
"""A payload as Slack sent it, for the parts that are handed back to Slack unchanged."""

Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,60}$")]
Mark = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._:-]{1,120}$")]
"""A value that is used once, such as a trigger, or the hash of a view."""
Ts = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,10}\.[0-9]{1,9}$")]
Ours = Annotated[str, StringConstraints(pattern=r"^[^\x00]*$")]
"""A value that we put into a button or a form; PostgreSQL takes no text with a NUL in it."""


class _Shape(BaseModel):
    """Part of a payload. Its validator is built with that of the first whole payload."""

    model_config = ConfigDict(defer_build=True)


class _Named(_Shape):
    id: Id


class Payload(_Shape):
    """A payload of a workspace, or of an organisation."""

    team_id: Id | None = None
    team: _Named | None = None
    enterprise_id: Id | None = None
    enterprise: _Named | None = None

    @model_validator(mode="after")
    def _from_somewhere(self) -> "Payload":
        if not (self.team_id or self.team or self.enterprise_id or self.enterprise):
            raise ValueError("from nowhere")
        return self


class _Other(_Shape):
    """A payload that no handler takes, such as that of a dialog; Bolt reads this much of it."""

    type: str | None = None
    callback_id: str | None = None
    action_id: str | None = None
    event: dict[str, Any] | None = None
    view: dict[str, Any] | None = None
    actions: list[dict[str, Any]] | None = None


class SlashCommand(Payload):
    """A slash command."""

    command: str
    user_id: Id
    channel_id: Id | None = None
    channel_name: str = ""
    text: str = ""
    trigger_id: Mark


class _User(_Shape):
    id: Id
    team_id: Id | None = None


class _Option(_Shape):
    value: Ours


class PressedAction(_Shape):
    """The button or menu of a press."""

    action_id: Ours
    action_ts: Ts | None = None
    value: Ours | None = None
    selected_option: _Option | None = None


class _Block(_Shape):
    type: str
    block_id: str
    element: dict[str, Any] | None = None

    @model_validator(mode="after")
    def _input_has_an_element(self) -> "_Block":
        if self.type == "input" and self.element is None:
            raise ValueError("an input without an element")
        return self


class HomeSurface(_Shape):
    """App Home, in which somebody pressed a button."""

    type: Literal["home"]


class Filled(_Shape):
    """What stands in one field of a form."""

    value: str | None = None
    selected_option: _Option | None = None
    selected_options: list[_Option] | None = None
    selected_users: list[Id] | None = None
    selected_user: Id | None = None
    selected_conversation: Id | None = None
    selected_time: str | None = None
    selected_date: str | None = None


class _State(_Shape):
    values: dict[str, dict[str, Filled]]


class Modal(_Shape):
    """A form that somebody sends, or in which they pressed a button."""

    type: Literal["modal"]
    id: Id
    hash: Mark
    title: dict[str, Any]
    callback_id: str
    private_metadata: Ours = ""
    blocks: list[_Block]
    state: _State | None = None


class _Container(_Shape):
    message_ts: Ts | None = None
    view_id: Id | None = None


class Press(Payload):
    """A press on a button, or a choice from a menu."""

    user: _User
    trigger_id: Mark
    container: _Container | None = None
    channel: _Named | None = None
    actions: list[PressedAction] = Field(min_length=1)
    view: Annotated[HomeSurface | Modal, Field(discriminator="type")] | None = None

    @property
    def delivery(self) -> str:
        """The id under which this press is known: what was pressed, where, when and by whom."""
        action, place = self.actions[0], self.container or _Container()
        where, when = place.message_ts or place.view_id, action.action_ts or self.trigger_id
        return anonymous_id("press", self.user.id, where, action.action_id, when)


class _Team(_Named):
    domain: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9.-]{1,100}$")] | None = None


class _Source(_Shape):
    ts: Ts
    thread_ts: Ts | None = None


class Shortcut(Payload):
    """A shortcut that somebody used; on a message, of which only the place is read."""

    team: _Team | None = None
    user: _User
    callback_id: Ours
    trigger_id: Mark
    channel: _Named | None = None
    message: _Source | None = None

    @property
    def link(self) -> str:
        """The address of the message, in Slack; "" without one."""
        domain, channel, message = self.team and self.team.domain, self.channel, self.message
        if not domain or channel is None or message is None:
            return ""
        link = f"https://{domain}.slack.com/archives/{channel.id}/p{message.ts.replace('.', '')}"
        if message.thread_ts not in (None, message.ts):
            link += f"?thread_ts={message.thread_ts}&cid={channel.id}"
        return link


class SentModal(Modal):
    """A form that somebody sends; it has at least one field."""

    state: _State

    @model_validator(mode="after")
    def _has_fields(self) -> "SentModal":
        if not any(block.type == "input" for block in self.blocks):
            raise ValueError("no form")
        return self


class Submission(Payload):
    """A form that somebody sends."""

    user: _User
    channel: _Named | None = None
    view: SentModal


class _Authorization(_Shape):
    team_id: Id | None = None
    user_id: Id | None = None


class Envelope(Payload):
    """An event, with the installations that it is for."""

    event_id: Id
    authorizations: list[_Authorization] | None = None
    is_ext_shared_channel: bool | None = None

    @property
    def installations(self) -> tuple[str, ...]:
        """The workspaces of the installations, for an event of a channel that is shared."""
        if not self.is_ext_shared_channel:
            return ()
        return tuple(each.team_id for each in self.authorizations or () if each.team_id)

    @property
    def bot_users(self) -> frozenset[str | None]:
        """Our own users in the workspaces that this event is for."""
        return frozenset(each.user_id for each in self.authorizations or ()) - {None}


class _Edited(_Shape):
    ts: Ts


class SaidMessage(_Shape):
    """A message, or what it was before or after a change."""

    ts: Ts
    user: Id | None = None
    bot_id: Id | None = None
    subtype: str | None = None
    text: str | None = None
    thread_ts: Ts | None = None
    edited: _Edited | None = None


class Message(SaidMessage):
    """A message event, and what changed if it tells of a change."""

    channel: Id
    channel_type: str | None = None
    message: SaidMessage | None = None
    previous_message: SaidMessage | None = None
    deleted_ts: Ts | None = None


class MessageEvent(Envelope):
    """A message, in its envelope."""

    event: Message


class Mention(_Shape):
    """A message in a channel that mentions the bot."""

    user: Id | None = None
    bot_id: Id | None = None
    text: str
    ts: Ts
    channel: Id
    thread_ts: Ts | None = None


class MentionEvent(Envelope):
    """A mention of the bot, in its envelope."""

    event: Mention


class Coming(_Shape):
    """A person who came into a channel, or left it."""

    user: Id
    channel: Id
    inviter: Id | None = None
    event_ts: Ts | None = None


class ComingEvent(Envelope):
    """A person who came or left, in its envelope."""

    event: Coming


class Closing(_Shape):
    """A channel that was archived, opened again or deleted, or that the bot left."""

    type: str
    channel: Id


class ClosingEvent(Envelope):
    """A channel that was closed or opened, in its envelope."""

    event: Closing


class Sharing(_Shape):
    """A channel that is shared with another organisation, or not any more."""

    channel: Id


class SharingEvent(Envelope):
    """A channel that is shared or not, in its envelope."""

    event: Sharing


class Renaming(_Shape):
    """A channel that got another name."""

    channel: _Named
    event_ts: Ts | None = None


class RenamingEvent(Envelope):
    """A channel with another name, in its envelope."""

    event: Renaming


class Moving(_Shape):
    """A channel that got another id."""

    old_channel_id: Id
    new_channel_id: Id


class MovingEvent(Envelope):
    """A channel with another id, in its envelope."""

    event: Moving


class Profile(_Shape):
    """What Slack says of a person."""

    id: Id
    name: str | None = None
    real_name: str | None = None
    locale: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{0,20}$")] | None = None
    tz: Annotated[str, StringConstraints(max_length=60)] | None = None


class Change(_Shape):
    """A person whose profile changed."""

    user: Profile


class ChangeEvent(Envelope):
    """A changed person, in its envelope."""

    event: Change


class Opening(_Shape):
    """A person who opened App Home or its messages."""

    user: Id
    tab: str | None = None


class OpeningEvent(Envelope):
    """An opened App Home, in its envelope."""

    event: Opening


class _OtherEvent(Envelope):
    event: dict[str, Any]


class _Tokens(_Shape):
    bot: list[Id] = Field(default_factory=list)


class Revoking(_Shape):
    """Tokens that Slack takes no more."""

    tokens: _Tokens


class RevokingEvent(Envelope):
    """Revoked tokens, in their envelope."""

    event: Revoking


class Access(_Shape):
    """Workspaces that an installation of their organisation serves, or does not any more."""

    team_ids: list[Id]


class AccessEvent(Envelope):
    """Workspaces that are served or not, in their envelope."""

    event: Access


EVENTS: Mapping[str, type[Envelope]] = {
    "message": MessageEvent,
    "app_mention": MentionEvent,
    "member_left_channel": ComingEvent,
    "member_joined_channel": ComingEvent,
    **{
        f"{place}_{what}": ClosingEvent
        for place in ("channel", "group")
        for what in ("archive", "unarchive", "deleted", "left")
    },
    "channel_id_changed": MovingEvent,
    "channel_rename": RenamingEvent,
    "group_rename": RenamingEvent,
    "channel_shared": SharingEvent,
    "channel_unshared": SharingEvent,
    "user_change": ChangeEvent,
    "app_home_opened": OpeningEvent,
    "app_uninstalled": Envelope,
    "tokens_revoked": RevokingEvent,
    "team_access_granted": AccessEvent,
    "team_access_revoked": AccessEvent,
}
"""The events that handlers take."""


def parse(body: Any) -> BaseModel:
    """Return a payload as far as we read it.

    Raises `ValidationError` for one that Slack could not have sent.
    """
    return _shape(body).model_validate(body)


def _shape(body: Any) -> type[BaseModel]:
    if not isinstance(body, dict):
        return _Other
    match body.get("type"):
        case "event_callback":
            event = body.get("event")
            kind = event.get("type") if isinstance(event, dict) else None
            return EVENTS.get(kind, _OtherEvent) if isinstance(kind, str) else _OtherEvent
        case "block_actions":
            return Press
        case "view_submission":
            return Submission
        case "shortcut" | "message_action":
            return Shortcut
        case _:
            return SlashCommand if "command" in body else _Other


class PayloadParser(Middleware):
    """Parses a payload into `context["payload"]`, and answers 400 if that is impossible.

    A payload that no handler takes is acknowledged here. Bolt would hand some of them to a
    listener of another kind, by their callback id, and answer 404 to the others. This is a
    middleware of Bolt's own kind: before a function Bolt looks into the payload itself.
    """

    def process(
        self,
        *,
        req: BoltRequest,
        resp: BoltResponse,  # noqa: ARG002 - as Bolt wants it
        next: Callable[[], BoltResponse],  # noqa: A002 - as Bolt wants it
    ) -> BoltResponse:
        """Parse the payload of a request, and go on if a handler takes it."""
        try:
            payload = parse(req.body)
        except ValidationError:
            return unreadable()
        if isinstance(payload, _Other | _OtherEvent):
            return BoltResponse(status=200, body="")
        req.context["payload"] = payload
        return next()


def unreadable() -> BoltResponse:
    """Return the answer to a request that cannot be read."""
    log.warning("a request that cannot be read")
    return BoltResponse(status=400, body="")
