"""Record who attended a meeting and who had which role, and move the rota on."""

from typing import NamedTuple

from sqlalchemy import select

from bot.flows.meeting import Status
from bot.flows.rota import moved
from bot.repositories.meetings import MeetingSnapshot, rota_of, sessions_of_meeting
from bot.services.meetings.calendars import CALLED_OFF
from bot.store.tables import Attendance, MeetingRow, Participant
from bot.store.unit import Unit


class Turns(NamedTuple):
    """What became of turns in a meeting.

    `broke_off` left their own case half way and keep their place; `lost` did so a second time,
    and do not. `rota`: whether the rota changed.
    """

    broke_off: tuple[str, ...]
    lost: tuple[str, ...]
    rota: bool


def set_status(row: MeetingRow, status: Status) -> None:
    """Set what became of a meeting, and count that as a change for calendars if it is one."""
    if (row.status in CALLED_OFF) != (status in CALLED_OFF):
        row.sequence += 1
    row.status = status


def record_attendance(unit: Unit, snapshot: MeetingSnapshot) -> Turns:
    """Store who attended a meeting and in which roles, and move the group's rota on.

    Can be done again whenever something changed in the meeting's sessions: what is stored
    already tells for whom the rota was moved. Returns what is new.
    """
    sessions = sessions_of_meeting(unit, snapshot.row.id)
    parts = unit.db.scalars(
        select(Participant)
        .where(Participant.session_id.in_([each.id for each in sessions]), Participant.attended)
        .order_by(Participant.joined_at, Participant.user)
    ).all()
    brought = {part.user for part in parts if part.brought}
    bringers = {each.bringer for each in sessions if each.begun}
    now = {
        part.user: {
            "brought": part.user in brought,
            "broke_off": part.user in bringers - brought,
            "facilitated": any(each.led for each in parts if each.user == part.user),
            "passed": part.user in snapshot.meeting.passed,
        }
        for part in parts
    }
    query = select(Attendance).where(Attendance.meeting_id == snapshot.row.id)
    rows = {row.user: row for row in unit.db.scalars(query)}
    before = {
        role: {user for user, row in rows.items() if getattr(row, role)}
        for role in ("brought", "broke_off", "facilitated")
    }
    for user, roles in now.items():
        if user not in rows:
            rows[user] = Attendance(
                meeting_id=snapshot.row.id,
                user=user,
                workspace=snapshot.group.workspace,
                group_id=snapshot.group.id,
            )
            unit.db.add(rows[user])
        for role, has in roles.items():
            setattr(rows[user], role, has)
    rota = rota_of(unit, snapshot.group)
    new = {role: [u for u in now if now[u][role] and u not in had] for role, had in before.items()}
    then = moved(
        rota,
        brought=new["brought"],
        led=new["facilitated"],
        broke_off=new["broke_off"],
        credited=before["brought"],
        unled=[u for u in before["facilitated"] if u in now and not now[u]["facilitated"]],
    )
    snapshot.group.rota = then.model_dump_json()
    unit.db.flush()
    lost = tuple(user for user in new["broke_off"] if user in rota.broke_off)
    kept = tuple(user for user in new["broke_off"] if user not in lost)
    return Turns(kept, lost, rota=then != rota)
