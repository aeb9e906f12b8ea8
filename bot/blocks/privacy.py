"""Before somebody is forgotten: what goes, what stays, and what it means for their groups."""

from collections.abc import Sequence
from typing import NamedTuple

from slackblocks import Block

from bot.blocks.action_ids import ActionId
from bot.blocks.elements import Payload, button, buttons, message, plain
from bot.i18n import Words


class Left(NamedTuple):
    """A group that somebody would leave, by its channel; `last` in it, or its only `lead`."""

    channel: str
    lead: bool
    last: bool


class Forgetting(NamedTuple):
    """What forgetting somebody would mean; `cases` are drafts and cases that wait.

    `sessions` are the channels in which a session of theirs goes on.
    """

    groups: Sequence[Left]
    sessions: Sequence[str]
    cases: int
    tools: int
    statements: int


def forget(about: Forgetting, words: Words) -> Payload:
    """Ask whether somebody really wants to be forgotten."""
    goes = [
        words("data.goes_texts"),
        *([words.count("data.goes_cases", about.cases)] if about.cases else []),
        *([words.count("data.goes_tools", about.tools)] if about.tools else []),
        words("data.goes_person"),
    ]
    stays = [
        words("data.stays_counts"),
        words("data.stays_slack"),
        *([words.count("data.stays_statements", about.statements)] if about.statements else []),
    ]
    means = [
        *(_group(group, words) for group in about.groups),
        *(words("data.means_session", channel=f"<#{channel}>") for channel in about.sessions),
    ]
    blocks: list[Block] = [
        plain(words("data.forget_ask"), "forget"),
        plain(_listed(words("data.goes"), goes), "forget-goes"),
        plain(_listed(words("data.stays"), stays), "forget-stays"),
        *([plain(_listed(words("data.means"), means), "forget-means")] if means else []),
        plain(words("data.forget_last"), "forget-last"),
    ]
    row = [
        button(words, ActionId.DATA_KEEP, "keep", primary=True),
        button(words, ActionId.DATA_FORGET_YES, "forget"),
        button(words, ActionId.DATA_MESSAGES, "all"),
        button(words, ActionId.DATA_MINE, "mine"),
    ]
    return message(words("data.forget_ask"), [*blocks, *buttons("forget-actions", row)])


def _group(group: Left, words: Words) -> str:
    ending = "last" if group.last else "lead" if group.lead else "group"
    return words(f"data.means_{ending}", channel=f"<#{group.channel}>")


def _listed(title: str, lines: Sequence[str]) -> str:
    return "\n".join([f"*{title}*", *(f"• {line}" for line in lines)])
