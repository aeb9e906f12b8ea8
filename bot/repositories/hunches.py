"""Hunches: what people think before a round of questions, for themselves alone."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Select, String, delete, func, select, type_coerce

from bot.store.tables import Hunch, SessionRow
from bot.store.unit import Unit


def hunch_of(unit: Unit, row: SessionRow, user: str) -> Mapping[str, str]:
    """Return what a person parked in a session, by field; empty without it or once forgotten."""
    kept = unit.db.get(Hunch, (row.id, user))
    return {} if kept is None else _opened(unit, row, kept)


def _opened(unit: Unit, row: SessionRow, kept: Hunch) -> Mapping[str, str]:
    if kept.content is None or row.vault_id is None:
        return {}
    text = unit.open(row.vault_id, kept.content)
    found: dict[str, str] = json.loads(text) if text is not None else {}
    return found


def park_hunch(
    unit: Unit, row: SessionRow, user: str, texts: Mapping[str, str], now: datetime
) -> None:
    """Store what a person thinks, in place of what they parked before."""
    assert row.vault_id is not None
    unit.db.merge(
        Hunch(
            session_id=row.id,
            user=user,
            workspace=row.workspace,
            content=unit.seal(row.vault_id, json.dumps(texts)),
            returned=False,
            outcome=None,
            created_at=now,
        )
    )
    unit.db.flush()


def take_to_return(unit: Unit, row: SessionRow) -> Sequence[tuple[str, Mapping[str, str]]]:
    """List what was parked in a session and not given back yet, by person; it is from now on."""
    waiting = unit.db.scalars(
        select(Hunch)
        .where(Hunch.session_id == row.id, Hunch.returned.is_(False))
        .order_by(Hunch.created_at, Hunch.user)
    ).all()
    for each in waiting:
        each.returned = True
    found = [(each.user, _opened(unit, row, each)) for each in waiting]
    return [(user, texts) for user, texts in found if texts]


def drop_hunch(unit: Unit, session: str, user: str) -> None:
    """Delete what a person parked in a session; what became of it stays counted."""
    kept = unit.db.get(Hunch, (session, user))
    if kept is None:
        return
    if kept.outcome is None:
        unit.db.delete(kept)
    else:
        kept.content = None
    unit.erase(Hunch)


def outcomes(workspace: str, user: str, since: datetime) -> Select[str, int]:
    """Return the query that counts what became of a person's hunches since a moment.

    Its rows are for that person alone: an outcome, and how often.
    """
    outcome = type_coerce(Hunch.outcome, String)
    return (
        select(outcome, func.count())
        .where(
            Hunch.workspace == workspace,
            Hunch.user == user,
            Hunch.outcome.is_not(None),
            Hunch.created_at >= since,
        )
        .group_by(outcome)
    )


def forget(unit: Unit, workspace: str, user: str, _alias: str) -> None:
    """Delete a person's hunches, and what became of them."""
    unit.db.execute(delete(Hunch).where(Hunch.workspace == workspace, Hunch.user == user))
    unit.erase(Hunch)


def export(unit: Unit, workspace: str, user: str) -> list[str]:
    """List the texts of a person's hunches that are not forgotten, oldest first."""
    rows = unit.db.execute(
        select(Hunch, SessionRow)
        .join(SessionRow, SessionRow.id == Hunch.session_id)
        .where(Hunch.workspace == workspace, Hunch.user == user)
        .order_by(Hunch.created_at)
    )
    found = (_opened(unit, row, kept) for kept, row in rows)
    return [" · ".join(filter(None, texts.values())) for texts in found if texts]
