"""Help: what somebody can do here and now, then every word; and what to do with an unknown word.

Each command has a line, the text `help.word.<command>`, with its word in it.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

from slackblocks import Block, Button

from bot.blocks.action_ids import ActionId
from bot.blocks.elements import Payload, button, buttons, message, plain
from bot.i18n import Words

SESSION = (
    "start", "case", "queue", "status", "pass", "next", "back", "check", "pause", "resume", "stop",
)  # fmt: skip
GROUP = (
    "group", "rota", "stats", "meeting", "calendar", "join", "room", "agreements", "methods",
    "first", "evaluation", "settings", "end",
)  # fmt: skip
OWN = (
    "wishes", "learn", "coach", "history", "statement", "toolkit", "mydata", "forget", "help",
)  # fmt: skip

LEADS = ("meeting", "stats", "settings")
"""What is added for who leads the group."""

MOVES_A_SESSION = frozenset({"pass", "next", "back", "pause", "resume", "stop", "check"})
"""Commands without a button of their own here: it would act on whatever goes on when pressed."""


class Place(StrEnum):
    """Where somebody asks for help, by what they can do there."""

    DIRECT = "direct"
    AWAY = "away"  # a channel without the bot
    CHANNEL = "channel"  # no founded group
    OUTSIDE = "outside"  # a group that they are not in
    GROUP = "group"
    LOBBY = "lobby"
    SESSION = "session"


class Here(NamedTuple):
    """Where somebody asks for help; `lead`: they lead the group of this channel."""

    place: Place
    lead: bool = False


WORDS: dict[Place, Sequence[str]] = {
    Place.DIRECT: ("case", "history", "toolkit", "statement", "wishes", "mydata"),
    Place.AWAY: (),
    Place.CHANNEL: ("start", "case", "queue", "methods", "group"),
    Place.OUTSIDE: ("join", "room", "methods", "history"),
    Place.GROUP: ("case", "start", "rota", "agreements", "methods"),
    Place.LOBBY: ("status", "case", "queue", "stop"),
    Place.SESSION: ("pass", "next", "back", "pause", "check", "status"),
}


def here(where: Here, words: Words, *, unknown: bool = False) -> Payload:
    """Say what somebody can do where they are; `unknown`: they typed what is no word."""
    title = words("help.notification")
    told = f"{words('help.unknown')}\n" if unknown else ""
    intro = told + words(f"help.here_{where.place}")
    blocks: list[Block] = [plain(intro, "unknown" if unknown else "help")]
    if own := WORDS[where.place]:
        blocks.append(plain(_lines(own, words), "help-words"))
    if where.lead:
        lines = f"{words('help.lead')}\n{_lines(LEADS, words)}"
        blocks.append(plain(lines, "help-lead"))
    row = [*_buttons(where.place, words), button(words, ActionId.HELP_MORE, "help")]
    return message(title, [*blocks, *buttons("help-actions", row)])


def everything(words: Words) -> Payload:
    """List every word of the slash command."""
    parts = {"session": SESSION, "group": GROUP, "own": OWN}
    blocks: list[Block] = [plain(words("help.text"), "help")]
    for part, commands in parts.items():
        lines = f"*{words(f'help.{part}')}*\n{_lines(commands, words)}"
        blocks.append(plain(lines, f"help-{part}"))
    return message(words("help.notification"), blocks)


def nearest(word: str, command: str, words: Words) -> Payload:
    """Ask whether a word was meant that is near to what somebody typed."""
    text = words("help.nearest", nearest=word)
    row = [button(words, ActionId.HELP_MORE, "help")]
    if command not in MOVES_A_SESSION:
        yes = button(words, f"group:{command}", command, label="button.help.yes", primary=True)
        row.insert(0, yes)
    return message(text, [plain(text, "unknown"), *buttons("help-actions", row)])


def by_press(command: str, words: Words) -> Payload:
    """Offer the button for a command that opens a form, which no message can."""
    text = words("help.by_press")
    row = [button(words, f"group:{command}", command, label="button.help.open", primary=True)]
    return message(text, [plain(text, "by-press"), *buttons("help-actions", row)])


def _lines(commands: Sequence[str], words: Words) -> str:
    return "\n".join(words(f"help.word.{command}") for command in commands)


def _buttons(place: Place, words: Words) -> list[Button]:
    """Return the buttons of what is done most in a place, the first of them marked."""
    case = button(words, ActionId.GROUP_CASE, "case", primary=place is Place.GROUP)
    start = button(words, ActionId.GROUP_START, "start", primary=place is Place.CHANNEL)
    status = button(words, ActionId.GROUP_STATUS, "status", primary=True)
    match place:
        case Place.DIRECT:
            return [button(words, ActionId.INTAKE_NEW, "new", primary=True)]
        case Place.AWAY:
            return []
        case Place.CHANNEL:
            found = button(words, ActionId.GROUP_GROUP, "group", label="button.group.found")
            return [start, case, found]
        case Place.OUTSIDE:
            join = button(words, "group:join", "join", label="button.help.join", primary=True)
            return [join]
        case Place.GROUP:
            rota = button(words, ActionId.GROUP_ROTA, "rota")
            return [case, start, rota]
        case Place.LOBBY | Place.SESSION:
            return [status]
