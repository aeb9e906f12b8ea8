"""Reading messages as a person does: their text, names and buttons."""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from bot.i18n import formatted
from playground.slack.workspace import Message, User, Workspace

Json = dict[str, Any]

_MARK = re.compile(r"<([@#!])?([^<>|]+)(?:\|([^<>]*))?>")


def elements(blocks: list[Json]) -> Iterator[tuple[str, Json]]:
    """Return everything that can be pressed or chosen, with its block's id."""
    for block in blocks:
        if block["type"] == "actions":
            for element in block["elements"]:
                yield block.get("block_id", ""), element
        elif "accessory" in block:
            yield block.get("block_id", ""), block["accessory"]


def find(blocks: list[Json], action_id: str) -> tuple[str, Json] | None:
    """Return the first thing to press with this action, with its block's id."""
    return next((each for each in elements(blocks) if each[1].get("action_id") == action_id), None)


def choice(blocks: list[Json], action_id: str) -> tuple[str, Json, Json] | None:
    """Return what a menu offers under an action such as "session:lead".

    That is the id of its block, the menu and the option.
    """
    start = action_id.partition(":")[2] + ":"
    for at, element in elements(blocks):
        options = list(element.get("options") or ())
        for group in element.get("option_groups") or ():
            options += group["options"]
        for option in options:
            if option["value"].startswith(start):
                return at, element, option
    return None


def block(blocks: list[Json], block_id: str) -> str:
    """Return the raw text of one block; empty when it is not there."""
    for each in blocks:
        if each.get("block_id") == block_id:
            return str((each.get("text") or {}).get("text", ""))
    return ""


def mentioned(text: str) -> list[str]:
    """Return the people a text mentions, in order."""
    return re.findall(r"<@(U\w+)>", text)


def words(said: Message, workspace: Workspace, reader: User) -> str:
    """Return a message as plain text, as `reader` sees it; of files, their titles."""
    if not said.blocks:
        files = (
            f"[{file.title}: {file.alt}]" if file.alt else f"[{file.title}]" for file in said.files
        )
        return "\n".join(filter(None, (plain(said.text, workspace, reader), *files)))
    return "\n".join(filter(None, (_block(b, workspace, reader) for b in said.blocks)))


SHOWN = {"date_short": "d MMM y", "date_long": "EEEE d MMMM y", "time": "HH:mm"}
"""How Slack shows the parts of a date that we use (docs.slack.dev, formatting message text)."""


def plain(text: str, workspace: Workspace, reader: User) -> str:
    """Return mrkdwn as plain text: names, channels and times filled in."""

    def shown(found: re.Match[str]) -> str:
        kind, target, label = found.groups()
        if kind == "@":
            user = workspace.users.get(target)
            return user.real_name.split()[0] if user else target
        if kind == "#":
            return "#" + workspace.channels[target].name
        if kind == "!" and target.startswith("date^"):
            return when(target, reader)
        return label or target

    text = _MARK.sub(shown, text)
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def when(target: str, reader: User) -> str:
    """Return a Slack date as shown in the reader's time zone and language."""
    _, seconds, pattern = target.split("^")[:3]
    at = datetime.fromtimestamp(int(seconds), ZoneInfo(reader.tz))
    locale = reader.locale.replace("-", "_")

    def shown(found: re.Match[str]) -> str:
        return formatted(at, SHOWN[found[1]], locale)

    return re.sub(r"\{(\w+?)(?:_pretty)?\}", shown, pattern)


def rich(element: Json, workspace: Workspace) -> str:
    """Return one rich-text element as plain text."""
    if element["type"] == "user":
        user = workspace.users.get(element["user_id"])
        return user.real_name.split()[0] if user else ""
    return str(element.get("text") or element.get("url") or "")


def _block(found: Json, workspace: Workspace, reader: User) -> str:
    match found["type"]:
        case "section" | "header":
            return plain((found.get("text") or {}).get("text", ""), workspace, reader)
        case "context":
            return " ".join(plain(e.get("text", ""), workspace, reader) for e in found["elements"])
        case "rich_text":
            parts = []
            for part in found["elements"]:
                text = "".join(rich(e, workspace) for e in part["elements"])
                quoted = part["type"] == "rich_text_quote"
                parts.append("\n".join(f"> {row}" for row in text.split("\n")) if quoted else text)
            return "\n".join(parts)
        case "table":
            return "\n".join(
                " | ".join(
                    cell["text"] if cell["type"] == "raw_text" else _block(cell, workspace, reader)
                    for cell in row
                )
                for row in found["rows"]
            )
        case _:
            return ""
