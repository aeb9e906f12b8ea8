"""A request: a payload, parsed once, and the person who sent it."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import NamedTuple

from bot.blocks.elements import Payload
from bot.errors import Refusal
from bot.flows.text import bare
from bot.handlers import payloads
from bot.handlers.form_values import Form
from bot.handlers.mrkdwn import as_written
from bot.i18n import Words
from bot.outbox.messages import Messenger
from bot.services.people import Caller, People


@dataclass(frozen=True)
class Request:
    """A slash command, a press or a form, as every handler needs it.

    `channel` is None for direct messages and App Home. `trigger` opens a form, within three
    seconds. `text` is what followed the slash command; `at` is
    when a button was pressed, by Slack's clock.
    """

    workspace: str
    user: str
    channel: str | None
    trigger: str
    caller: Caller
    text: str = ""
    at: datetime | None = None

    @property
    def words(self) -> Words:
        """The words of the sender's own language."""
        return self.caller.words

    @property
    def typed(self) -> list[str]:
        """The words that were typed after the first, in lower case and without punctuation."""
        return bare(self.text).split()[1:]

    def require_channel(self, word: str) -> str:
        """Return the channel. Raises `Refusal` outside of one; `word` is what was tried."""
        if self.channel is None:
            raise Refusal("in_channel_only", word=word)
        return self.channel

    def refuse_guests(self) -> None:
        """Raise `Refusal` for a guest of the workspace."""
        if self.caller.guest:
            raise Refusal("guest")


class Action(NamedTuple):
    """A button that was pressed, or a menu from which something was chosen.

    `id` is its action id, "noun:verb"; `value` its value, or that of the chosen option, and
    `seen` what it says that its presser saw. `form` is the form in which it stands, if it does;
    `at_home` whether it stands in App Home.
    """

    id: str
    value: str
    seen: str | None = None
    form: Form | None = None
    at_home: bool = False

    @property
    def verb(self) -> str:
        """What follows the noun in the action id."""
        return self.id.partition(":")[2]


def answer_privately(messenger: Messenger, request: Request, payload: Payload) -> None:
    """Tell the sender of a request something alone, in the channel where they are."""
    messenger.tell(request.workspace, request.user, payload, channel=request.channel)


def workspace_of(payload: payloads.Payload) -> str:
    """Return the workspace of a payload; the organisation, for one that names no workspace.

    An event of a channel that organisations share may come from the workspace of its writer:
    the installation says which is ours. Where the app is installed in a whole organisation, a
    press in App Home or in direct messages names the workspace of its presser alone.
    """
    ours = payload.installations if isinstance(payload, payloads.Envelope) else ()
    if ours and payload.team_id not in ours:
        return ours[0]
    if payload.team_id or payload.team:
        return payload.team_id or (payload.team.id if payload.team else "")
    presser = getattr(payload, "user", None)
    return (presser and presser.team_id) or organisation_of(payload) or ""


def organisation_of(payload: payloads.Payload) -> str | None:
    """Return the organisation of a payload's workspace, if it is of one."""
    return payload.enterprise_id or (payload.enterprise.id if payload.enterprise else None)


def command_request(payload: payloads.SlashCommand, people: People) -> Request:
    """Return the request of a slash command, looking its sender up."""
    text = as_written(payload.text)
    return _request(payload, payload.user_id, payload.channel_id, payload.trigger_id, people, text)


def interaction_request(payload: payloads.Press | payloads.Submission, people: People) -> Request:
    """Return the request of a press or a form, looking its sender up."""
    channel = payload.channel.id if payload.channel else None
    if not isinstance(payload, payloads.Press):
        return _request(payload, payload.user.id, channel, "", people)
    request = _request(payload, payload.user.id, channel, payload.trigger_id, people)
    ts = payload.actions[0].action_ts
    return replace(request, at=datetime.fromtimestamp(float(ts), UTC)) if ts else request


def shortcut_request(payload: payloads.Shortcut, people: People) -> Request:
    """Return the request of a shortcut. It is answered by direct message, wherever it was used."""
    return _request(payload, payload.user.id, None, payload.trigger_id, people)


def message_request(
    payload: payloads.Envelope,
    user: str,
    text: str,
    people: People,
    *,
    channel: str | None = None,
) -> Request:
    """Return the request of a message that is one for the bot; it cannot open a form."""
    return _request(payload, user, channel, "", people, text)


def let_in(payload: payloads.Payload, request: Request) -> None:
    """Raise `Refusal` for a person from another organisation whom no group lets in.

    Somebody of whom Slack did not say in time who they are is asked to try again. Within an
    organisation a press may name any of the workspaces that its presser is in, so only their
    profile counts there.
    """
    user = getattr(payload, "user", None)
    home = user.team_id if user is not None else None
    in_organisation = payload.enterprise_id or payload.enterprise
    from_elsewhere = home and home != request.workspace and not in_organisation
    caller = request.caller
    if not caller.known:
        raise Refusal("who_unknown")
    if (caller.stranger or from_elsewhere) and not caller.admitted:
        raise Refusal("stranger")


def _request(
    payload: payloads.Payload,
    user: str,
    channel: str | None,
    trigger: str,
    people: People,
    text: str = "",
) -> Request:
    workspace = workspace_of(payload)
    place = None if channel is None or channel.startswith("D") else channel
    caller = people.look_up(workspace, user, channel=place)
    return Request(workspace, user, place, trigger, caller, text)
