"""What payloads look like, so that handlers may read them without looking twice.

Everything comes signed, and still only what Slack's documentation describes gets through:
ids that are ids, times that are times, words that are words. What nobody here reads is
nobody's business.
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
from slack_bolt import BoltResponse

log = logging.getLogger(__name__)

Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,60}$")]
Mark = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._:-]{1,120}$")]
"""What is used once, such as a trigger, or the hash of a view."""
Ts = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,12}\.[0-9]{1,9}$")]
Ours = Annotated[str, StringConstraints(pattern=r"^[^\x00]*$")]
"""What we laid in a button or a form ourselves; PostgreSQL asks for nothing with a NUL in it."""


class _Shape(BaseModel):
    """Part of a payload. What checks it is made for the first one, within that of the whole."""

    model_config = ConfigDict(defer_build=True)


class _Named(_Shape):
    id: Id


class _Payload(_Shape):
    """Comes from a workspace, or from an organisation."""

    team_id: Id | None = None
    team: _Named | None = None
    enterprise_id: Id | None = None
    enterprise: _Named | None = None

    @model_validator(mode="after")
    def _from_somewhere(self) -> "_Payload":
        if not (self.team_id or self.team or self.enterprise_id or self.enterprise):
            raise ValueError("from nowhere")
        return self


class _Other(_Shape):
    """What we do not listen to; Bolt reads that much of it."""

    type: str | None = None
    callback_id: str | None = None
    action_id: str | None = None
    event: dict[str, Any] | None = None
    view: dict[str, Any] | None = None
    actions: list[dict[str, Any]] | None = None


class _Command(_Payload):
    command: str
    user_id: Id
    channel_id: Id | None = None
    text: str = ""
    trigger_id: Mark


class _User(_Shape):
    id: Id
    team_id: Id | None = None


class _Option(_Shape):
    value: Ours


class _Action(_Shape):
    action_id: str
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


class _Home(_Shape):
    """App Home, in which somebody pressed."""

    type: Literal["home"]


class _Filled(_Shape):
    value: str | None = None
    selected_option: _Option | None = None
    selected_options: list[_Option] | None = None
    selected_users: list[Id] | None = None
    selected_user: Id | None = None
    selected_conversation: Id | None = None
    selected_time: str | None = None
    selected_date: str | None = None


class _State(_Shape):
    values: dict[str, dict[str, _Filled]]


class _Modal(_Shape):
    """A form, in which somebody pressed, or which they send."""

    type: Literal["modal"]
    id: Id
    hash: Mark
    title: dict[str, Any]
    callback_id: str
    private_metadata: Ours = ""
    blocks: list[_Block]
    state: _State | None = None


class _Press(_Payload):
    user: _User
    trigger_id: Mark
    channel: _Named | None = None
    actions: list[_Action] = Field(min_length=1)
    view: Annotated[_Home | _Modal, Field(discriminator="type")] | None = None


class _Form(_Modal):
    state: _State

    @model_validator(mode="after")
    def _has_fields(self) -> "_Form":
        if not any(block.type == "input" for block in self.blocks):
            raise ValueError("no form")
        return self


class _Submission(_Payload):
    user: _User
    channel: _Named | None = None
    view: _Form


class _Authorization(_Shape):
    user_id: Id | None = None


class _Envelope(_Payload):
    event_id: Id
    authorizations: list[_Authorization] | None = None


class _Said(_Shape):
    ts: Ts
    user: Id | None = None
    bot_id: Id | None = None
    text: str | None = None
    thread_ts: Ts | None = None


class _Message(_Said):
    channel: Id
    subtype: str | None = None
    channel_type: str | None = None
    message: _Said | None = None
    previous_message: _Said | None = None


class _MessageEvent(_Envelope):
    event: _Message


class _Coming(_Shape):
    user: Id
    channel: Id
    inviter: Id | None = None


class _ComingEvent(_Envelope):
    event: _Coming


class _Profile(_Shape):
    id: Id
    name: str | None = None
    real_name: str | None = None
    locale: Annotated[str, StringConstraints(max_length=20)] | None = None
    tz: Annotated[str, StringConstraints(max_length=60)] | None = None


class _Change(_Shape):
    user: _Profile


class _ChangeEvent(_Envelope):
    event: _Change


class _Opening(_Shape):
    user: Id
    tab: str | None = None


class _OpeningEvent(_Envelope):
    event: _Opening


class _OtherEvent(_Envelope):
    event: dict[str, Any]


EVENTS: Mapping[str, type[_Envelope]] = {
    "message": _MessageEvent,
    "member_left_channel": _ComingEvent,
    "member_joined_channel": _ComingEvent,
    "user_change": _ChangeEvent,
    "app_home_opened": _OpeningEvent,
    "app_uninstalled": _Envelope,
}
"""The events that we read."""


def is_readable(body: Any) -> bool:
    """Tell whether a payload is one that Slack could have sent, as far as we read it."""
    try:
        _shape(body).model_validate(body)
    except ValidationError:
        return False
    return True


def _shape(body: Any) -> type[BaseModel]:
    if not isinstance(body, dict):
        return _Other
    match body.get("type"):
        case "event_callback":
            event = body.get("event")
            kind = event.get("type") if isinstance(event, dict) else None
            return EVENTS.get(kind, _OtherEvent) if isinstance(kind, str) else _OtherEvent
        case "block_actions":
            return _Press
        case "view_submission":
            return _Submission
        case _:
            return _Command if "command" in body else _Other


def readable(body: Any, next: Callable[[], BoltResponse]) -> BoltResponse:  # noqa: A002 - Bolt's
    """Let a payload pass if it can be read; else answer 400."""
    return next() if is_readable(body) else unreadable()


def unreadable() -> BoltResponse:
    """Answer that a request cannot be read."""
    log.warning("a request that cannot be read")
    return BoltResponse(status=400, body="")
