"""The fields of forms: what is in one comes back under its name, as `value`.

Choices are pairs: what comes back, and what people read.
"""

from collections.abc import Iterable, Sequence

from slackblocks import (
    CheckboxGroup,
    Element,
    InputBlock,
    Option,
    PlainText,
    PlainTextInput,
    RadioButtonGroup,
    StaticMultiSelectMenu,
    StaticSelectMenu,
)

from bot import limits
from bot.blocks.elements import shortened

VALUE = "value"

Choices = Iterable[tuple[str, str]]


def asks(
    name: str, label: str, element: Element, *, hint: str | None = None, optional: bool = False
) -> InputBlock:
    """Return a field with a label, and a hint under it."""
    return InputBlock(
        label=PlainText(label),
        hint=PlainText(hint) if hint else None,
        element=element,
        block_id=name,
        optional=optional,
    )


def typed(before: str | None = None, *, most: int) -> PlainTextInput:
    """Return an input for one line of at most so many characters."""
    return PlainTextInput(VALUE, initial_value=before or None, max_length=most)


def written(
    before: str | None = None, *, most: int = limits.INPUT_CHARACTERS, focus: bool = False
) -> PlainTextInput:
    """Return an input for a text of some length."""
    return PlainTextInput(
        VALUE, initial_value=before or None, multiline=True, max_length=most, focus_on_load=focus
    )


def menu(choices: Choices, now: str | None = None, *, empty: str | None = None) -> StaticSelectMenu:
    """Return a menu to choose one from; `empty` stands there while nothing is chosen."""
    options = _options(choices)
    return StaticSelectMenu(VALUE, options, initial_option=_chosen(options, now), placeholder=empty)


def several(choices: Choices, now: Sequence[str]) -> StaticMultiSelectMenu:
    """Return a menu to choose any number from."""
    options = _options(choices)
    chosen = [option for option in options if option.value in now]
    return StaticMultiSelectMenu(VALUE, options, initial_options=chosen or None)


def radio(choices: Choices, now: str | None = None) -> RadioButtonGroup:
    """Return radio buttons to choose one from."""
    options = _options(choices)
    return RadioButtonGroup(VALUE, options, initial_option=_chosen(options, now))


def tick(value: str, text: str, *, ticked: bool = False) -> CheckboxGroup:
    """Return one checkbox."""
    options = _options([(value, text)])
    return CheckboxGroup(VALUE, options, initial_options=options if ticked else None)


def _options(choices: Choices) -> list[Option]:
    return [
        Option(text=PlainText(shortened(text, limits.OPTION_CHARACTERS)), value=value)
        for value, text in choices
    ]


def _chosen(options: Iterable[Option], now: str | None) -> Option | None:
    return next((option for option in options if option.value == now), None)
