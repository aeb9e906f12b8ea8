"""Saying something, in a group's channel or to one person: laid in the outbox, sent after."""

from collections.abc import Iterable
from datetime import datetime

from bot.blocks.elements import Payload
from bot.outbox.undeliverable import shut_out
from bot.store.tables import Group, SendMethod
from bot.store.transactions import Transactions, transactional
from bot.store.unit import Outgoing, Unit


def say(
    unit: Unit, group: Group, payload: Payload, now: datetime, *, thread: str | None = None
) -> None:
    """Post something in a group's channel, or in the thread of the post with that key."""
    unit.send(
        Outgoing(
            workspace=group.workspace,
            conversation=group.channel,
            method=SendMethod.POST,
            payload=payload,
            thread=thread,
            due=now,
        )
    )


def direct(
    unit: Unit, workspace: str, user: str, payload: Payload, now: datetime, *others: str
) -> None:
    """Send somebody a direct message, and `others` the same."""
    unit.send(
        Outgoing(
            workspace=workspace, conversation=user, method=SendMethod.POST, payload=payload, due=now
        ),
        *others,
    )


class Messenger:
    """Sends private messages outside of any other transaction."""

    def __init__(self, transactions: Transactions) -> None:
        self.transactions = transactions

    @transactional
    def tell(
        self,
        unit: Unit,
        workspace: str,
        user: str,
        payload: Payload,
        *,
        channel: str | None = None,
        delivery: str | None = None,
    ) -> None:
        """Send one person a message: an ephemeral one in `channel`, else a direct message.

        Does nothing for a delivery that was received before.
        """
        now = self.transactions.now()
        if delivery is not None and not unit.first_time(workspace, delivery, now):
            return
        unit.send(
            Outgoing(
                workspace=workspace,
                conversation=channel or user,
                method=SendMethod.EPHEMERAL if channel else SendMethod.POST,
                payload=payload,
                user=user if channel else None,
                due=now,
            )
        )

    def is_shut_out(self, workspace: str, conversations: Iterable[str]) -> bool:
        """Check whether Slack refuses everything that we send to these conversations."""
        with self.transactions.read() as unit:
            return shut_out(unit, workspace, conversations)
