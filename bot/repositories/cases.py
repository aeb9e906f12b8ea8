"""Cases, and their content."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import bindparam, select, update

from bot.errors import Refusal
from bot.flows.types import CaseStatus, Phase
from bot.store.subjects import Subject
from bot.store.tables import Case, Group, SessionRow
from bot.store.unit import Unit

GROUP_KIND = "group"
"""The kind of the empty case that belongs to a session about the group itself."""


WAITING = (CaseStatus.DRAFT, CaseStatus.QUEUED)
"""The statuses of a case that waits for its session."""

WARN_BEFORE = timedelta(days=7)
"""Time between the warning that a case that waits will be forgotten, and that."""


def case_content(unit: Unit, case: Case) -> dict[str, str] | None:
    """Return the content of a case by field, or None once it is forgotten."""
    if case.content is None or case.vault_id is None:
        return None
    opened = unit.open(case.vault_id, case.content)
    if opened is None:
        return None
    content: dict[str, str] = json.loads(opened)
    return content


def lock_case(unit: Unit, workspace: str, case: str) -> Case:
    """Return a case of this workspace, locked. Raises `Refusal` if there is none."""
    found = unit.db.get(Case, case, with_for_update=True)
    if found is None or found.workspace != workspace:
        raise Refusal("case_gone")
    return found


def cases_of(unit: Unit, workspace: str, user: str) -> Sequence[Case]:
    """List the cases that a person brought, oldest first."""
    query = select(Case).where(Case.workspace == workspace, Case.bringer == user)
    return unit.db.scalars(query.order_by(Case.created_at)).all()


def waiting_cases(unit: Unit, group: str) -> Sequence[Case]:
    """List a group's cases that wait for their session, as drafts or in the queue."""
    query = select(Case).where(Case.group_id == group, Case.status.in_(WAITING))
    return unit.db.scalars(query).all()


def queued_cases(unit: Unit, group: str) -> Sequence[Case]:
    """List the cases in a group's queue, in the order in which they joined it."""
    return unit.db.scalars(_QUEUED, {"of": group}).all()


def has_case_ready(unit: Unit, group: str, user: str) -> bool:
    """Check whether a person has a case in a group's queue, or in the lobby of a session."""
    queued = select(Case.id).where(
        Case.group_id == group, Case.bringer == user, Case.status == CaseStatus.QUEUED
    )
    found = unit.db.scalar(queued.limit(1)) is not None
    return found or any(case.bringer == user for case in gathering_cases(unit, group))


def gathering_cases(unit: Unit, group: str) -> Sequence[Case]:
    """List the cases of a group for which a lobby is open, longest ago first."""
    lobbies = (
        select(Case)
        .join(SessionRow, SessionRow.case_id == Case.id)
        .where(
            SessionRow.group_id == group,
            SessionRow.status == Phase.LOBBY,
            Case.kind != GROUP_KIND,
        )
    )
    return unit.db.scalars(lobbies.order_by(SessionRow.created_at)).all()


def forget(unit: Unit, workspace: str, user: str, alias: str) -> None:
    """Delete the content of a person's cases and their name; drop those not yet in a session."""
    for case in cases_of(unit, workspace, user):
        if case.status in WAITING:
            drop_case(unit, case)
        case.content, case.bringer = None, alias
        unit.erase(Case)


def export(unit: Unit, workspace: str, user: str) -> list[tuple[str, dict[str, str]]]:
    """List the id of each of a person's cases, with its content by field."""
    return [(case.id, case_content(unit, case) or {}) for case in cases_of(unit, workspace, user)]


def drop_case(unit: Unit, case: Case) -> None:
    """Drop a case and delete its content, with the boards of sessions that never began.

    The rows stay.
    """
    if case.vault_id is not None:
        unit.drop_vault(case.vault_id)
        lobbies = update(SessionRow).where(SessionRow.case_id == case.id)
        unit.db.execute(lobbies.values(vault_id=None))
    case.status = CaseStatus.DROPPED
    case.asking, case.vault_id, case.content = None, None, None
    case.answers = "{}"


def schedule_forgetting(unit: Unit, case: Case, group: Group, touched: datetime) -> None:
    """Set the timer that warns a bringer before their case is forgotten, last used at `touched`."""
    due = touched + timedelta(days=group.case_days) - WARN_BEFORE
    unit.set_timer(case.workspace, Subject.CASE.key(case.id), "warn", due)


# Built once, because many requests read the queue.
_QUEUED = (
    select(Case)
    .where(Case.group_id == bindparam("of"), Case.status == CaseStatus.QUEUED)
    .order_by(Case.changed_at)
)
