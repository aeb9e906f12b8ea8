"""Slack's mark-up as HTML, as one reader sees it."""

import html
import re
from typing import Any

from playground.reading import when
from playground.slack.workspace import User, Workspace

Json = dict[str, Any]

_MARK = re.compile(r"<([@#!])?([^<>|]+)(?:\|([^<>]*))?>")
_STYLES = (
    (re.compile(r"`([^`\n]+)`"), r"<code>\1</code>"),
    (re.compile(r"(?<![\w*])\*([^*\n]+)\*(?![\w*])"), r"<strong>\1</strong>"),
    (re.compile(r"(?<![\w_])_([^_\n]+)_(?![\w_])"), r"<em>\1</em>"),
    (re.compile(r"(?<![\w~])~([^~\n]+)~(?![\w~])"), r"<s>\1</s>"),
)


def as_html(text: str, workspace: Workspace, reader: User) -> str:
    """Return mrkdwn as HTML. `text` is escaped the way Slack escapes: no `<` is the writer's."""
    marks: list[str] = []

    def kept(found: re.Match[str]) -> str:
        marks.append(_mark(found, workspace, reader))
        return f"\x00{len(marks) - 1}\x00"

    text = _MARK.sub(kept, text)
    text = html.escape(html.unescape(text), quote=True)
    for pattern, shown in _STYLES:
        text = pattern.sub(shown, text)
    for n, mark in enumerate(marks):
        text = text.replace(f"\x00{n}\x00", mark)
    return text.replace("\n", "<br>")


def rich_html(block: Json, workspace: Workspace) -> str:
    """Return a rich_text block as HTML."""
    parts = []
    for part in block["elements"]:
        inner = "".join(_rich(each, workspace) for each in part["elements"])
        tag = "blockquote" if part["type"] == "rich_text_quote" else "div"
        parts.append(f"<{tag}>{inner}</{tag}>")
    return "".join(parts)


def _rich(element: Json, workspace: Workspace) -> str:
    if element["type"] == "user":
        return _name(element["user_id"], workspace)
    text = html.escape(str(element.get("text") or "")).replace("\n", "<br>")
    style = element.get("style") or {}
    for name, tag in (("bold", "strong"), ("italic", "em"), ("strike", "s"), ("code", "code")):
        if style.get(name):
            text = f"<{tag}>{text}</{tag}>"
    return text


def _mark(found: re.Match[str], workspace: Workspace, reader: User) -> str:
    kind, target, label = found.groups()
    if kind == "@":
        return _name(target, workspace)
    if kind == "#":
        place = workspace.channels.get(target)
        return f"<b>#{html.escape(place.name if place else target)}</b>"
    if kind == "!" and target.startswith("date^"):
        return f"<time>{html.escape(when(target, reader))}</time>"
    return html.escape(label or target)


def _name(user: str, workspace: Workspace) -> str:
    found = workspace.users.get(user)
    name = found.real_name.split()[0] if found else user
    return f'<span class="mention">@{html.escape(name)}</span>'
