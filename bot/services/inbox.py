"""The inbox: what was received before, so that it changes nothing when it comes again."""

from bot.store.transactions import Transactions, transactional
from bot.store.unit import Unit


class Inbox:
    """Tells what comes for the first time from what comes again."""

    def __init__(self, transactions: Transactions) -> None:
        self.transactions = transactions

    @transactional
    def first_time(self, unit: Unit, workspace: str, delivery: str) -> bool:
        """Record a delivery; return whether it was not received before."""
        return unit.first_time(workspace, delivery, self.transactions.now())

    def knows(self, workspace: str, delivery: str) -> bool:
        """Check whether a delivery was recorded."""
        with self.transactions.read() as unit:
            return unit.was_received(workspace, delivery)
