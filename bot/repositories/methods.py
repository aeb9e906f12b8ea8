"""Methods that a group can use, and the facts that the chooser suggests them by."""

from collections.abc import Mapping, Sequence

from sqlalchemy import func, select

from bot.flows.chooser import GroupSituation
from bot.flows.intake import Field
from bot.flows.meeting import Plan
from bot.flows.method import Method
from bot.flows.session.pace import Pace
from bot.flows.types import Aim, CaseKind, Ending, Phase
from bot.repositories.cases import GROUP_KIND, case_content
from bot.repositories.rooms import is_public
from bot.store.tables import Case, Group, GroupMethod, Member, Participant, SessionRow
from bot.store.unit import Unit


def composed_methods(unit: Unit, group: str) -> dict[str, Method]:
    """Return the methods that a group composed, by id, the oldest first."""
    rows = unit.db.scalars(
        select(GroupMethod)
        .where(GroupMethod.group_id == group)
        .order_by(GroupMethod.changed_at, GroupMethod.id)
    )
    return {row.id: Method.model_validate_json(row.method) for row in rows}


def methods_of(unit: Unit, group: str, methods: Mapping[str, Method]) -> dict[str, Method]:
    """Return the methods of every group and those that one composed, by id, in any language."""
    return {**methods, **composed_methods(unit, group)}


def methods_for(
    unit: Unit, group: str, methods: Mapping[str, Method], language: str
) -> dict[str, Method]:
    """Return all methods that a group can use in a language, by id; `methods` are every group's."""
    every = methods_of(unit, group, methods)
    return {id_: method for id_, method in every.items() if language in method.languages}


RECENT_SESSIONS = 6
"""Most sessions whose methods count as recent."""

USUAL_GROUP_SIZE = 5
"""Least people that the chooser expects in a group that neither was founded nor met before."""


def occasion_of(unit: Unit, group: Group, case: Case) -> GroupSituation:
    """Return the facts by which the chooser suggests methods for a case."""
    aim = (case_content(unit, case) or {}).get(Field.AIM)
    plan = Plan.model_validate_json(group.plan) if group.plan else None
    capacity = Pace.model_validate_json(group.settings).capacity
    members = unit.db.scalar(
        select(func.count()).where(Member.group_id == group.id, Member.left_at.is_(None))
    )
    past = unit.db.execute(
        select(SessionRow.method, Case.kind, SessionRow.id)
        .join(Case, Case.id == SessionRow.case_id)
        .where(
            SessionRow.group_id == group.id,
            SessionRow.status == Phase.CLOSED,
            SessionRow.ending == Ending.FINISHED,
            Case.kind != GROUP_KIND,
        )
        .order_by(SessionRow.ended_at.desc())
    ).all()
    kinds = [kind for _, kind, _ in past]
    recent = past[:RECENT_SESSIONS]
    if plan is None and recent:
        people = _most_in(unit, [session for _, _, session in recent])
    else:
        people = max(3 if plan else USUAL_GROUP_SIZE, members or 0)
    return GroupSituation(
        kind=CaseKind(case.kind),
        aim=Aim(aim) if aim else None,
        people=min(people, capacity),
        minutes=plan.minutes // plan.cases if plan else None,
        sessions=len(past),
        lately=tuple(method for method, _, _ in recent),
        problems=next((n for n, k in enumerate(kinds) if k != CaseKind.LEARNING), len(kinds)),
        public=is_public(group),
        chosen=(*composed_methods(unit, group.id), *(plan.methods if plan else ())),
    )


def _most_in(unit: Unit, sessions: Sequence[str]) -> int:
    """Return how many people took part in the largest of these sessions."""
    counts = unit.db.scalars(
        select(func.count())
        .where(Participant.session_id.in_(sessions))
        .group_by(Participant.session_id)
    )
    return max(counts, default=0)
