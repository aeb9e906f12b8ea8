"""Reading what stands in a form, whatever kind of field it stands in."""

from typing import Any

View = dict[str, Any]


def inputs(view: View) -> list[str]:
    """Give the names of a form's inputs, in order."""
    return [block["block_id"] for block in view["blocks"] if block["type"] == "input"]


def text(view: View, name: str) -> str:
    """Give what was typed or chosen in a field that takes one thing; "" for nothing."""
    field = _field(view, name)
    option = field.get("selected_option") or {}
    found = (
        field.get("value")
        or option.get("value")
        or field.get("selected_time")
        or field.get("selected_date")
        or field.get("selected_user")
        or field.get("selected_conversation")
    )
    return str(found or "").replace("\x00", "").strip()


def several(view: View, name: str) -> list[str]:
    """Give what was chosen in a field that takes several things."""
    field = _field(view, name)
    options = [str(option["value"]) for option in field.get("selected_options") or ()]
    return options or [str(user) for user in field.get("selected_users") or ()]


def _field(view: View, name: str) -> dict[str, Any]:
    values = (view.get("state") or {}).get("values") or {}
    found: dict[str, Any] = values.get(name, {}).get("value", {})
    return found
