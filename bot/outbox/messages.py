"""Enqueue messages: in a group's channel, or to one person. The relay sends them later."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from bot.blocks.elements import Payload
from bot.outbox.undeliverable import is_shut_out
from bot.store.tables import Group, SendMethod
from bot.store.transactions import Transactions, transactional
from bot.store.unit import Outgoing, Unit


def post_to_group(
    unit: Unit,
    group: Group,
    payload: Payload,
    now: datetime,
    *,
    thread: str | None = None,
    vault: str | None = None,
    quotes: Sequence[str] = (),
    prompt: str | None = None,
) -> None:
    """Enqueue a post in a group's channel, or in the thread of the post whose key is `thread`.

    `vault` is that of the content in the payload, if it has any; `quotes` are several of them.
    """
    unit.send(
        Outgoing(
            workspace=group.workspace,
            conversation=group.channel,
            method=SendMethod.POST,
            payload=payload,
            thread=thread,
            due=now,
            vault=vault,
            quotes=quotes,
            prompt=prompt,
        )
    )


def send_direct(
    unit: Unit,
    workspace: str,
    user: str,
    payload: Payload,
    now: datetime,
    *others: str,
    vault: str | None = None,
    quotes: Sequence[str] = (),
    key: str | None = None,
    prompt: str | None = None,
) -> None:
    """Enqueue a direct message to a person, and the same to each of `others`.

    `vault` is that of the content in the payload, if it has any; `quotes` are several of them.
    By its `key` a message can be changed later. `prompt` names what it asks, if it asks something
    (`bot.store.prompts`).
    """
    unit.send(
        Outgoing(
            workspace=workspace,
            conversation=user,
            method=SendMethod.POST,
            payload=payload,
            due=now,
            vault=vault,
            quotes=quotes,
            key=key,
            prompt=prompt,
        ),
        *others,
    )


def change_direct(
    unit: Unit,
    workspace: str,
    user: str,
    payload: Payload,
    now: datetime,
    *,
    key: str,
    vault: str | None = None,
) -> None:
    """Enqueue a change of the direct message with this key, if there is one."""
    if unit.has_post(workspace, key):
        unit.send(
            Outgoing(
                workspace=workspace,
                conversation=user,
                method=SendMethod.UPDATE,
                payload=payload,
                due=now,
                key=key,
                vault=vault,
            )
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
        thread: str | None = None,
        delivery: str | None = None,
    ) -> None:
        """Send one person a message: an ephemeral one in `channel`, else a direct message.

        It goes into the `thread`, by its timestamp, if a post of ours began that. Does nothing
        for a delivery that was received before.
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
                thread=unit.post_at(workspace, channel, thread) if channel and thread else None,
                user=user if channel else None,
                due=now,
            )
        )

    def is_shut_out(self, workspace: str, conversations: Iterable[str]) -> bool:
        """Check whether Slack refuses everything that we send to these conversations."""
        with self.transactions.read() as unit:
            return is_shut_out(unit, workspace, conversations)
