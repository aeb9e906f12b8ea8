"""Receipts of forgetting: a group hears what was deleted, and anyone can verify it."""

from datetime import date, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from bot.blocks import receipts as show
from bot.exports.signing import is_genuine, new_code, normalized_code, sign
from bot.flows.rhythm import polite
from bot.flows.session.state import Session
from bot.outbox.messages import post_to_group
from bot.repositories.groups import holidays_of_group, words_of_group
from bot.repositories.receipts import is_deleting, receipt_by_code
from bot.repositories.sessions import board_key
from bot.store.crypto import KeyRing
from bot.store.subjects import Subject
from bot.store.tables import Group, Receipt
from bot.store.transactions import Transactions
from bot.store.unit import Unit
from bot.timers import DueTimer

RETRY_DELAY = timedelta(hours=1)
"""Delay before a receipt is looked at again while posts still wait to be deleted."""


class ReceiptFacts(NamedTuple):
    """What a receipt says; `session` is the short id of the session, by which its group knows it.

    `removed` counts the bot's posts that were deleted from Slack, `remained` those that were not.
    """

    session: str
    day: date
    removed: int
    remained: int


class Receipts:
    """Issues and verifies receipts. `address` is that of this installation, "" without one."""

    def __init__(self, transactions: Transactions, keys: KeyRing, address: str) -> None:
        self.transactions = transactions
        self.keys = keys
        self.address = f"{address}/verify" if address else ""

    def on_due(self, unit: Unit, due: DueTimer) -> None:
        """Sign the receipt of a session and post it to the group, once all posts are deleted."""
        receipt = unit.db.get(Receipt, due.id)
        row = unit.session(due.workspace, due.id)
        if receipt is None or row is None or receipt.code is not None:
            return
        now, group = self.transactions.now(), unit.db.get(Group, row.group_id)
        assert group is not None
        pace = Session.model_validate_json(row.state).pace
        again = now + RETRY_DELAY
        if not is_deleting(unit, receipt):
            again = polite(now, ZoneInfo(pace.zone), holidays_of_group(group))
        if again > now:
            unit.set_timer(due.workspace, Subject.RECEIPT.key(due.id), due.name, again)
            return
        code = new_code()
        receipt.code = normalized_code(code)
        receipt.signed = sign(unit, self.keys, _text(receipt), now).content
        payload = show.receipt(_facts(receipt), row.id, code, self.address, words_of_group(group))
        post_to_group(unit, group, payload, now, thread=board_key(row.id))

    def find_by_code(self, typed: str) -> ReceiptFacts | None:
        """Return what the receipt with a code says; None if there is none that we signed."""
        with self.transactions.read() as unit:
            receipt = receipt_by_code(unit, normalized_code(typed))
            if receipt is None or receipt.signed is None:
                return None
            whole = receipt.signed.startswith(_text(receipt)) and is_genuine(unit, receipt.signed)
            return _facts(receipt) if whole else None


def _facts(receipt: Receipt) -> ReceiptFacts:
    short = receipt.session_id[:8]
    return ReceiptFacts(short, receipt.day, receipt.removed, receipt.remained)


def _text(receipt: Receipt) -> bytes:
    """Return the text that is signed."""
    return (
        f"intervisie: receipt of forgetting {receipt.code}\n"
        f"session: {receipt.session_id}\n"
        f"data key destroyed: {receipt.day.isoformat()}\n"
        f"posts deleted: {receipt.removed}\n"
        f"posts not deleted: {receipt.remained}\n"
    ).encode()
