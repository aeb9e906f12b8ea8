"""The methods that a group can use: those there are, and those it composed for itself."""

from collections.abc import Mapping

from sqlalchemy import select

from bot.flows.method import Method
from bot.store.tables import GroupMethod
from bot.store.unit import Unit


def composed(unit: Unit, group: str) -> dict[str, Method]:
    """Give the methods that a group composed, by id, the oldest first."""
    rows = unit.db.scalars(
        select(GroupMethod)
        .where(GroupMethod.group_id == group)
        .order_by(GroupMethod.changed_at, GroupMethod.id)
    )
    return {row.id: Method.model_validate_json(row.method) for row in rows}


def methods_for(unit: Unit, group: str, methods: Mapping[str, Method]) -> dict[str, Method]:
    """Give all methods that a group can use, by id; `methods` are those that all have."""
    return {**methods, **composed(unit, group)}
