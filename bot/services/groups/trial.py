"""The trial period of a group: ask members whether they go on, and end it when all do.

A member is asked once: after as many meetings of the group as its plan says, since they joined,
whether they came to all of them or not. The trial is over once all who were asked said yes.
"""

from datetime import datetime

from sqlalchemy import func, select

from bot.blocks import groups as show
from bot.blocks.elements import literal
from bot.flows.meeting import Status
from bot.flows.rhythm import polite
from bot.flows.session.state import MIN_PARTICIPANTS
from bot.outbox.messages import post_to_group
from bot.repositories.groups import holidays_of_group, plan_of, words_of_group
from bot.repositories.members import members_of, zone_of_member
from bot.store.subjects import Subject
from bot.store.tables import Group, MeetingRow, Member
from bot.store.unit import Unit


def ask_if_trial_over(unit: Unit, group: Group, now: datetime) -> None:
    """Schedule the question whether they go on, for the members whose trial period is over.

    Runs in the caller's transaction. `Membership.on_trial_over` asks each member, at a polite
    hour in their time zone.
    """
    held = (
        select(func.count())
        .where(
            MeetingRow.group_id == group.id,
            MeetingRow.status == Status.HELD,
            MeetingRow.starts_at >= Member.joined_at,
        )
        .correlate(Member)
        .scalar_subquery()
    )
    due_for = unit.db.scalars(
        select(Member)
        .where(
            Member.group_id == group.id,
            Member.left_at.is_(None),
            Member.confirmed_at.is_(None),
            Member.asked_at.is_(None),
            held >= plan_of(group).trial,
        )
        .order_by(Member.joined_at, Member.user)
    )
    for member in due_for.all():
        member.asked_at = now
        due = polite(now, zone_of_member(unit, group, member.user), holidays_of_group(group))
        unit.set_timer(group.workspace, Subject.TRIAL.key(group.id, member.user), "ask", due)


def end_trial_if_agreed(unit: Unit, group: Group, now: datetime) -> None:
    """Announce in a group that its trial period is over, once all who were asked confirmed.

    Runs in the caller's transaction. A group that has become too small to hold a session is told
    that instead.
    """
    members = members_of(unit, group)
    asked = [member for member in members if member.asked_at is not None]
    if not asked or any(member.confirmed_at is None for member in asked):
        return
    for member in asked:
        member.asked_at = None
    words, name = words_of_group(group), literal(group.name)
    if len(members) >= MIN_PARTICIPANTS:
        text = words("founding.confirmed", name=name)
    else:
        text = words.count("founding.few_left", len(members), name=name)
    post_to_group(unit, group, show.line(text), now)
