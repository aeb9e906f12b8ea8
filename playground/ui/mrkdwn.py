"""Slack's mark-up as HTML, as one reader sees it."""

import html
import re
from typing import Any

from playground.reading import when
from playground.slack.workspace import User, Workspace
from playground.ui.emoji import emoji, with_emoji

Json = dict[str, Any]

_MARK = re.compile(r"<([@#!])?([^<>|]+)(?:\|([^<>]*))?>")
_URL = re.compile(r"https?://[^\s<>\x00]*[^\s<>\x00.,;:!?)]")
_BLOCK_OF_CODE = re.compile(r"```\n?(.+?)\n?```\n?", re.DOTALL)
_CODE = re.compile(r"`([^`\n]+)`")
_STYLES = (
    (re.compile(r"(?<![\w*])\*([^*\n]+)\*(?![\w*])"), r"<strong>\1</strong>"),
    (re.compile(r"(?<![\w_])_([^_\n]+)_(?![\w_])"), r"<em>\1</em>"),
    (re.compile(r"(?<![\w~])~([^~\n]+)~(?![\w~])"), r"<s>\1</s>"),
)
_QUOTE = ((re.compile(r"&gt; ?(.*)"), "blockquote", "{}<br>"),)
_LISTS = (
    (re.compile(r"[-•*] +(.+)"), "ul", "<li>{}</li>"),
    (re.compile(r"\d+[.)] +(.+)"), "ol", "<li>{}</li>"),
)
"""How a quoted or listed line begins, what encloses such lines, and what each of them becomes."""


def as_html(text: str, workspace: Workspace, reader: User, *, typed: bool = False) -> str:
    """Return mrkdwn as HTML. `text` is escaped the way Slack escapes: no `<` is the writer's.

    What people typed (`typed`) may hold lists; Slack makes none of what an app sends.
    """
    marks: list[str] = []

    def keep(shown: str) -> str:
        marks.append(shown)
        return f"\x00{len(marks) - 1}\x00"

    text = _MARK.sub(lambda found: keep(_mark(found, workspace, reader)), text)
    text = html.escape(html.unescape(text), quote=True)
    text = _BLOCK_OF_CODE.sub(lambda found: keep(f"<pre><code>{found[1]}</code></pre>"), text)
    text = _CODE.sub(lambda found: keep(f"<code>{found[1]}</code>"), text)
    text = _URL.sub(lambda found: keep(_link(found[0], found[0])), text)
    for pattern, shown in _STYLES:
        text = pattern.sub(shown, text)
    text = _by_line(with_emoji(text), (*_QUOTE, *_LISTS) if typed else _QUOTE)
    for n, mark in reversed(list(enumerate(marks))):  # a block of code may hold a mention
        text = text.replace(f"\x00{n}\x00", mark)
    return text


def _by_line(text: str, kinds: tuple[tuple[re.Pattern[str], str, str], ...]) -> str:
    """Return lines as HTML: those that are quoted or listed enclosed, the others broken."""
    parts: list[str] = []
    open_tag = ""
    for row in text.split("\n"):
        tag, shown = "", row
        for pattern, enclosing, each in kinds:
            found = pattern.fullmatch(row)
            if found:
                tag, shown = enclosing, each.format(found[1])
                break
        if tag != open_tag:
            parts += [f"</{open_tag}>"] if open_tag else []
            parts += [f"<{tag}>"] if tag else []
            open_tag = tag
        elif parts and not tag:
            parts.append("<br>")
        parts.append(shown)
    parts += [f"</{open_tag}>"] if open_tag else []
    return "".join(parts).replace("<br></blockquote>", "</blockquote>")


def rich_html(block: Json, workspace: Workspace) -> str:
    """Return a rich_text block as HTML."""
    parts = []
    for part in block["elements"]:
        if part["type"] == "rich_text_list":
            tag = "ol" if part.get("style") == "ordered" else "ul"
            items = (_inner(item, workspace) for item in part["elements"])
            parts.append(f"<{tag}>{''.join(f'<li>{item}</li>' for item in items)}</{tag}>")
            continue
        tags = {"rich_text_quote": "blockquote", "rich_text_preformatted": "pre"}
        tag = tags.get(part["type"], "div")
        parts.append(f"<{tag}>{_inner(part, workspace)}</{tag}>")
    return "".join(parts)


def _inner(part: Json, workspace: Workspace) -> str:
    return "".join(_rich(each, workspace) for each in part["elements"])


def _rich(element: Json, workspace: Workspace) -> str:
    if element["type"] == "user":
        return _name(element["user_id"], workspace)
    if element["type"] == "emoji":
        return emoji(element["name"])
    text = html.escape(str(element.get("text") or element.get("url") or ""))
    text = text.replace("\n", "<br>")
    style = element.get("style") or {}
    for name, tag in (("bold", "strong"), ("italic", "em"), ("strike", "s"), ("code", "code")):
        if style.get(name):
            text = f"<{tag}>{text}</{tag}>"
    return _anchor(element["url"], text) if element["type"] == "link" else text


def _mark(found: re.Match[str], workspace: Workspace, reader: User) -> str:
    kind, target, label = found.groups()
    if kind == "@":
        return _name(target, workspace)
    if kind == "#":
        place = workspace.channels.get(target)
        return f"<b>#{html.escape(place.name if place else target)}</b>"
    if kind == "!":
        if target.startswith("date^"):
            return f"<time>{html.escape(when(target, reader))}</time>"
        return f'<span class="mention">@{html.escape(label or target)}</span>'
    return _link(html.unescape(target), label or target)


def _link(url: str, label: str) -> str:
    shown = html.escape(html.unescape(label)).removeprefix("mailto:")
    if not url.startswith(("https://", "http://", "mailto:")):
        return shown
    return _anchor(html.unescape(url), shown)


def _anchor(url: str, shown: str) -> str:
    return f'<a href="{html.escape(url)}" target="_blank" rel="noopener noreferrer">{shown}</a>'


def _name(user: str, workspace: Workspace) -> str:
    found = workspace.users.get(user)
    name = found.real_name.split()[0] if found else user
    return f'<span class="mention">@{html.escape(name)}</span>'
