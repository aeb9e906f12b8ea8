"""Slack's mark-up of messages, read back as people see it.

https://docs.slack.dev/messaging/formatting-message-text: links, mentions and dates stand in
angle brackets, and Slack escapes three characters that people type.
"""

import re
from collections.abc import Callable, Collection

from bot.flows.text import cleaned

_MARKUP = re.compile(r"<([^<>]*)>|&(amp|lt|gt);")
_MENTION = re.compile(r"<@([A-Z0-9]+)(?:\|[^<>]*)?>")
_ENTITIES = {"amp": "&", "lt": "<", "gt": ">"}
_SCHEME = re.compile(r"^[a-z][a-z0-9+.-]*:(//)?", re.IGNORECASE)

UNKNOWN = "…"
"""Stands for a name that Slack does not tell, such as that of a private channel."""


def as_written(text: str, name_of: Callable[[str], str | None] = lambda _: None) -> str:
    """Return a text as its writer saw it, cleaned; the address of a link is kept.

    `name_of` returns the name of a person by their id, or None for an unknown one.
    """

    def shown(found: re.Match[str]) -> str:
        if found[2]:
            return _ENTITIES[found[2]]
        target, _, label = found[1].partition("|")
        return _shown(_unescaped(target), _unescaped(label), name_of)

    return cleaned(_MARKUP.sub(shown, text))


def without_mentions(text: str, users: Collection[str | None]) -> str | None:
    """Return a text, still in Slack's mark-up, without mentions of these users; None for none."""
    rest = _MENTION.sub(lambda found: " " if found[1] in users else found[0], text)
    return rest if rest != text else None


def _unescaped(text: str) -> str:
    return _MARKUP.sub(lambda found: _ENTITIES.get(found[2], found[0]), text)


def _shown(target: str, label: str, name_of: Callable[[str], str | None]) -> str:
    """Return what people see of mark-up with this target and this label."""
    kind, id_ = target[:1], target[1:]
    if kind == "@":
        return "@" + (label.removeprefix("@") or name_of(id_) or UNKNOWN)
    if kind == "#":
        return "#" + (label.removeprefix("#") or UNKNOWN)
    if kind == "!":
        return _special(id_, label)
    return _link(target, label)


def _special(target: str, label: str) -> str:
    """Return a date as text, or a mention of a group of people."""
    name, *about = target.split("^")
    if name == "date":
        address = about[2] if len(about) > 2 else ""
        return _link(address, label) if address else label
    return "@" + (label.removeprefix("@") or (UNKNOWN if name == "subteam" else name))


def _link(address: str, label: str) -> str:
    """Return a link's label, and its address where the label does not say it whole."""
    address = address.removeprefix("mailto:")
    plain, said = _plain(address), _plain(label)
    if not label or (said.endswith(UNKNOWN) and plain.startswith(said.rstrip(UNKNOWN))):
        return address
    is_phone = address.startswith("tel:")
    return label if said == plain or is_phone else f"{label} ({address})"


def _plain(address: str) -> str:
    """Return an address without what people leave out: its scheme and a last slash."""
    return _SCHEME.sub("", address).rstrip("/")
