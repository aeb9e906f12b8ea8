"""Toolkits: what people wrote for themselves, kept without the case that it came from.

Only its owner sees a tool until they share it with their group. Each tool has a vault of its own,
so it outlives its session, and deleting it is final.
"""

from collections.abc import Iterable

from sqlalchemy import select

from bot.blocks import toolkit as show
from bot.blocks.elements import Payload
from bot.errors import Refusal
from bot.flows.text import folded
from bot.outbox.messages import post_to_group
from bot.repositories.groups import words_of_group
from bot.repositories.members import is_member
from bot.repositories.people import words_for
from bot.repositories.toolkit import forget_tool
from bot.store.tables import Group, Member, Tool
from bot.store.transactions import Transactions, transactional
from bot.store.unit import Unit


class Toolkits:
    """What people do with their toolkit. Methods raise `Refusal` for a tool of another person."""

    def __init__(self, transactions: Transactions) -> None:
        self.transactions = transactions

    def card(
        self, workspace: str, user: str, sought: str = "", *, channel: str | None = None
    ) -> Payload:
        """Build the card with a person's own tools, and those that others shared with them.

        It holds the tools that contain all words of `sought`. With a `channel`, the shared tools
        are those of its group; without one, those of all the person's groups.
        """
        with self.transactions.read() as unit:
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
            return show.toolkit(
                _matching(unit, unit.db.scalars(own.order_by(newest, Tool.id)), sought),
                _matching(unit, unit.db.scalars(others.order_by(newest, Tool.id)), sought),
                sought,
                words_for(unit, workspace, user, None),
            )

    @transactional
    def share(self, unit: Unit, workspace: str, user: str, id_: str) -> None:
        """Share a tool with the group in which it was written, and tell the group."""
        tool, now = self._own(unit, workspace, user, id_), self.transactions.now()
        group = unit.db.get(Group, tool.group_id)
        if group is None or not is_member(unit, group.id, user):
            raise Refusal("not_in_group")
        if not tool.shared:
            tool.shared = True
            text = unit.open(tool.vault_id, tool.content) or ""
            words = words_of_group(group)
            shared = show.shared_by(user, text, words)
            post_to_group(unit, group, shared, now, vault=tool.vault_id)

    @transactional
    def unshare(self, unit: Unit, workspace: str, user: str, id_: str) -> None:
        """Stop sharing a tool."""
        self._own(unit, workspace, user, id_).shared = False

    @transactional
    def delete(self, unit: Unit, workspace: str, user: str, id_: str) -> None:
        """Delete a tool for good."""
        forget_tool(unit, self._own(unit, workspace, user, id_))

    def _own(self, unit: Unit, workspace: str, user: str, id_: str) -> Tool:
        tool = unit.db.get(Tool, id_, with_for_update=True)
        if tool is None or (tool.workspace, tool.user) != (workspace, user):
            raise Refusal("tool_gone")
        return tool


def _matching(unit: Unit, tools: Iterable[Tool], sought: str) -> list[show.Kept]:
    """List the tools that contain all words of `sought`, in any case and with any marks."""
    wanted = folded(sought).split()
    texts = ((tool, unit.open(tool.vault_id, tool.content)) for tool in tools)
    return [
        show.Kept(tool.id, tool.user, text, tool.shared)
        for tool, text in texts
        if text is not None and all(word in folded(text) for word in wanted)
    ]
