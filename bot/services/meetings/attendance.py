"""Who was at a meeting, and what that leads to: the rota moves on, a trial period ends."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, select

from bot.blocks import groups as show
from bot.blocks.elements import literal
from bot.flows.rhythm import polite
from bot.flows.rota import Roles, after
from bot.flows.session.state import Session
from bot.i18n import language_of, words
from bot.outbox.messages import say
from bot.repositories.groups import members_of, plan_of, rota_of, zone_for
from bot.repositories.meetings import Going
from bot.services.sessions.effects import OF_THE_GROUP
from bot.store.tables import Attendance, Case, Group, MeetingRow, Member, Participant, SessionRow
from bot.store.unit import Unit


class Held(NamedTuple):
    """A session of a meeting: who brought, who led it, who was there, whether it began."""

    bringer: str
    facilitator: str | None
    present: tuple[str, ...]
    begun: bool


def attend(unit: Unit, going: Going, begun: Sequence["Held"]) -> None:
    """Keep who was at a meeting and what they did there; the rota goes on."""
    brought = {held.bringer for held in begun}
    present = dict.fromkeys(who for held in begun for who in held.present)
    meant = going.roles.facilitator
    led = [held.facilitator for held in begun if held.facilitator is not None]
    if not led and meant in present and meant not in brought:
        led = [meant]
    for who in present:
        unit.db.add(
            Attendance(
                meeting_id=going.row.id,
                user=who,
                workspace=going.group.workspace,
                group_id=going.group.id,
                brought=who in brought,
                facilitated=who in led,
                passed=who in going.meeting.passed,
            )
        )
    had = Roles(tuple(b for b in brought if b in going.members), led[0] if led else None)
    going.group.rota = after(rota_of(unit, going.group), had).model_dump_json()
    unit.db.flush()


def end_of_trial(unit: Unit, group: Group, now: datetime) -> None:
    """Let all be asked whether they go on, when somebody's trial period is over.

    Each is asked at a polite hour where they are (`bot.services.membership`).
    """
    plan = plan_of(group)
    counts = unit.db.scalars(
        select(func.count())
        .select_from(Attendance)
        .join(
            Member,
            (Member.group_id == Attendance.group_id) & (Member.user == Attendance.user),
        )
        .join(MeetingRow, MeetingRow.id == Attendance.meeting_id)
        .where(
            Attendance.group_id == group.id,
            Member.confirmed_at.is_(None),
            Member.left_at.is_(None),
            MeetingRow.starts_at >= Member.joined_at,
        )
        .group_by(Attendance.user)
    ).all()
    if plan.trial not in counts:
        return
    for member in members_of(unit, group):
        member.confirmed_at, member.asked_at = None, now
        due = polite(now, zone_for(unit, group, member.user))
        unit.set_timer(group.workspace, f"trial:{group.id}|{member.user}", "ask", due)


def end_when_agreed(unit: Unit, group: Group, now: datetime) -> None:
    """Tell a group that its trial period is over, once all who were asked want to go on."""
    asked = [member for member in members_of(unit, group) if member.asked_at is not None]
    if not asked or any(member.confirmed_at is None for member in asked):
        return
    for member in asked:
        member.asked_at = None
    text = words(language_of(group.language))("founding.confirmed", name=literal(group.name))
    say(unit, group, show.line(text), now)


def held_in(unit: Unit, row: MeetingRow) -> list["Held"]:
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
        state = Session.model_validate_json(session.state)
        brought = case is not None and case.kind != OF_THE_GROUP
        bringer = case.bringer if case and brought else ""
        held.append(Held(bringer, state.facilitator, tuple(present), state.position is not None))
    return held
