"""What the chooser has to know of a group, read from the store."""

from sqlalchemy import func, select

from bot.flows.chooser import Occasion
from bot.flows.intake import Field
from bot.flows.meeting import Plan
from bot.flows.session.pace import Pace
from bot.flows.types import Aim, CaseKind, Ending, Phase
from bot.repositories.methods import composed
from bot.services.sessions.effects import OF_THE_GROUP, case_content
from bot.store.tables import Case, Group, Member, SessionRow
from bot.store.unit import Unit

LATELY = 6
"""Sessions back that count as lately."""

USUAL = 5
"""People who may be expected in a group that did not say who belongs to it."""


def occasion_of(unit: Unit, group: Group, case: Case) -> Occasion:
    """Give what is known when a case of a group comes up."""
    aim = (case_content(unit, case) or {}).get(Field.AIM)
    plan = Plan.model_validate_json(group.plan) if group.plan else None
    capacity = Pace.model_validate_json(group.settings).capacity
    members = unit.db.scalar(
        select(func.count()).where(Member.group_id == group.id, Member.left_at.is_(None))
    )
    finished = f'%"ending":"{Ending.FINISHED}"%'
    past = unit.db.execute(
        select(SessionRow.method, Case.kind)
        .join(Case, Case.id == SessionRow.case_id)
        .where(
            SessionRow.group_id == group.id,
            SessionRow.status == Phase.CLOSED,
            SessionRow.state.like(finished),
            Case.kind != OF_THE_GROUP,
        )
        .order_by(SessionRow.ended_at.desc())
    ).all()
    kinds = [kind for _, kind in past]
    return Occasion(
        kind=CaseKind(case.kind),
        aim=Aim(aim) if aim else None,
        people=min(max(3 if plan else USUAL, members or 0), capacity),
        minutes=plan.minutes // plan.cases if plan else None,
        sessions=len(past),
        lately=tuple(method for method, _ in past[:LATELY]),
        problems=next((n for n, k in enumerate(kinds) if k != CaseKind.LEARNING), len(kinds)),
        chosen=(*composed(unit, group.id), *(plan.methods if plan else ())),
    )
