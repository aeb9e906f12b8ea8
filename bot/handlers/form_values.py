"""What stands in a form, whatever kind of field it stands in."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.blocks.action_ids import split_value, unstamped
from bot.flows.text import cleaned
from bot.handlers.payloads import Filled, Modal

View = dict[str, Any]
"""A form as Slack takes it."""


@dataclass(frozen=True)
class Form:
    """A form that was sent, or in which somebody pressed.

    `callback` says which form it is, `about` what it is about and `seen` what it says that was
    shown in it; `inputs` are the names of its fields in order; `view` is the form as Slack sent
    it, without what was filled in.
    """

    id: str
    hash: str
    callback: str
    about: str
    seen: str | None
    inputs: tuple[str, ...]
    view: View = field(repr=False)
    _fields: Mapping[str, Mapping[str, Filled]] = field(repr=False)

    @property
    def base(self) -> Mapping[str, Any]:
        """What the form showed when it was opened; empty if it does not say."""
        try:
            base = json.loads(split_value(self.about)[1] or "{}")
        except ValueError:
            return {}
        return base if isinstance(base, dict) else {}

    @property
    def delivery(self) -> str:
        """The id under which the sending of this form is known."""
        return f"view:{self.id}:{self.hash}"

    def text(self, name: str) -> str:
        """Return what was typed or chosen in a field that takes one thing; "" for nothing."""
        filled = self._filled(name)
        if filled is None:
            return ""
        found = (
            filled.value
            or (filled.selected_option and filled.selected_option.value)
            or filled.selected_time
            or filled.selected_date
            or filled.selected_user
            or filled.selected_conversation
        )
        return cleaned(found or "")

    def several(self, name: str) -> list[str]:
        """Return what was chosen in a field that takes several things."""
        filled = self._filled(name)
        if filled is None:
            return []
        return [option.value for option in filled.selected_options or ()] or list(
            filled.selected_users or ()
        )

    def has(self, name: str) -> bool:
        """Check whether the form has a field."""
        return self._filled(name) is not None

    def texts(self, *names: str) -> dict[str, str]:
        """Return what stands in each of these fields."""
        return {name: self.text(name) for name in names}

    def _filled(self, name: str) -> Filled | None:
        return self._fields.get(name, {}).get("value")


def form_of(modal: Modal, view: View) -> Form:
    """Return a form by its payload, parsed and raw."""
    about, seen = unstamped(modal.private_metadata)
    return Form(
        id=modal.id,
        hash=modal.hash,
        callback=modal.callback_id,
        about=about,
        seen=seen,
        inputs=tuple(block.block_id for block in modal.blocks if block.type == "input"),
        view=view,
        _fields=modal.state.values if modal.state is not None else {},
    )
