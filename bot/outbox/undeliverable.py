"""Messages that Slack refuses: how long the relay retries them, and which people are told.

People can repair an archived channel, a channel that the bot was removed from, and an access
that was withdrawn. Messages for such a channel wait in their order, while people who can act
get a direct message: those who bring a case there, else the member who joined its group first.
When Slack refuses everything, the answer to a slash command says so, and so does the log.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import bindparam, exists, select

from bot.blocks import replies
from bot.blocks.elements import Payload
from bot.flows.types import Phase
from bot.outbox.lanes import Claim, Failed, Outcome, Retry
from bot.repositories.people import words_for
from bot.store.prepared import Prepared
from bot.store.subjects import Subject
from bot.store.tables import UNSENT, Case, Group, Member, Outbound, SendMethod, SessionRow
from bot.store.unit import Outgoing, Unit

REPAIR_POLL_INTERVAL = timedelta(minutes=5)
"""Delay between two attempts at a message while people repair what stops it."""

GIVE_UP_AFTER = timedelta(days=3)
"""Time after which such a message fails. It covers a weekend."""

NOTICE_INTERVAL = timedelta(days=1)
"""Time before a person gets a second notice about the same channel."""

ACCESS_ERRORS = frozenset(
    {
        "access_denied",
        "account_inactive",
        "enterprise_is_restricted",
        "invalid_auth",
        "missing_scope",
        "no_permission",
        "not_authed",
        "org_login_required",
        "team_access_not_granted",
        "token_expired",
        "token_revoked",
    }
)
"""Slack's errors when it refuses everything; the app has to be installed again."""

CHANNEL_ERRORS = {
    "channel_not_found": "away",
    "not_in_channel": "away",
    "is_archived": "archived",
}
"""Slack's errors that people in a channel can repair, and the text that explains how."""

NOTICE_KEY = "trouble:"
"""What the keys of notices begin with."""

LOST = {SendMethod.FILE: "lost_file", SendMethod.PIN: "lost_pin", SendMethod.HOME: "lost_home"}
"""Texts about what was refused for good, where it is no plain message."""

PAUSES = {SendMethod.HOME: NOTICE_INTERVAL, SendMethod.FILE: timedelta(minutes=1)}
"""Time between two notices to a person about what failed: one request may send several files."""

_IS_SHUT_OUT = Prepared(
    select(
        exists().where(
            Outbound.workspace == bindparam("of"),
            Outbound.conversation.in_(bindparam("these", expanding=True)),
            Outbound.state.in_(UNSENT),
            Outbound.error.in_(ACCESS_ERRORS),
        )
    )
)


def is_repairable(claim: Claim, error: str, now: datetime) -> bool:
    """Check whether people can still repair what made Slack refuse a message."""
    if claim.method is SendMethod.FILE and error == "missing_scope":
        return False  # the rest goes on without files, and the receiver is told so
    by_people = error in ACCESS_ERRORS or (_in_channel(claim) and error in CHANNEL_ERRORS)
    waited = now - claim.due
    if claim.method is SendMethod.DELETE:  # which became due long after the message was
        waited = claim.attempts * REPAIR_POLL_INTERVAL
    return by_people and waited < GIVE_UP_AFTER


def notify_members(unit: Unit, outcomes: Sequence[tuple[Claim, Outcome]], now: datetime) -> bool:
    """Send notices about channels in which a message cannot be sent, to people who can act.

    Nobody is told of a post that cannot be deleted; the receipt of forgetting counts it.
    Returns whether a notice was sent.
    """
    outcomes = [each for each in outcomes if each[0].method is not SendMethod.DELETE]
    for claim, outcome in outcomes:
        if isinstance(outcome, Failed) and _in_channel(claim) and outcome.error in CHANNEL_ERRORS:
            _end_group(unit, claim, now)
    found = [
        _notify(unit, claim, notice, now)
        for claim, outcome in outcomes
        if (notice := _notice(claim, outcome)) is not None
    ]
    return any(found)


def is_shut_out(unit: Unit, workspace: str, conversations: Iterable[str]) -> bool:
    """Check whether a message for these conversations waits after a refusal of all access."""
    parameters = {"of": workspace, "these": list(conversations)}
    return bool(unit.execute(_IS_SHUT_OUT, parameters).scalar())


def _notice(claim: Claim, outcome: Outcome) -> str | None:
    """Return the key of the notice about an outcome, None if it needs no notice."""
    match outcome:
        case Retry(error=str(error)):
            return CHANNEL_ERRORS.get(error)
        case Failed(error=error) if _in_channel(claim) and error in CHANNEL_ERRORS:
            return None  # `_end_group` ends its group, which tells the members
        case Failed() if claim.method is not SendMethod.EPHEMERAL:
            return LOST.get(claim.method, "lost")
        case _:
            return None


def _end_group(unit: Unit, claim: Claim, now: datetime) -> None:
    """End the group whose channel took nothing for as long as messages wait."""
    group = _group_of(unit, claim)
    if group is not None:
        unit.set_timer(claim.workspace, Subject.ENDING.key(group.id), "closed", now)


def _group_of(unit: Unit, claim: Claim) -> Group | None:
    """Return the group whose channel a claim is for, if it is for a group's channel."""
    return unit.db.scalar(
        select(Group).where(Group.workspace == claim.workspace, Group.channel == claim.conversation)
    )


def _in_channel(claim: Claim) -> bool:
    return claim.conversation[:1] not in ("U", "W")


def _notify(unit: Unit, claim: Claim, notice: str, now: datetime) -> bool:
    """Send a notice about a claim's channel; return whether it was sent to anyone."""
    if not _in_channel(claim):
        return _notify_receiver(unit, claim, notice, now)
    group = _group_of(unit, claim)
    if group is None:
        return False
    key = f"{NOTICE_KEY}{group.id}"
    recipients = set(_people_who_can_act(unit, group)) - _notified(
        unit, claim, key, now - NOTICE_INTERVAL
    )
    for user in sorted(recipients):
        says = words_for(unit, group.workspace, user, group)
        _send_notice(unit, claim, user, key, replies.trouble(notice, group.channel, says), now)
    return bool(recipients)


def _notify_receiver(unit: Unit, claim: Claim, notice: str, now: datetime) -> bool:
    """Inform a person what did not reach them: by direct message, and in App Home.

    A notice that fails too is shown in App Home alone. One about App Home is sent once a day, one
    about files once for those that go together.
    """
    user = claim.user or claim.conversation
    key = f"{NOTICE_KEY}{user}:{notice}"
    if claim.method is not SendMethod.HOME:
        unit.set_timer(claim.workspace, Subject.HOME.key(user), "changed", now)
    if (claim.key or "").startswith(NOTICE_KEY):
        return False
    pause = PAUSES.get(claim.method)
    if pause is not None and _notified(unit, claim, key, now - pause):
        return False
    says = words_for(unit, claim.workspace, user, None)
    _send_notice(unit, claim, user, key, replies.answer(says(f"trouble.direct_{notice}")), now)
    return True


def _notified(unit: Unit, claim: Claim, key: str, since: datetime) -> set[str]:
    """Return who got a notice with this key since then."""
    notified = select(Outbound.conversation).where(
        Outbound.workspace == claim.workspace,
        Outbound.key == key,
        Outbound.due_at > since,
    )
    return set(unit.db.scalars(notified))


def _send_notice(
    unit: Unit, claim: Claim, user: str, key: str, payload: Payload, now: datetime
) -> None:
    unit.send(
        Outgoing(
            workspace=claim.workspace,
            conversation=user,
            method=SendMethod.POST,
            payload=payload,
            key=key,
            due=now,
        )
    )


def _people_who_can_act(unit: Unit, group: Group) -> list[str]:
    """Return the bringers of a group's open sessions, else the member who joined first."""
    bringers = (
        select(Case.bringer)
        .join(SessionRow, SessionRow.case_id == Case.id)
        .where(SessionRow.group_id == group.id, SessionRow.status != Phase.CLOSED)
        .order_by(Case.bringer)
        .distinct()
    )
    first_member = (
        select(Member.user)
        .where(Member.group_id == group.id, Member.left_at.is_(None))
        .order_by(Member.joined_at, Member.user)
        .limit(1)
    )
    return list(unit.db.scalars(bringers)) or list(unit.db.scalars(first_member))
