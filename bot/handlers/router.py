"""Which handler takes what: slash words, action ids by noun, and forms by callback id."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from bot.blocks.elements import Payload
from bot.errors import Refusal
from bot.handlers.form_values import Form, View
from bot.handlers.request import Action, Request

CommandHandler = Callable[[Request], Payload | None]
"""Handles a word of the slash command; may raise `Refusal`.

Returns the private answer, or None where a form that opened is all there is to say.
"""

ActionHandler = Callable[[Request, Action], None]
"""Handles the buttons and menus of a noun. May raise `Refusal`."""


class FormAnswer(NamedTuple):
    """What follows when a form was sent: errors by field, or another form; else it closes."""

    errors: Mapping[str, Refusal] = {}
    view: View | None = None


ShortcutHandler = Callable[[Request, str], Payload | None]
"""Handles a shortcut; takes the link to its message, "" without one. May raise `Refusal`.

Returns the answer, by direct message, or None where others say it all.
"""

FormHandler = Callable[[Request, Form], FormAnswer]
"""Handles a form that was sent. May raise `Refusal`, shown at the first field."""


@dataclass(frozen=True)
class Command:
    """A word of the slash command.

    `anywhere`: it works outside channels too. `in_group`: it is about the group of the channel,
    so that the bot has to be in there.
    """

    handle: CommandHandler
    anywhere: bool = False
    in_group: bool = False


class Router:
    """The handlers of all nouns, as they register themselves."""

    def __init__(self) -> None:
        self.commands: dict[str, Command] = {}
        self.actions: dict[str, ActionHandler] = {}
        self.forms: dict[str, FormHandler] = {}
        self.shortcuts: dict[str, ShortcutHandler] = {}

    def command(
        self,
        word: str,
        handle: CommandHandler,
        *,
        anywhere: bool = False,
        in_group: bool = False,
    ) -> None:
        """Register a word of the slash command, by its English name."""
        self.commands[word] = Command(handle, anywhere, in_group)

    def action(self, noun: str, handle: ActionHandler) -> None:
        """Register the buttons and menus whose action id begins with a noun."""
        self.actions[noun] = handle

    def form(self, callback: str, handle: FormHandler) -> None:
        """Register a form by its callback id."""
        self.forms[callback] = handle

    def shortcut(self, callback: str, handle: ShortcutHandler) -> None:
        """Register a shortcut by its callback id."""
        self.shortcuts[callback] = handle
