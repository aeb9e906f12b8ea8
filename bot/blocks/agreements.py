"""What a group agreed on: the card that is pinned, and the form in which all can change it.

Buttons carry `agreement:<what>` as their action and the group's id as their value.
"""

from collections.abc import Sequence
from typing import NamedTuple

from slackblocks import Block

from bot.blocks.action_ids import ActionId, FormId
from bot.blocks.elements import (
    Payload,
    View,
    button,
    buttons,
    message,
    modal,
    person,
    plain,
    quote,
    small,
)
from bot.blocks.inputs import asks, written
from bot.i18n import Words

STARTING = ("inside", "nameless", "own", "honest", "listen", "in_time", "phones", "joining")
"""The agreements that a group may begin with; each has a text under `agreements.start.`."""

MAX_AGREEMENTS = 15
MAX_AGREEMENT_LENGTH = 180
"""How many agreements a group can have, and characters in each: Slack's field holds 3,000."""


class Agreed(NamedTuple):
    """A group's agreements as they stand; `signed` and `waited` are its members now."""

    group: str
    lines: Sequence[str]
    signed: Sequence[str]
    waited: Sequence[str]


def starting(words: Words) -> list[str]:
    """Return the list that a new group begins with, and may change."""
    return [words(f"agreements.start.{key}") for key in STARTING]


def card(agreed: Agreed, words: Words, *, why: str | None = None) -> Payload:
    """Show the agreements and who signed; `why` tells what changed, as the key of a text."""
    title = words("agreements.title")
    blocks: list[Block] = []
    if why is not None:
        blocks.append(plain(words(f"agreements.{why}"), "why"))
    blocks.append(plain(f"*{title}*", "title"))
    blocks.append(quote(listed(agreed.lines), "agreements"))
    if agreed.waited:
        signed = words("agreements.signed", who=_people(agreed.signed, words))
        waited = words("agreements.waited", who=_people(agreed.waited, words))
        told = f"{signed} · {waited}" if agreed.signed else waited
    else:
        told = words("agreements.all_signed")
    blocks.append(small(told, "signed"))
    row = [button(words, ActionId.AGREEMENT_EDIT, agreed.group)]
    if agreed.waited:
        row.insert(0, button(words, ActionId.AGREEMENT_SIGN, agreed.group, primary=True))
    return message(title, [*blocks, *buttons("agreement-actions", row)])


def reminder(agreed: Agreed, words: Words) -> Payload:
    """Show the agreements before a session."""
    text = words("agreements.before")
    blocks: list[Block] = [plain(text, "before"), quote(listed(agreed.lines), "agreements")]
    if agreed.waited:
        who = _people(agreed.waited, words)
        blocks.append(small(words("agreements.waited", who=who), "signed"))
        row = [button(words, ActionId.AGREEMENT_SIGN, agreed.group)]
        blocks += buttons("agreement-actions", row)
    return message(text, blocks)


def form(group: str, lines: Sequence[str], words: Words) -> View:
    """Return the form to change the agreements, one on each line."""
    return modal(
        words,
        "agreements.form",
        [
            plain(words("agreements.form_intro"), "intro"),
            asks(
                "lines",
                words("agreements.title"),
                written("\n".join(lines)),
                hint=words("agreements.form_hint"),
            ),
        ],
        callback=FormId.AGREEMENT_FORM,
        about=group,
    )


def listed(lines: Sequence[str]) -> str:
    """Return agreements as people read them, one on each line."""
    return "\n".join(f"• {line}" for line in lines)


def _people(users: Sequence[str], words: Words) -> str:
    return words.listed([person(user) for user in users])
