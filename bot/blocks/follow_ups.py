"""How a next step went: the question to who named it, their answer, and what the group hears.

Buttons carry `follow_up:<what>` as their action and the session's id as their value.
"""

from collections.abc import Sequence
from enum import StrEnum

from bot.blocks.action_ids import ActionId, FormId
from bot.blocks.elements import Payload, View, button, buttons, message, modal, plain, quote, small
from bot.blocks.inputs import asks, tick, written
from bot.i18n import Words


def asked(session: str, steps: Sequence[str], words: Words) -> Payload:
    """Ask somebody how the next step went that they named."""
    text = words.count("follow.asked", len(steps))
    row = [button(words, ActionId.FOLLOW_UP_TELL, session, primary=True)]
    return message(
        text,
        [
            plain(text, "follow-up"),
            *(quote(step, f"step-{n}") for n, step in enumerate(steps)),
            *buttons("follow-up-actions", row),
            small(words("follow.free"), "follow-up-free"),
        ],
    )


def form(
    session: str, steps: Sequence[str], before: str | None, words: Words, *, shared: bool = False
) -> View:
    """Return the form to answer in; `before` is the earlier answer, `shared` with the group."""
    return modal(
        words,
        "follow.title",
        [
            *(quote(step, f"step-{n}") for n, step in enumerate(steps)),
            asks("text", words("follow.how"), written(before), hint=words("follow.how_hint")),
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


def kept(how: Kept, words: Words) -> Payload:
    """Say what becomes of an answer."""
    text = words(f"follow.{how}")
    return message(text, [plain(text, "line")])


def since(told: Sequence[tuple[str, str]], words: Words) -> Payload:
    """Open a meeting with what became of what was brought before."""
    text = words("follow.since")
    said = (quote(what, f"since-{n}", by=who) for n, (who, what) in enumerate(told))
    return message(text, [plain(text, "since"), *said])
