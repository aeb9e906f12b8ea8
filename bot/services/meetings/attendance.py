"""Who was at a meeting, and what that leads to: the rota moves on, a trial period ends."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import select

from bot.flows.rota import Roles, after
from bot.repositories.cases import GROUP_KIND
from bot.repositories.meetings import MeetingSnapshot, rota_of
from bot.store.tables import Attendance, Case, MeetingRow, Participant, SessionRow
from bot.store.unit import Unit


class MeetingSession(NamedTuple):
    """A session of a meeting: who brought, who led it, who was there, whether it began."""

    bringer: str
    facilitator: str | None
    present: tuple[str, ...]
    begun: bool


def record_attendance(
    unit: Unit, snapshot: MeetingSnapshot, begun: Sequence["MeetingSession"]
) -> None:
    """Keep who was at a meeting and what they did there; the rota goes on."""
    brought = {held.bringer for held in begun}
    present = dict.fromkeys(who for held in begun for who in held.present)
    meant = snapshot.roles.facilitator
    led = [held.facilitator for held in begun if held.facilitator is not None]
    if not led and meant in present and meant not in brought:
        led = [meant]
    for who in present:
        unit.db.add(
            Attendance(
                meeting_id=snapshot.row.id,
                user=who,
                workspace=snapshot.group.workspace,
                group_id=snapshot.group.id,
                brought=who in brought,
                facilitated=who in led,
                passed=who in snapshot.meeting.passed,
            )
        )
    had = Roles(tuple(b for b in brought if b in snapshot.members), led[0] if led else None)
    snapshot.group.rota = after(rota_of(unit, snapshot.group), had).model_dump_json()
    unit.db.flush()


def sessions_of_meeting(unit: Unit, row: MeetingRow) -> list["MeetingSession"]:
    """Give the sessions of a meeting, in order."""
    held = []
    for session in unit.db.scalars(
        select(SessionRow).where(SessionRow.meeting_id == row.id).order_by(SessionRow.created_at)
    ):
        case = unit.db.get(Case, session.case_id)
        present = unit.db.scalars(
            select(Participant.user)
            .where(Participant.session_id == session.id, Participant.left_at.is_(None))
            .order_by(Participant.joined_at, Participant.user)
        )
        brought = case is not None and case.kind != GROUP_KIND
        bringer = case.bringer if case and brought else ""
        held.append(MeetingSession(bringer, session.facilitator, tuple(present), session.begun))
    return held
