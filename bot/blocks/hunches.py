"""A hunch: the form to park it in, and what its writer gets back at the end."""

from collections.abc import Mapping

from slackblocks import Block

from bot.blocks.action_ids import ActionId, FormId, join_value
from bot.blocks.elements import Payload, View, button, buttons, message, modal, plain, quote, small
from bot.blocks.inputs import asks, written
from bot.flows.types import HunchOutcome
from bot.i18n import Words

FIELDS = ("known", "advice", "stirs")


def offer(session: str, words: Words) -> list[Block]:
    """Return the line and the button by which people can park a hunch before they ask."""
    row = [button(words, ActionId.HUNCH_PARK, session)]
    return [small(words("hunch.offer"), "hunch"), *buttons("hunch-actions", row)]


def form(session: str, before: Mapping[str, str], words: Words) -> View:
    """Return the form to park a hunch, with what was parked before."""
    fields = (
        asks(
            name,
            words(f"hunch.{name}"),
            written(before.get(name) or None, focus=name == FIELDS[0]),
            optional=True,
        )
        for name in FIELDS
    )
    return modal(
        words,
        "hunch.title",
        [plain(words("hunch.intro"), "intro"), *fields],
        callback=FormId.HUNCH_PARK,
        about=session,
    )


def given_back(session: str, texts: Mapping[str, str], words: Words) -> Payload:
    """Return what somebody parked, and ask what became of it."""
    text = words("hunch.back")
    blocks: list[Block] = [plain(text, "back")]
    for name in FIELDS:
        if texts.get(name):
            blocks.append(small(words(f"hunch.{name}"), f"{name}-label"))
            blocks.append(quote(texts[name], name))
    row = [
        button(words, f"hunch:{outcome}", join_value(session, outcome)) for outcome in HunchOutcome
    ]
    return message(text, [*blocks, *buttons("hunch-actions", row)])


def counted(outcomes: Mapping[HunchOutcome, int], words: Words) -> str:
    """Return a line with what became of somebody's hunches in a year."""
    return words("hunch.counted", **{each: outcomes.get(each, 0) for each in HunchOutcome})
