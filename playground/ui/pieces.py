"""Buttons, and lists that draw only what changed."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from nicegui import ui


def button(text: str, props: str, classes: str = "act") -> ui.element:
    """Draw a button with this text; `props` are its attributes, `classes` say how it looks."""
    drawn = ui.element("button").classes(classes).props(f"type=button {props}")
    with drawn:
        ui.label(text)
    return drawn


class Piece(NamedTuple):
    """A part of a list: its key, what its look depends on, and how to draw it."""

    key: str
    look: object
    draw: Callable[[], None]


class Pieces:
    """A list that redraws only the pieces whose look changed, so that nobody's press is lost."""

    def __init__(self, inside: ui.element) -> None:
        self._inside = inside
        self._shown: dict[str, tuple[object, ui.element]] = {}

    def show(self, wanted: Sequence[Piece]) -> None:
        """Show these pieces, in this order."""
        keys = [piece.key for piece in wanted]
        for key in [key for key in self._shown if key not in keys]:
            self._shown.pop(key)[1].delete()
        if keys[: len(self._shown)] != list(self._shown):  # something came in between: begin anew
            self._inside.clear()
            self._shown.clear()
        for key, look, draw in wanted:
            there = self._shown.get(key)
            if there is not None and there[0] == look:
                continue
            if there is None:
                with self._inside:
                    holder = ui.element("div").classes("w-full")
            else:
                holder = there[1]
                holder.clear()
            with holder:
                draw()
            self._shown[key] = (look, holder)
