"""Receipts of forgetting: what was deleted of a session, and when."""

from datetime import date

from sqlalchemy import exists, select

from bot.store.tables import Outbound, Receipt, SendMethod, SessionRow
from bot.store.unit import Unit


def open_receipt(unit: Unit, row: SessionRow, day: date) -> None:
    """Begin the receipt of a session that is about to be forgotten; deletions are counted on it."""
    assert row.vault_id is not None
    receipt = Receipt(
        session_id=row.id,
        workspace=row.workspace,
        vault_id=row.vault_id,
        day=day,
        removed=0,
        remained=0,
    )
    unit.db.add(receipt)
    unit.db.flush()


def is_deleting(unit: Unit, receipt: Receipt) -> bool:
    """Check whether posts of the forgotten session still wait to be deleted from Slack."""
    waiting = (Outbound.method == SendMethod.DELETE, Outbound.vault_id == receipt.vault_id)
    return bool(unit.db.scalar(select(exists().where(*waiting))))


def receipt_by_code(unit: Unit, code: str) -> Receipt | None:
    """Return the receipt with a code, as `normalized_code` stores it; None if there is none."""
    return unit.db.scalar(select(Receipt).where(Receipt.code == code))
