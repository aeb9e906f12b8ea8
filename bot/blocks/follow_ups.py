"""How a next step went: the question to who named it, their answer, and what the group hears.

Buttons carry `follow_up:<what>` as their action and the session's id as their value.
"""

from collections.abc import Sequence
from enum import StrEnum
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
    plain,
    quote,
    quotes,
    small,
)
from bot.blocks.inputs import asks, tick, written
from bot.flows.intake import MAX_FIELD_LENGTHS, Field
from bot.i18n import Words


class WorkQuestions(NamedTuple):
    """A bringer's work question as it was brought, after the group's questions, and weeks later.

    What is not there, or forgotten, is empty.
    """

    brought: str = ""
    after: str = ""
    now: str = ""


def labelled(each: WorkQuestions, words: Words) -> list[tuple[str, str]]:
    """Return a work question as it was and as it became, each with its label."""
    return [
        (words(f"follow.question_{name}"), text) for name, text in each._asdict().items() if text
    ]


def questions(each: WorkQuestions, block_id: str, words: Words) -> list[Block]:
    """Show a work question under what it was before."""
    told = labelled(each, words)
    return [quotes(told, block_id)] if told else []


def asked(session: str, steps: Sequence[str], became: WorkQuestions, words: Words) -> Payload:
    """Ask somebody how the next step went that they named, and what their question is by now."""
    text = words.count("follow.asked", len(steps))
    row = [button(words, ActionId.FOLLOW_UP_TELL, session, primary=True)]
    return message(
        text,
        [
            plain(text, "follow-up"),
            *(quote(step, f"step-{n}") for n, step in enumerate(steps)),
            *questions(became, "became", words),
            *buttons("follow-up-actions", row),
            small(words("follow.free"), "follow-up-free"),
        ],
    )


def form(
    session: str,
    steps: Sequence[str],
    became: WorkQuestions,
    before: str | None,
    words: Words,
    *,
    shared: bool = False,
) -> View:
    """Return the form to answer in; `before` is the earlier answer, `shared` with the group."""
    return modal(
        words,
        "follow.title",
        [
            *(quote(step, f"step-{n}") for n, step in enumerate(steps)),
            asks("text", words("follow.how"), written(before), hint=words("follow.how_hint")),
            *questions(became, "became", words),
            asks(
                "question",
                words("follow.question"),
                written(became.now or None, most=MAX_FIELD_LENGTHS[Field.QUESTION]),
                hint=words("follow.question_hint"),
                optional=True,
            ),
            asks(
                "share",
                words("follow.share"),
                tick("share", words("follow.share_yes"), ticked=shared),
                optional=True,
            ),
        ],
        callback=FormId.FOLLOW_UP_ANSWER,
        about=session,
    )


class Kept(StrEnum):
    """What becomes of an answer: the last part of the key of the text that says so."""

    PRIVATE = "kept"
    SHARED = "kept_shared"
    WAITS = "kept_waits"
    HEARD = "kept_heard"
    HEARD_BEFORE = "kept_heard_before"


def kept(how: Kept, became: WorkQuestions, words: Words) -> Payload:
    """Say what becomes of an answer, and show what became of the work question."""
    text = words(f"follow.{how}")
    return message(text, [plain(text, "line"), *questions(became, "became", words)])


def since(told: Sequence[tuple[str, str]], words: Words) -> Payload:
    """Open a meeting with what became of what was brought before."""
    text = words("follow.since")
    said = (quote(what, f"since-{n}", by=who) for n, (who, what) in enumerate(told))
    return message(text, [plain(text, "since"), *said])
