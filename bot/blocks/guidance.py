"""How a group grows: how much guidance it wants, and when it looks back on itself.

Buttons carry `growth:<guidance>` as their action and the group's id as their value, stamped with
the guidance that the group has.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from slackblocks import Block, Button

from bot.blocks.action_ids import ActionId, stamped
from bot.blocks.elements import Payload, bar, button, buttons, message, person, plain, small
from bot.flows.types import Guidance, Often
from bot.i18n import Words

MAX_SCORE = 5
"""The highest score."""


class Means(NamedTuple):
    """What a group answered in an evaluation, without names; `answers` counts them."""

    answers: int
    useful: float | None
    safe: float | None
    guidance: Mapping[Guidance, int]
    rhythm: Mapping[Often, int]


class Balance(StrEnum):
    """How often people spoke: about alike, one more often than another, or far more often."""

    ALIKE = "alike"
    UNEQUAL = "unequal"
    FAR_APART = "far_apart"


class LookBack(NamedTuple):
    """How a group asked in a session, without names; `tip` names a suggestion for next time."""

    questions: int
    open: int
    balance: Balance
    tip: str


def what_now(words: Words) -> Payload:
    """Say after the first session of a channel without a group what there is to do next."""
    text = words("founding.what_now")
    row = [
        button(words, ActionId.GROUP_GROUP, "group", label="button.group.found", primary=True),
        button(words, ActionId.GROUP_CASE, "case"),
        button(words, ActionId.GROUP_START, "start", label="button.group.again"),
    ]
    return message(text, [plain(text, "what-now"), *buttons("what-now-actions", row)])


def milestone(
    group: str, guidance: Guidance, sessions: int, words: Words, *, ask: bool, evaluate: bool
) -> Payload:
    """After some sessions: ask how much guidance the group wants, propose an evaluation."""
    text = words("growth.sessions", sessions=sessions)
    blocks: list[Block] = [plain(text, "sessions")]
    if ask:
        blocks.append(plain(words(f"growth.ask_{guidance}"), "ask"))
        blocks += buttons("growth-actions", _choices(group, guidance, words, stay=True))
    if evaluate:
        blocks.append(plain(words("growth.evaluate"), "evaluate"))
        blocks += buttons(
            "evaluate-actions", [button(words, ActionId.GROUP_EVALUATION, "evaluation")]
        )
    return message(text, blocks)


def yearly(words: Words) -> Payload:
    """Propose an evaluation because a year has gone by."""
    text = words("growth.yearly")
    row = [button(words, ActionId.GROUP_EVALUATION, "evaluation")]
    return message(text, [plain(text, "evaluate"), *buttons("evaluate-actions", row)])


def changed(group: str, by: str, guidance: Guidance, words: Words) -> Payload:
    """Inform the group of a person's choice of guidance; a button below undoes it."""
    text = words(f"growth.now_{guidance}", who=person(by))
    row = _choices(group, guidance, words, stay=False)
    back = small(words("growth.back"), "back")
    return message(text, [plain(text, "changed"), back, *buttons("growth-actions", row)])


def evaluated(group: str, guidance: Guidance, means: Means, words: Words) -> Payload:
    """Show the group what it answered, and offer the choice of guidance."""
    title = words.count("growth.evaluated", means.answers)
    lines = []
    for name, mean in (("useful", means.useful), ("safe", means.safe)):
        if mean is not None:
            shown = bar(round(mean), MAX_SCORE)
            lines.append(words(f"growth.{name}", bar=shown, mean=words.number(mean)))
    for name, counts in (("guidance", means.guidance), ("rhythm", means.rhythm)):
        told = [f"{words(f'growth.{each}')} ({n})" for each, n in counts.items() if n]
        if told:
            lines.append(words(f"growth.{name}_wishes", wishes=", ".join(told)))
    blocks: list[Block] = [plain("\n".join([f"*{title}*", *lines]), "evaluated")]
    blocks.append(plain(words(f"growth.ask_{guidance}"), "ask"))
    row = _choices(group, guidance, words, stay=True)
    return message(title, [*blocks, *buttons("growth-actions", row)])


def too_few_answers(least: int, words: Words) -> Payload:
    """Inform the group that too few answered to show averages, and offer to evaluate again."""
    text = words("growth.too_few", least=least)
    row = [button(words, ActionId.GROUP_EVALUATION, "evaluation")]
    return message(text, [plain(text, "evaluated"), *buttons("growth-actions", row)])


def look_back(back: LookBack, words: Words) -> Payload:
    """Look back on the group's asking: how many questions, how open, who spoke, one tip."""
    text = words.count("growth.asked", back.questions, open=back.open)
    lines = [text, words(f"growth.balance_{back.balance}")]
    tip = small(words(f"growth.tip_{back.tip}"), "tip")
    return message(text, [plain("\n".join(lines), "asked"), tip])


def _choices(group: str, now: Guidance, words: Words, *, stay: bool) -> list[Button]:
    group = stamped(group, now)
    rows = [
        button(words, f"growth:{each}", group, label=f"growth.{each}")
        for each in Guidance
        if each is not now
    ]
    if stay:
        rows.append(button(words, f"growth:{now}", group, label="growth.stay"))
    return rows
