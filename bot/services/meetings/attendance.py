"""Record who attended a meeting and who had which role, and move the rota on."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import select

from bot.flows.rota import Roles, after
from bot.repositories.cases import GROUP_KIND
from bot.repositories.meetings import MeetingSnapshot, rota_of
from bot.store.tables import Attendance, Case, MeetingRow, Participant, SessionRow
from bot.store.unit import Unit


class MeetingSession(NamedTuple):
    """A session of a meeting; `bringer` is "" when the session was about the group itself."""

    bringer: str
    facilitator: str | None
    present: tuple[str, ...]
    begun: bool


def record_attendance(
    unit: Unit, snapshot: MeetingSnapshot, sessions: Sequence[MeetingSession]
) -> None:
    """Store who attended a meeting and in which roles, and move the group's rota on.

    `sessions` are the meeting's sessions that began. When none had a facilitator, the member
    whose turn it was counts as such, if present and not a bringer.
    """
    brought = {session.bringer for session in sessions}
    present = dict.fromkeys(user for session in sessions for user in session.present)
    facilitated = [s.facilitator for s in sessions if s.facilitator is not None]
    planned = snapshot.roles.facilitator
    if not facilitated and planned in present and planned not in brought:
        facilitated = [planned]
    for user in present:
        unit.db.add(
            Attendance(
                meeting_id=snapshot.row.id,
                user=user,
                workspace=snapshot.group.workspace,
                group_id=snapshot.group.id,
                brought=user in brought,
                facilitated=user in facilitated,
                passed=user in snapshot.meeting.passed,
            )
        )
    bringers = tuple(user for user in brought if user in snapshot.members)
    roles = Roles(bringers, facilitated[0] if facilitated else None)
    snapshot.group.rota = after(rota_of(unit, snapshot.group), roles).model_dump_json()
    unit.db.flush()


def sessions_of_meeting(unit: Unit, row: MeetingRow) -> list[MeetingSession]:
    """List the sessions of a meeting, in the order in which they were opened."""
    sessions = []
    for session in unit.db.scalars(
        select(SessionRow).where(SessionRow.meeting_id == row.id).order_by(SessionRow.created_at)
    ):
        case = unit.db.get(Case, session.case_id)
        present = unit.db.scalars(
            select(Participant.user)
            .where(Participant.session_id == session.id, Participant.left_at.is_(None))
            .order_by(Participant.joined_at, Participant.user)
        )
        bringer = case.bringer if case is not None and case.kind != GROUP_KIND else ""
        sessions.append(MeetingSession(bringer, session.facilitator, tuple(present), session.begun))
    return sessions
