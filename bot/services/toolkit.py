"""Toolkits: what people wrote for themselves, kept without the case that it came from.

Only its owner sees a tool until they share it with their group. Each tool has a vault of its own,
so it outlives its session, and deleting it is final.
"""

from collections.abc import Iterable

from sqlalchemy import and_, select

from bot.blocks import toolkit as show
from bot.blocks.elements import Payload
from bot.errors import Refusal
from bot.flows.text import folded
from bot.outbox.messages import post_to_group, send_direct
from bot.repositories.groups import words_of_group
from bot.repositories.members import require_member
from bot.repositories.people import words_for
from bot.repositories.toolkit import forget_tool
from bot.store.deletions import shows
from bot.store.tables import Group, Member, Outbound, Tool
from bot.store.transactions import Transactions, transactional
from bot.store.unit import Unit


class Toolkits:
    """What people do with their toolkit. Methods raise `Refusal` for a tool of another person."""

    def __init__(self, transactions: Transactions) -> None:
        self.transactions = transactions

    def card(self, workspace: str, user: str, sought: str = "", *, channel: str) -> Payload:
        """Build the card with a person's own tools, and those that others shared with them.

        It holds the tools that contain all words of `sought`; the shared ones are those of the
        channel's group.
        """
        with self.transactions.read() as unit:
            return self._card(unit, workspace, user, sought, channel)[0]

    @transactional
    def send(self, unit: Unit, workspace: str, user: str, sought: str = "") -> None:
        """Send a person the card by direct message, with what all their groups shared.

        It is deleted from Slack once a tool on it is.
        """
        card, vaults = self._card(unit, workspace, user, sought, None)
        send_direct(unit, workspace, user, card, self.transactions.now(), quotes=vaults)

    def _card(
        self, unit: Unit, workspace: str, user: str, sought: str, channel: str | None
    ) -> tuple[Payload, list[str]]:
        """Return the card, and the vaults of the tools that it may show."""
        own = select(Tool).where(Tool.workspace == workspace, Tool.user == user)
        groups = (
            select(Member.group_id)
            .join(Group, Group.id == Member.group_id)
            .where(Member.workspace == workspace, Member.user == user, Member.left_at.is_(None))
        )
        if channel is not None:
            groups = groups.where(Group.channel == channel)
        others = (
            select(Tool)
            .join(Member, (Member.group_id == Tool.group_id) & (Member.user == Tool.user))
            .where(
                Tool.group_id.in_(groups),
                Tool.shared,
                Tool.user != user,
                Member.left_at.is_(None),
            )
        )
        newest = Tool.created_at.desc()
        found = [
            _matching(unit, unit.db.scalars(tools.order_by(newest, Tool.id)), sought)
            for tools in (own, others)
        ]
        mine, shared = (
            [show.Kept(t.id, t.user, text, t.shared) for t, text in each] for each in found
        )
        card = show.toolkit(mine, shared, sought, words_for(unit, workspace, user, None))
        return card, [tool.vault_id for each in found for tool, _ in each]

    @transactional
    def share(self, unit: Unit, workspace: str, user: str, id_: str) -> None:
        """Share a tool with the group in which it was written, and tell the group."""
        tool, now = self._own(unit, workspace, user, id_), self.transactions.now()
        group = require_member(unit, unit.db.get(Group, tool.group_id), user)
        if not tool.shared:
            tool.shared = True
            text = unit.open(tool.vault_id, tool.content) or ""
            words = words_of_group(group)
            shared = show.shared_by(user, text, words)
            post_to_group(unit, group, shared, now, vault=tool.vault_id)

    @transactional
    def unshare(self, unit: Unit, workspace: str, user: str, id_: str) -> None:
        """Stop sharing a tool, and delete from Slack what showed it to others."""
        tool = self._own(unit, workspace, user, id_)
        tool.shared = False
        unit.delete_messages(and_(shows(tool.vault_id), Outbound.conversation != user))

    @transactional
    def delete(self, unit: Unit, workspace: str, user: str, id_: str) -> None:
        """Delete a tool for good."""
        forget_tool(unit, self._own(unit, workspace, user, id_))

    def _own(self, unit: Unit, workspace: str, user: str, id_: str) -> Tool:
        tool = unit.db.get(Tool, id_, with_for_update=True)
        if tool is None or (tool.workspace, tool.user) != (workspace, user):
            raise Refusal("tool_gone")
        return tool


def _matching(unit: Unit, tools: Iterable[Tool], sought: str) -> list[tuple[Tool, str]]:
    """List the tools that contain all words of `sought`, in any case and with any marks."""
    wanted = folded(sought).split()
    texts = ((tool, unit.open(tool.vault_id, tool.content)) for tool in tools)
    return [
        (tool, text)
        for tool, text in texts
        if text is not None and all(word in folded(text) for word in wanted)
    ]
