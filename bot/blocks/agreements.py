"""What a group agreed on: the card that is pinned, and the form in which all can change it.

Buttons carry `agreement:<what>` as their action and the group's id as their value, stamped with
a digest of the agreements that are shown: who signs does so under what they read.
"""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from slackblocks import Block, Button

from bot.blocks.action_ids import ActionId, FormId, digest, stamped
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
    quotes,
    small,
)
from bot.blocks.inputs import asks, tick, written
from bot.i18n import Words

STARTING = ("inside", "nameless", "own", "honest", "listen", "in_time", "phones", "joining")
"""The agreements that a group may begin with; each has a text under `agreements.start.`."""

MAX_AGREEMENTS = 15
MAX_AGREEMENT_LENGTH = 180
"""How many agreements a group can choose, and characters in each: Slack's field holds 3,000."""

MAX_OFFERED = 2_800
"""Characters of a list to choose from, with a bullet for each line."""

MERGE = "merge"
"""The field in which near-doubles are merged; a form without it did not show any."""

STEM, ALIKE = 5, 0.6
"""Letters by which words are compared, and the share of words that two like agreements share."""

FOLDED = 3
"""Agreements that a reminder shows; a button shows the others."""

_WORD = re.compile(r"\w+")
_BULLET = re.compile(r"^[•*–-](?:\s+|$)")


class Agreed(NamedTuple):
    """A group's agreements as they stand; `signed` and `waited` are its members now."""

    group: str
    lines: Sequence[str]
    signed: Sequence[str]
    waited: Sequence[str]

    @property
    def value(self) -> str:
        """The value of a button about these agreements, as they are shown."""
        return stamped(self.group, digest(*self.lines))


def lines_of(text: str) -> list[str]:
    """Return the agreements in a text, one on each line, each once; bullets are left out."""
    lines = (_BULLET.sub("", line.strip(), count=1).strip() for line in text.splitlines())
    return list(dict.fromkeys(line for line in lines if line))


def offered(written: Sequence[str], words: Words) -> list[str]:
    """Return a list to choose from: what members wrote, and what else a group may begin with.

    A suggestion that says what somebody wrote is left out, but never the first, which says what
    holds when somebody is in danger. Of a list that is too long for a message the suggestions go
    first.
    """
    own = list(_fitting(written))
    room = MAX_OFFERED - len(listed(list(written)))
    first, *others = starting(words)
    start = [first, *(line for line in others if not any(_is_alike(line, each) for each in own))]
    while start and len(listed(start)) > room:
        start.pop()
    return [*own, *(line for line in start if line not in own)]


def _is_alike(one: str, other: str) -> bool:
    """Check whether two agreements share most of their words, by how these begin."""
    first, second = (
        {word[:STEM] for word in _WORD.findall(text.lower()) if len(word) >= STEM - 1}
        for text in (one, other)
    )
    return len(first & second) >= ALIKE * max(1, min(len(first), len(second)))


def doubles(lines: Sequence[str]) -> list[tuple[str, str]]:
    """List the pairs of agreements that say nearly the same, each line with an earlier one once."""
    found = []
    for n, line in enumerate(lines):
        before = next((each for each in lines[:n] if _is_alike(each, line)), None)
        if before is not None:
            found.append((before, line))
    return found


def merged(lines: Sequence[str]) -> list[str]:
    """Return the agreements without near-doubles; of those that are alike the longest stays."""
    kept: list[str] = []
    for line in lines:
        at = next((n for n, each in enumerate(kept) if _is_alike(each, line)), None)
        if at is None:
            kept.append(line)
        else:
            kept[at] = max(kept[at], line, key=len)
    return kept


def _fitting(lines: Sequence[str]) -> Iterator[str]:
    """Yield the lines that fit in a message, in their order."""
    room = MAX_OFFERED
    for line in lines:
        room -= len(line) + 3
        if room < 0:
            return
        yield line


def starting(words: Words) -> list[str]:
    """Return the list that a new group begins with, and may change."""
    return [words(f"agreements.start.{key}") for key in STARTING]


def card(agreed: Agreed, words: Words, *, why: str | None = None, left_out: int = 0) -> Payload:
    """Show the agreements and who signed; `why` tells what changed, as the key of a text.

    `left_out` counts what was written and did not fit.
    """
    title = words("agreements.title")
    blocks: list[Block] = []
    if why is not None:
        blocks.append(plain(words(f"agreements.{why}"), "why"))
    blocks.append(plain(f"*{title}*", "title"))
    blocks.append(quote(listed(agreed.lines), "agreements"))
    if doubles(agreed.lines) and why is not None:
        blocks.append(small(words("agreements.alike_card"), "alike"))
    if left_out:
        blocks.append(plain(words.count("agreements.left_out", left_out), "left-out"))
    if agreed.waited:
        signed = words("agreements.signed", who=_people(agreed.signed, words))
        waited = words("agreements.waited", who=_people(agreed.waited, words))
        told = f"{signed} · {waited}" if agreed.signed else waited
    else:
        told = words("agreements.all_signed")
    blocks.append(small(told, "signed"))
    row = [button(words, ActionId.AGREEMENT_EDIT, agreed.value)]
    if agreed.waited:
        row.insert(0, button(words, ActionId.AGREEMENT_SIGN, agreed.value, primary=True))
    return message(title, [*blocks, *buttons("agreement-actions", row)])


def reminder(agreed: Agreed, words: Words) -> Payload:
    """Show the first agreements before a session, with a button for all of them.

    Who signs reads all: the button to sign stands here only where nothing is folded.
    """
    text = words("agreements.before")
    folded = len(agreed.lines) > FOLDED + 1  # one line more is no longer than a button
    shown = agreed.lines[:FOLDED] if folded else agreed.lines
    blocks: list[Block] = [plain(text, "before"), quote(listed(shown), "agreements")]
    row = []
    if folded:
        label = words.count("agreements.all", len(agreed.lines))
        row.append(Button(text=label, action_id=ActionId.AGREEMENT_ALL, value=agreed.group))
    if agreed.waited:
        who = _people(agreed.waited, words)
        blocks.append(small(words("agreements.waited", who=who), "signed"))
        if not folded:
            row.append(button(words, ActionId.AGREEMENT_SIGN, agreed.value))
    return message(text, [*blocks, *buttons("agreement-actions", row)])


def form(
    group: str,
    lines: Sequence[str],
    words: Words,
    *,
    own: Sequence[str] | None = None,
    changed: bool = False,
) -> View:
    """Return the form to change the agreements, one on each line.

    `own` is what somebody wrote instead; `changed`: another changed them to `lines` meanwhile, so
    they see both. Near-doubles are offered to be merged.
    """
    written_lines = lines if own is None else own
    now: list[Block] = [plain(words("agreements.form_intro"), "intro")]
    if own is not None and changed:
        now = [plain(words("agreements.form_both"), "both"), quote(listed(lines), "now")]
    return modal(
        words,
        "agreements.form",
        [
            *now,
            asks(
                "lines",
                words("agreements.title"),
                written("\n".join(written_lines)),
                hint=words("agreements.form_hint"),
            ),
            *_merging(written_lines, words),
        ],
        callback=FormId.AGREEMENT_FORM,
        about=stamped(group, digest(*lines)),
    )


def _merging(lines: Sequence[str], words: Words) -> list[Block]:
    """Offer to merge what says nearly the same; nothing where all differ."""
    pairs = doubles(lines)
    if not pairs:
        return []
    told = [
        quotes([(None, one), (None, other)], f"alike-{n}") for n, (one, other) in enumerate(pairs)
    ]
    choice = tick("merge", words("agreements.merge"))
    return [
        plain(words.count("agreements.alike", len(pairs)), "alike"),
        *told,
        asks(MERGE, words("agreements.merge_ask"), choice, optional=True),
    ]


def listed(lines: Sequence[str]) -> str:
    """Return agreements as people read them, one on each line."""
    return "\n".join(f"• {line}" for line in lines)


def _people(users: Sequence[str], words: Words) -> str:
    return words.listed([person(user) for user in users])
