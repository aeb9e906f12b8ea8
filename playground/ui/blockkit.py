"""Block Kit in the browser: draws blocks on the page, and reports presses and choices."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

from nicegui import ui
from nicegui.events import GenericEventArguments, ValueChangeEventArguments

from bot.i18n import Words
from playground.slack.records import Json
from playground.slack.workspace import User, View, Workspace
from playground.ui.fields import Names, draw_field, groups_of, value_of
from playground.ui.mrkdwn import as_html, rich_html
from playground.ui.pieces import button

Pressed = Callable[[str, str, str, str | None, Json | None], Awaitable[None]]
"""Called on a press with action, block, kind of element, value, and chosen option."""


_EMIT_PRESS = """(event) => {
  const button = event.target.closest("button[data-press]");
  if (button) emit(button.id, button.dataset.press);
}"""


def listen(container: ui.element, pressed: Pressed) -> None:
    """Call `pressed` when a button of Block Kit inside a container is clicked.

    The listener is the container's, so a click also counts when its button is redrawn before
    the click arrives here. A button is disabled, and ignored, while its press is under way.
    """
    under_way: set[str] = set()

    async def on_click(event: GenericEventArguments) -> None:
        html_id, press = event.args  # what the JavaScript emits
        if press in under_way:
            return
        under_way.add(press)
        button = container.client.elements.get(int(html_id.removeprefix("c")))
        if button is not None:
            button.props("aria-disabled=true")
        try:
            action, block_id, kind, value = json.loads(press)
            await pressed(action, block_id, kind, value, None)
        finally:
            under_way.discard(press)
            _enable(button)

    container.on("click", on_click, js_handler=_EMIT_PRESS)


def on_click(pressed: ui.element, act: Callable[[], Awaitable[None]]) -> None:
    """Call `act` when a button is clicked; the button is disabled while `act` is under way.

    It says so, and keeps the focus, which the browser takes from what is `disabled`.
    """

    async def clicked() -> None:
        if "aria-disabled" in pressed.props:
            return
        pressed.props("aria-disabled=true")
        try:
            await act()
        finally:
            _enable(pressed)

    pressed.on("click", clicked)


def _enable(button: ui.element | None) -> None:
    if button is not None and not button.is_deleted:
        button.props(remove="aria-disabled")


def draw(blocks: list[Json], workspace: Workspace, reader: User, pressed: Pressed) -> None:
    """Draw blocks without inputs (see `Form`); `listen` to what they are drawn in."""
    for block in blocks:
        draw_one(block, workspace, reader, pressed)


def draw_one(block: Json, workspace: Workspace, reader: User, pressed: Pressed) -> None:
    """Draw one block."""
    match block["type"]:
        case "section":
            with ui.element("div").classes("beside"):
                _html(as_html(block["text"]["text"], workspace, reader), "words")
                if "accessory" in block:
                    _element(block["accessory"], block.get("block_id", ""), pressed)
        case "header":
            ui.html(f"<h2>{as_html(block['text']['text'], workspace, reader)}</h2>", sanitize=False)
        case "context":
            text = " ".join(as_html(e["text"], workspace, reader) for e in block["elements"])
            _html(text, "words quiet")
        case "rich_text":
            _html(rich_html(block, workspace), "words")
        case "table":
            _table(block, workspace)
        case "divider":
            ui.element("div").classes("divider")
        case "actions":
            with ui.element("div").classes("row"):
                for element in block["elements"]:
                    _element(element, block.get("block_id", ""), pressed)


def _table(block: Json, workspace: Workspace) -> None:
    sides = [(each or {}).get("align", "left") for each in block.get("column_settings") or ()]
    with ui.element("div").classes("table"), ui.element("table"):
        for n, row in enumerate(block["rows"]):
            with ui.element("tr"):
                for m, cell in enumerate(row):
                    side = sides[m] if m < len(sides) else "left"
                    shown = ui.element("td" if n else "th").style(f"text-align: {side}")
                    with shown:
                        if cell["type"] == "raw_text":
                            ui.label(cell["text"])
                        else:
                            _html(rich_html(cell, workspace), "words")


def _html(content: str, classes: str) -> None:
    ui.html(content, sanitize=False).classes(classes)


def _element(element: Json, block_id: str, pressed: Pressed) -> None:
    action, kind = element["action_id"], element["type"]
    if kind == "button":
        look = "act primary" if element.get("style") == "primary" else "act"
        shown = button(element["text"]["text"], f'data-action="{action}"', look)
        shown.props["data-press"] = json.dumps([action, block_id, kind, element.get("value")])
    else:
        _menu(element, block_id, pressed)


def _menu(element: Json, block_id: str, pressed: Pressed) -> None:
    action, kind = element["action_id"], element["type"]
    chosen = element.get("initial_option") or {}
    named = chosen.get("text") or element.get("placeholder") or {}
    label = named.get("text", "···")
    opener = ui.element("button").classes("act")
    opener.props(f'type=button data-action="{action}" aria-haspopup=menu')
    with opener:
        ui.label(label)
        with ui.menu():
            for group in groups_of(element):
                if "label" in group:
                    ui.item_label(group["label"]["text"]).props("header").classes("quiet")
                for option in group["options"]:
                    item = ui.menu_item(
                        option["text"]["text"],
                        on_click=lambda option=option: pressed(
                            action, block_id, kind, None, option
                        ),
                    )
                    item.props(f'data-option="{option["value"].partition(":")[0]}"')


class Form:
    """A modal: its inputs while somebody fills them in, and the errors that come back."""

    def __init__(
        self,
        view: View,
        workspace: Workspace,
        words: Words,
        *,
        send: Callable[[View, Json], Awaitable[None]],
        close: Callable[[View], Awaitable[None]],
        pressed: Pressed,
        before: "Form | None" = None,
    ) -> None:
        self.view = view
        self._inputs: dict[str, tuple[Json, Any]] = {}
        self._errors: dict[str, ui.label] = {}
        self._words = words
        self._shut = False
        spec, reader = view.spec, workspace.users[view.user]
        self._names = Names(
            people={user.id: user.real_name for user in workspace.users.values()},
            places={
                place.id: f"#{place.name}"
                for place in workspace.channels.values()
                if place.kind != "dm" and view.user in place.members
            },
        )
        with (
            ui.dialog().props("no-backdrop-dismiss") as self.dialog,
            ui.card().classes("form") as card,
        ):
            self.dialog.props["aria-label"] = spec["title"]["text"]
            listen(card, pressed)
            ui.html(f"<h2>{as_html(spec['title']['text'], workspace, reader)}</h2>", sanitize=False)
            self._errors[""] = ui.label().classes("wrong").props("role=alert")
            for block in spec["blocks"]:
                if block["type"] == "input":
                    self._input(block, before)
                else:
                    draw([block], workspace, reader, pressed)
            with ui.element("div").classes("row"):
                if "submit" in spec:
                    self._button(spec["submit"]["text"], "submit", lambda: self._send(send))
                leave = spec.get("close", {}).get("text") or words("page.close")
                self._button(leave, "close", lambda: close(view))
        self.dialog.open()

        async def escaped(event: ValueChangeEventArguments[bool]) -> None:
            if not event.value and not self._shut:
                await close(view)

        self.dialog.on_value_change(escaped)

    def show_errors(self) -> None:
        """Show the bot's errors beside their inputs."""
        for block, label in self._errors.items():
            label.set_text(self.view.errors.get(block, ""))

    def shut(self) -> None:
        """Close the form."""
        self._shut = True
        self.dialog.close()
        self.dialog.delete()

    def _button(self, text: str, name: str, act: Callable[[], Awaitable[None]]) -> None:
        look = "act primary" if name == "submit" else "act"
        on_click(button(text, f'data-form="{name}"', look), act)

    def values(self) -> Json:
        """Return the values of the fields now, as Slack's `state.values`."""
        return {
            block_id: {block["element"]["action_id"]: value_of(block["element"], field)}
            for block_id, (block, field) in self._inputs.items()
        }

    def _input(self, block: Json, before: "Form | None") -> None:
        element, label = block["element"], block["label"]["text"]
        with ui.element("div").props(f'data-block="{block["block_id"]}"'):
            optional = f" ({self._words('page.optional')})" if block.get("optional") else ""
            ui.label(label + optional).classes("who")
            field = draw_field(element, label, self._names)
            old = before and before._inputs.get(block["block_id"])
            if old and hasattr(field, "value"):  # a field of the same name keeps what was in it
                field.value = old[1].value
            if "hint" in block:
                ui.label(block["hint"]["text"]).classes("quiet")
            self._errors[block["block_id"]] = ui.label().classes("wrong").props("role=alert")
        self._inputs[block["block_id"]] = (block, field)

    async def _send(self, send: Callable[[View, Json], Awaitable[None]]) -> None:
        values = self.values()
        missing = []
        for block_id, (block, _) in self._inputs.items():
            (value,) = values[block_id].values()
            empty = not any(v for k, v in value.items() if k != "type")
            if empty and not block.get("optional"):
                missing.append(block_id)
        if missing:
            for block_id, label in self._errors.items():
                label.set_text(self._words("page.required") if block_id in missing else "")
            return
        await send(self.view, values)
