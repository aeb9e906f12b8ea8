"""What cannot be said in Slack: how long it is tried, and who is told.

A channel that was archived, or that the bot was taken out of, can be mended by people,
and so can access that was withdrawn. What should be said there waits, in its order, while
somebody who can act is told: by direct message those who bring a case in that channel,
else whoever is in its group longest. When Slack takes nothing from us at all, the answer
to a slash command says so, and so does the log, for whoever runs the program.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import bindparam, exists, select

from bot.blocks import replies
from bot.flows.types import Phase
from bot.outbox.lanes import Again, Claim, Failed, Outcome
from bot.repositories.people import words_for
from bot.store.tables import UNSENT, Case, Group, Member, Outbound, SendMethod, SessionRow
from bot.store.unit import Outgoing, Unit

LOOK_AGAIN = timedelta(minutes=5)
"""How long what people can mend waits between one try and the next."""

GIVE_UP = timedelta(days=3)
"""How long people have to mend it: over a weekend."""

TOLD_AGAIN = timedelta(days=1)
"""How long nobody is told of the same channel a second time."""

SHUT_OUT = frozenset(
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
"""Slack's names for taking nothing from us; the app has to be installed again."""

ABOUT_CHANNEL = {
    "channel_not_found": "away",
    "not_in_channel": "away",
    "is_archived": "archived",
}
"""Slack's names for what people in a channel can mend, and the text that tells them how."""


_SHUT_OUT = select(
    exists().where(
        Outbound.workspace == bindparam("of"),
        Outbound.conversation.in_(bindparam("these", expanding=True)),
        Outbound.state.in_(UNSENT),
        Outbound.error.in_(SHUT_OUT),
    )
)


def may_be_mended(claim: Claim, error: str, now: datetime) -> bool:
    """Tell whether a message that Slack refused is worth keeping for a while."""
    by_somebody = error in SHUT_OUT or (_in_channel(claim) and error in ABOUT_CHANNEL)
    return by_somebody and now - claim.due < GIVE_UP


def report(unit: Unit, outcomes: Iterable[tuple[Claim, Outcome]], now: datetime) -> bool:
    """Tell somebody who can act of each channel in which something cannot be said.

    Gives whether there was somebody to be told.
    """
    told = [
        _tell(unit, claim, what, now)
        for claim, outcome in outcomes
        if (what := _what(claim, outcome)) is not None
    ]
    return any(told)


def shut_out(unit: Unit, workspace: str, conversations: Iterable[str]) -> bool:
    """Tell whether Slack takes nothing from us for these conversations."""
    about = {"of": workspace, "these": list(conversations)}
    return bool(unit.execute(_SHUT_OUT, about).scalar())


def _what(claim: Claim, outcome: Outcome) -> str | None:
    """Give the text that tells of what became of a message, if anybody has to hear of it."""
    match outcome:
        case Again(error=str(error)):
            return ABOUT_CHANNEL.get(error)
        case Failed() if claim.method is not SendMethod.EPHEMERAL:
            return "lost"
        case _:
            return None


def _in_channel(claim: Claim) -> bool:
    return claim.conversation[:1] not in ("U", "W")


def _tell(unit: Unit, claim: Claim, what: str, now: datetime) -> bool:
    group = unit.db.scalar(
        select(Group).where(Group.workspace == claim.workspace, Group.channel == claim.conversation)
    )
    if group is None:
        return False
    key = f"trouble:{group.id}"
    heard = select(Outbound.conversation).where(
        Outbound.workspace == group.workspace,
        Outbound.key == key,
        Outbound.due_at > now - TOLD_AGAIN,
    )
    to_tell = set(_who_can_act(unit, group)) - set(unit.db.scalars(heard))
    for user in sorted(to_tell):
        says = words_for(unit, group.workspace, user, group)
        unit.send(
            Outgoing(
                workspace=group.workspace,
                conversation=user,
                method=SendMethod.POST,
                payload=replies.trouble(what, group.channel, says),
                key=key,
                due=now,
            )
        )
    return bool(to_tell)


def _who_can_act(unit: Unit, group: Group) -> list[str]:
    """Give those who bring a case in a group now; else who has been in it longest."""
    bringers = (
        select(Case.bringer)
        .join(SessionRow, SessionRow.case_id == Case.id)
        .where(SessionRow.group_id == group.id, SessionRow.status != Phase.CLOSED)
        .order_by(Case.bringer)
        .distinct()
    )
    longest = (
        select(Member.user)
        .where(Member.group_id == group.id, Member.left_at.is_(None))
        .order_by(Member.joined_at, Member.user)
        .limit(1)
    )
    return list(unit.db.scalars(bringers)) or list(unit.db.scalars(longest))
