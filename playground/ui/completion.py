"""The box in which one types: it completes names, channels, commands and emoji, as Slack does."""

import re
from collections.abc import Awaitable, Callable
from typing import NamedTuple

from nicegui import ui
from nicegui.events import GenericEventArguments

from bot.i18n import Words
from playground.slack.workspace import Workspace
from playground.ui.emoji import OFFERED, emoji
from playground.ui.pieces import button

MOST = 6
"""How many completions are offered at once."""

_LAST = re.compile(r"(?:^|(?<=\s))([@#:/])([^\s@#:/]*)$")
"""What is completed: the word at the end, by the sign that it begins with."""

_KEYS = """(event) => {
  const list = event.target.closest(".composer").querySelector("[role=listbox]");
  const open = list && list.offsetParent !== null;
  const plain = !event.shiftKey && !event.ctrlKey && !event.altKey && !event.metaKey;
  if (event.isComposing || !plain) return;
  if (event.key === "Enter" || (open && ["ArrowDown", "ArrowUp", "Tab", "Escape"].includes(event.key))) {
    event.preventDefault();
    if (open) event.stopPropagation();
    emit(event.key);
  }
}"""  # noqa: E501 - a list that is read best in one line


class Completion(NamedTuple):
    """What may be meant: what takes the place of the word, and how it is shown."""

    text: str
    shown: str


def completions(text: str, workspace: Workspace, says: Words) -> list[Completion]:
    """List what the word at the end of a text may mean."""
    found = _LAST.search(text)
    if found is None:
        return []
    sign, begun = found[1], found[2].lower()
    match sign:
        case "/":
            commands = sorted(workspace.app.commands or ()) if found.start() == 0 else []
            offered = [
                Completion(command, f"{command}  {says('page.command')}")
                for command in commands
                if command.startswith(f"/{begun}")
            ]
        case "@":
            offered = [
                Completion(f"@{user.name}", user.real_name)
                for user in workspace.users.values()
                if user.name.startswith(begun) or user.real_name.lower().startswith(begun)
            ]
        case "#":
            offered = [
                Completion(f"#{place.name}", f"#{place.name}")
                for place in workspace.channels.values()
                if place.kind == "channel" and place.name.startswith(begun)
            ]
        case _:
            fitting = [code for code in OFFERED if begun in code] if len(begun) > 1 else []
            fitting.sort(key=lambda code: not code.startswith(begun))
            offered = [Completion(emoji(code), f"{emoji(code)} :{code}:") for code in fitting]
    return offered[:MOST]


class Composer:
    """A box to type in, with a button to send; `send` is called with what was typed."""

    def __init__(
        self, workspace: Workspace, says: Words, name: str, send: Callable[[], Awaitable[None]]
    ) -> None:
        self._workspace = workspace
        self._says = says
        self._name = name
        self._send = send
        self._offered: list[Completion] = []
        self._chosen = 0
        self._list = ui.element("div").classes("offered")
        self._list.props(f'id="{name}-list" role=listbox aria-label="{says("page.completions")}"')
        self._list.set_visibility(False)
        self.typed = ui.textarea().props(
            f"outlined dense autogrow rows=1 data-testid={name} aria-autocomplete=list "
            f'aria-controls="{name}-list"'
        )
        self.typed.on_value_change(lambda: self._offer())
        self.typed.on("keydown", self._on_key, js_handler=_KEYS)
        self.typed.on("blur", self._close)
        shown = button(says("page.send"), f"data-testid=send-{name}", "act primary")
        shown.on("click", send)

    def take(self) -> str:
        """Return what was typed, and empty the box."""
        text = (self.typed.value or "").strip()
        self.typed.set_value("")
        return text

    def _offer(self) -> None:
        found = completions(self.typed.value or "", self._workspace, self._says)
        if found != self._offered:
            self._offered, self._chosen = found, 0
            self._show()

    def _show(self) -> None:
        self._list.clear()
        self._list.set_visibility(bool(self._offered))
        with self._list:
            for n, each in enumerate(self._offered):
                chosen = "true" if n == self._chosen else "false"
                option = ui.element("div").classes("option")
                option.props(f'id="{self._name}-{n}" role=option aria-selected={chosen}')
                with option:
                    ui.label(each.shown)
                option.on("mousedown.prevent", lambda _, n=n: self._complete(n))
        if self._offered:
            self.typed.props(f'aria-activedescendant="{self._name}-{self._chosen}"')
        else:
            self.typed.props(remove="aria-activedescendant")

    def _close(self) -> None:
        if self._offered:
            self._offered = []
            self._show()

    def _complete(self, n: int) -> None:
        text, chosen = self.typed.value or "", self._offered[n].text
        found = _LAST.search(text)
        self._offered = []
        self._show()
        if found is not None:
            self.typed.set_value(f"{text[: found.start()]}{chosen} ")

    async def _on_key(self, event: GenericEventArguments) -> None:
        key = event.args
        if not self._offered:
            if key == "Enter":
                await self._send()
        elif key in ("Enter", "Tab"):
            self._complete(self._chosen)
        elif key == "Escape":
            self._close()
        else:
            step = 1 if key == "ArrowDown" else -1
            self._chosen = (self._chosen + step) % len(self._offered)
            self._show()
