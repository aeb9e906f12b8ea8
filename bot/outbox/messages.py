"""Saying something, in a group's channel or to one person: laid in the outbox, sent after."""

from datetime import datetime

from bot.blocks.elements import Payload
from bot.store.tables import Group
from bot.store.unit import Outgoing, Unit


def say(
    unit: Unit, group: Group, payload: Payload, now: datetime, *, thread: str | None = None
) -> None:
    """Post something in a group's channel, or in the thread of the post with that key."""
    unit.send(
        Outgoing(
            workspace=group.workspace,
            conversation=group.channel,
            method="post",
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
        Outgoing(workspace=workspace, conversation=user, method="post", payload=payload, due=now),
        *others,
    )
