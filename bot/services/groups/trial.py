"""The trial period of a group: ask members whether they go on, and end it when all do."""

from datetime import datetime

from sqlalchemy import func, select

from bot.blocks import groups as show
from bot.blocks.elements import literal
from bot.flows.rhythm import polite
from bot.outbox.messages import post_to_group
from bot.repositories.groups import holidays_of_group, plan_of, words_of_group
from bot.repositories.members import members_of, zone_of_member
from bot.store.subjects import Subject
from bot.store.tables import Attendance, Group, MeetingRow, Member
from bot.store.unit import Unit


def ask_if_trial_over(unit: Unit, group: Group, now: datetime) -> None:
    """Schedule the question whether they go on, for all members, when a trial period is over.

    Runs in the caller's transaction. A trial is over when a member who has not confirmed yet
    attended as many meetings as the group's plan says. `Membership.on_trial_over` asks each
    member, at a polite hour in their time zone.
    """
    plan = plan_of(group)
    meetings_attended = unit.db.scalars(
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
    if plan.trial not in meetings_attended:
        return
    for member in members_of(unit, group):
        member.confirmed_at, member.asked_at = None, now
        due = polite(now, zone_of_member(unit, group, member.user), holidays_of_group(group))
        unit.set_timer(group.workspace, Subject.TRIAL.key(group.id, member.user), "ask", due)


def end_trial_if_agreed(unit: Unit, group: Group, now: datetime) -> None:
    """Announce in a group that its trial period is over, once all who were asked confirmed.

    Runs in the caller's transaction.
    """
    asked = [member for member in members_of(unit, group) if member.asked_at is not None]
    if not asked or any(member.confirmed_at is None for member in asked):
        return
    for member in asked:
        member.asked_at = None
    text = words_of_group(group)("founding.confirmed", name=literal(group.name))
    post_to_group(unit, group, show.line(text), now)
