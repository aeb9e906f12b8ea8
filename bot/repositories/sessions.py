"""Rows of sessions and of what was said in them."""

from collections.abc import Iterable

from sqlalchemy import select

from bot.flows.method import Step
from bot.flows.session.state import Session, key_of
from bot.store.tables import Contribution, SessionRow
from bot.store.unit import Unit


def board_key(session: str) -> str:
    """Return the key under which the place of a session's board is kept."""
    return f"board:{session}"


def write_state(row: SessionRow, session: Session) -> None:
    """Write a session to its row: its state, and the columns that queries search."""
    row.state = session.model_dump_json()
    row.status, row.method = session.phase, session.method
    row.begun, row.ending = session.position is not None, session.ending
    row.facilitator = session.facilitator


def contribution_at(unit: Unit, workspace: str, session: str, ref: str) -> str | None:
    """Return the id of the contribution that stands at `ref` in a session's thread."""
    return unit.db.scalar(
        select(Contribution.id)
        .where(
            Contribution.workspace == workspace,
            Contribution.session_id == session,
            Contribution.ref == ref,
        )
        .limit(1)
    )


def texts_of_steps(
    unit: Unit, row: SessionRow, session: Session, steps: Iterable[Step]
) -> list[tuple[str, str | None, str]]:
    """List what was written in these steps, in order of writing.

    Each is an id, its writer (None where a step leaves out names) and its text. Empty once
    the session is forgotten.
    """
    if row.vault_id is None:
        return []
    named = {key_of(session, step): getattr(step, "names", True) for step in steps}
    rows = unit.db.scalars(
        select(Contribution)
        .where(
            Contribution.session_id == session.id,
            Contribution.step.in_(named),
            Contribution.content.is_not(None),
        )
        .order_by(Contribution.created_at, Contribution.id)
    )
    texts = ((each, unit.open(row.vault_id, each.content or b"")) for each in rows)
    return [
        (each.id, each.author if named[each.step] else None, text)
        for each, text in texts
        if text is not None
    ]


def forget_session(unit: Unit, row: SessionRow) -> None:
    """Forget everything that was written in and about a session; its structure stays."""
    if row.vault_id is not None:
        unit.drop_vault(row.vault_id)
    row.vault_id = None
    # Processes older than revision 0017 may have changed the state without its columns.
    write_state(row, Session.model_validate_json(row.state))
