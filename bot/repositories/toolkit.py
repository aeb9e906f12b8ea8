"""The tools in people's toolkits."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import select

from bot.store.tables import Group, Tool
from bot.store.unit import Unit, new_id


def add_tools(unit: Unit, group: Group, user: str, texts: Iterable[str], now: datetime) -> None:
    """Add texts that a person wrote for themselves to their toolkit, as a tool each."""
    for text in texts:
        vault = unit.new_vault(group.workspace)
        unit.db.add(
            Tool(
                id=new_id(),
                workspace=group.workspace,
                group_id=group.id,
                user=user,
                vault_id=vault,
                content=unit.seal(vault, text),
                shared=False,
                created_at=now,
            )
        )


def tools_of(unit: Unit, workspace: str, user: str) -> Sequence[Tool]:
    """List all of a person's tools, oldest first."""
    query = select(Tool).where(Tool.workspace == workspace, Tool.user == user)
    return unit.db.scalars(query.order_by(Tool.created_at, Tool.id)).all()


def forget_tool(unit: Unit, tool: Tool) -> None:
    """Delete a tool and its data key."""
    unit.drop_vault(tool.vault_id)
    unit.db.delete(tool)


def forget(unit: Unit, workspace: str, user: str, _alias: str) -> None:
    """Delete a person's tools."""
    for tool in tools_of(unit, workspace, user):
        forget_tool(unit, tool)


def export(unit: Unit, workspace: str, user: str) -> list[str]:
    """List the texts of a person's tools, oldest first."""
    tools = tools_of(unit, workspace, user)
    return [unit.open(tool.vault_id, tool.content) or "" for tool in tools]
