"""The ladder to leading: offers, what somebody practises, and looking back on it.

The buttons to take or decline a rung carry the group's id, stamped with the rung. Those to look
back carry the session's id, and who led.
"""

from collections.abc import Sequence

from slackblocks import Block

from bot.blocks.action_ids import ActionId, FormId, join_value, stamped
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
from bot.flows.ladder import rung_after
from bot.flows.types import Rung
from bot.i18n import Words

LOOKS = ("first", "second", "third")
"""The questions for oneself, after watching or leading."""

SEEN = ("saw", "helped", "next")
"""The parts of the sentence for who led."""

MOST_SEEN = 300
"""Characters of a part of that sentence."""


def offer(group: str, channel: str, rung: Rung, words: Words) -> Payload:
    """Ask a member whether they would like to climb a rung."""
    text, blocks = _offer(group, channel, rung, words)
    return message(text, blocks)


def _offer(group: str, channel: str, rung: Rung, words: Words) -> tuple[str, list[Block]]:
    """Return the question about a rung, and the blocks with it and its buttons."""
    row = [
        button(words, ActionId.LADDER_TAKE, stamped(group, rung), primary=True),
        button(words, ActionId.LADDER_DECLINE, stamped(group, rung)),
    ]
    text = words(f"ladder.offer_{rung}", channel=f"<#{channel}>")
    return text, [plain(text, "offer"), *buttons("offer-actions", row)]


def task(rung: Rung, steps: Sequence[tuple[str, str]], words: Words) -> Payload:
    """Say to somebody what they practise now; `steps`: the title and text of each they lead."""
    text = words(f"ladder.task_{rung}")
    sheet = [plain(f"*{title}*\n{asked}", f"step-{n}") for n, (title, asked) in enumerate(steps)]
    return message(text, [plain(text, "task"), *sheet])


def line(key: str, words: Words) -> Payload:
    """Return a message of one text of the ladder."""
    text = words(f"ladder.{key}")
    return message(text, [plain(text, "line")])


def climbed(session: str, group: str, channel: str, rung: Rung, words: Words) -> Payload:
    """Thank somebody who practised, offer questions for themselves, and the next rung, if any."""
    after = rung_after(rung)
    text = words(f"ladder.climbed_{rung}")
    row = [button(words, ActionId.LADDER_LOOK, join_value(session, rung), primary=True)]
    blocks = [plain(text, "climbed"), *buttons("climbed-actions", row)]
    if after is not None:
        blocks += _offer(group, channel, after, words)[1]
    return message(text, blocks)


def look_form(session: str, rung: Rung, words: Words) -> View:
    """Return the form with three questions for oneself."""
    fields = [
        asks(name, words(f"ladder.{_looks(rung)}_{name}"), written(), optional=True)
        for name in LOOKS
    ]
    return modal(
        words,
        "ladder.look_title",
        [plain(words("ladder.look_intro"), "intro"), *fields],
        callback=FormId.LADDER_LOOK,
        about=join_value(session, rung),
    )


def looked(rung: Rung, answers: Sequence[str], words: Words) -> Payload:
    """Send somebody back what they wrote for themselves."""
    text = words("ladder.looked")
    said = [
        quote(answer, name, beside=words(f"ladder.{_looks(rung)}_{name}"))
        for name, answer in zip(LOOKS, answers, strict=True)
        if answer
    ]
    return message(text, [plain(text, "looked"), *said])


def _looks(rung: Rung) -> str:
    return "watched" if rung is Rung.WATCH else "led"


def ask_seen(session: str, led: str, words: Words) -> Payload:
    """Invite somebody to tell who led what they saw."""
    text = words("ladder.ask_seen", who=person(led))
    row = [button(words, ActionId.LADDER_SAW, join_value(session, led))]
    return message(text, [plain(text, "ask-seen"), *buttons("ask-seen-actions", row)])


def seen_form(session: str, led: str, words: Words) -> View:
    """Return the form for one sentence to who led: I saw, it helped because, next time."""
    fields = [
        asks(name, words(f"ladder.{name}"), written(most=MOST_SEEN), optional=name != "saw")
        for name in SEEN
    ]
    intro = words("ladder.seen_intro", who=person(led))
    return modal(
        words,
        "ladder.seen_title",
        [plain(intro, "intro"), *fields],
        callback=FormId.LADDER_SAW,
        about=join_value(session, led),
    )


def seen(by: str, said: Sequence[str], words: Words) -> Payload:
    """Bring who led what somebody saw."""
    text = words("ladder.seen", who=person(by))
    parts = [
        quote(each, name, beside=words(f"ladder.{name}"))
        for name, each in zip(SEEN, said, strict=True)
        if each
    ]
    return message(text, [plain(text, "seen"), *parts, small(words("ladder.seen_foot"), "foot")])
