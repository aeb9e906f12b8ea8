"""The ladder to leading: which rung each member of a group is on."""

from collections.abc import Collection, Sequence

from sqlalchemy import select

from bot.flows.ladder import Practice
from bot.flows.session.state import Session
from bot.flows.types import LadderState
from bot.store.tables import Group, Learner, Outbound, Participant, SessionRow
from bot.store.unit import Unit


def with_learners(unit: Unit, session: Session) -> Session:
    """Return a session with what its participants want to practise, who waited longest first."""
    rows = unit.db.scalars(
        select(Learner)
        .where(Learner.group_id == session.group, Learner.state == LadderState.TAKEN)
        .where(Learner.user.in_(session.participants))
        .order_by(Learner.since, Learner.user)
    )
    wanted = tuple(Practice(who=row.user, rung=row.rung) for row in rows)
    return session.model_copy(update={"practice": wanted})


def learner_of(unit: Unit, group: str, user: str) -> Learner | None:
    """Return a member's place on their group's ladder, locked; None if they were never asked."""
    return unit.db.get(Learner, (group, user), with_for_update=True)


def never_asked(unit: Unit, group: Group, users: Collection[str]) -> list[str]:
    """List who of these members was never asked whether they want to learn to lead."""
    asked = select(Learner.user).where(Learner.group_id == group.id, Learner.user.in_(users))
    known = set(unit.db.scalars(asked))
    return [user for user in users if user not in known]


def feedback_key(session: str, giver: str) -> str:
    """Return the key of the messages with what somebody saw of who led in a session."""
    return f"saw:{session}:{giver}"


def leave(unit: Unit, group: Group, user: str) -> None:
    """Take a member who leaves off their group's ladder."""
    row = learner_of(unit, group.id, user)
    if row is not None:
        unit.db.delete(row)


def forget(unit: Unit, workspace: str, user: str, _alias: str) -> None:
    """Delete a person's places on ladders, and what they told those who led."""
    for row in _learners(unit, workspace, user):
        unit.db.delete(row)
    sessions = unit.db.execute(
        select(SessionRow.id, SessionRow.vault_id)
        .join(Participant, Participant.session_id == SessionRow.id)
        .where(Participant.workspace == workspace, Participant.user == user)
        .where(SessionRow.vault_id.is_not(None))
    ).all()
    vaults = [vault for _, vault in sessions]
    keys = [feedback_key(session, user) for session, _ in sessions]
    unit.delete_messages(Outbound.vault_id.in_(vaults) & Outbound.key.in_(keys))


def export(unit: Unit, workspace: str, user: str) -> list[tuple[str, str]]:
    """List the channel of each group on whose ladder a person is, and their rung."""
    rows = _learners(unit, workspace, user)
    channels = {row.group_id: unit.db.get_one(Group, row.group_id).channel for row in rows}
    return [(channels[row.group_id], row.rung) for row in rows]


def _learners(unit: Unit, workspace: str, user: str) -> Sequence[Learner]:
    query = select(Learner).where(Learner.workspace == workspace, Learner.user == user)
    return unit.db.scalars(query.order_by(Learner.group_id)).all()
