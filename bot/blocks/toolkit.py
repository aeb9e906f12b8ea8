"""A toolkit: what somebody keeps for their own work, and what a group's members share of it.

Buttons carry `tool:<what>` as their action and the tool's id as their value.
"""

from collections.abc import Sequence
from typing import NamedTuple

from slackblocks import Block

from bot.blocks.action_ids import ActionId
from bot.blocks.elements import Payload, button, buttons, message, person, plain, quote, small
from bot.i18n import Words

MAX_TOOLS = 14
"""Tools shown at once: three blocks each, of the fifty that Slack takes."""


class Kept(NamedTuple):
    """One thing in a toolkit; `by` is whose it is."""

    id: str
    by: str
    text: str
    shared: bool


def toolkit(own: Sequence[Kept], shared: Sequence[Kept], sought: str, words: Words) -> Payload:
    """Show somebody their own toolkit, and what others of their group shared; newest first."""
    title = words("tools.title")
    blocks: list[Block] = [plain(f"*{title}*", "title")]
    if sought:
        blocks.append(small(words("tools.sought"), "sought"))
    for tool in own[:MAX_TOOLS]:
        blocks.append(quote(tool.text, f"own-{tool.id}"))
        move = ActionId.TOOL_KEEP if tool.shared else ActionId.TOOL_SHARE
        row = [button(words, move, tool.id), button(words, ActionId.TOOL_DROP, tool.id)]
        blocks += buttons(f"own-{tool.id}-actions", row)
    if not own:
        blocks.append(plain(words("tools.none_found" if sought else "tools.none"), "none"))
    room = 46 - len(blocks)
    if shared and room > 1:
        blocks.append(plain(f"*{words('tools.shared')}*", "shared"))
        blocks += [quote(each.text, f"shared-{each.id}", by=each.by) for each in shared[: room - 1]]
    if len(own) > MAX_TOOLS or len(shared) >= room:
        blocks.append(small(words("tools.more"), "more"))
    return message(title, blocks)


def shared_by(by: str, text: str, words: Words) -> Payload:
    """Show the group what somebody shares."""
    told = words("tools.shared_by", who=person(by))
    return message(told, [plain(told, "shared"), quote(text, "tool")])
