"""The fields of a form: how each of Slack's input elements is drawn, and what it then holds."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from nicegui import ui

from playground.filling import filled
from playground.slack.records import Json


class Names(NamedTuple):
    """The names of people and of channels, by id."""

    people: Mapping[str, str]
    places: Mapping[str, str]


Draw = Callable[[Json, str, Names], Any]
"""Draws an element; gets its label and the names of people and channels."""


def draw_field(element: Json, label: str, names: Names) -> Any:
    """Draw an input element; return what `value_of` reads. `KeyError` for an unknown one."""
    return FIELDS[element["type"]](element, label, names)


def value_of(element: Json, field: Any) -> Json:
    """Return the value of a field, as in Slack's `state.values`."""
    if element["type"] == "checkboxes":
        return filled(element, [value for value, box in field.items() if box.value])
    return filled(element, field.value or None)


def _text(element: Json, label: str, _: Names) -> Any:
    several = element.get("multiline")
    made = ui.textarea if several else ui.input
    field: Any = made(value=element.get("initial_value") or "")
    field.props(f"outlined dense maxlength={element.get('max_length')}")
    field.props("autogrow" if several else "")
    return field.props(f'aria-label="{label}"').classes("w-full")


def _radio(element: Json, _label: str, _: Names) -> Any:
    return ui.radio(_options(element), value=_initial(element))


def _checkboxes(element: Json, _label: str, _: Names) -> Any:
    return {value: ui.checkbox(text) for value, text in _options(element).items()}


def _select(element: Json, label: str, _: Names) -> Any:
    return _menu(ui.select(_options(element), value=_initial(element)), label)


def _multi_select(element: Json, label: str, _: Names) -> Any:
    chosen = [option["value"] for option in element.get("initial_options") or ()]
    field = ui.select(_options(element), value=chosen, multiple=True)
    return _menu(field.props("use-chips"), label)


def _user(element: Json, label: str, names: Names) -> Any:
    return _menu(ui.select(dict(names.people), value=element.get("initial_user")), label)


def _users(element: Json, label: str, names: Names) -> Any:
    chosen = [user for user in element.get("initial_users") or () if user in names.people]
    field = ui.select(dict(names.people), value=chosen, multiple=True)
    return _menu(field.props("use-chips"), label)


def _conversation(element: Json, label: str, names: Names) -> Any:
    return _menu(ui.select(dict(names.places), value=element.get("initial_conversation")), label)


def _time(element: Json, label: str, _: Names) -> Any:
    return _picker("time", element.get("initial_time"), label)


def _date(element: Json, label: str, _: Names) -> Any:
    return _picker("date", element.get("initial_date"), label)


def _picker(kind: str, value: str | None, label: str) -> Any:
    field = ui.input(value=value or "")
    return field.props(f'type={kind} outlined dense aria-label="{label}"')


def _menu(field: Any, label: str) -> Any:
    return field.props(f'outlined dense aria-label="{label}"').classes("w-full")


def options_of(element: Json) -> list[Json]:
    """Return the choices of a menu, grouped ones included."""
    return [option for group in groups_of(element) for option in group["options"]]


def groups_of(element: Json) -> list[Json]:
    """Return the groups of choices of a menu; ungrouped ones are a group without a label."""
    groups: list[Json] = element.get("option_groups") or [{"options": element["options"]}]
    return groups


def _options(element: Json) -> dict[str, str]:
    return {option["value"]: option["text"]["text"] for option in options_of(element)}


def _initial(element: Json) -> str | None:
    chosen: str | None = (element.get("initial_option") or {}).get("value")
    return chosen


FIELDS: Mapping[str, Draw] = {
    "plain_text_input": _text,
    "radio_buttons": _radio,
    "checkboxes": _checkboxes,
    "static_select": _select,
    "multi_static_select": _multi_select,
    "users_select": _user,
    "multi_users_select": _users,
    "conversations_select": _conversation,
    "timepicker": _time,
    "datepicker": _date,
}
