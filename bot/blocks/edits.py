"""What becomes of a form: it is saved, or two people changed it at once, and the second chooses."""

from datetime import date
from typing import Any

from bot.blocks.elements import (
    Payload,
    View,
    literal,
    message,
    person,
    plain,
    resolved,
)
from bot.flows.edits import Values, same
from bot.i18n import Words


def with_both(form: View, theirs: Values, words: Words) -> View:
    """Return a form with what somebody else chose meanwhile above each of these inputs.

    `theirs` is that, by input. What was filled in stays: sent again, it counts.
    """
    told = [resolved(plain(words("both.intro"), "both"))]
    for block in form["blocks"]:
        name = block.get("block_id")
        if name in theirs:
            said = _said(block["element"], theirs[name], words)
            told.append(resolved(plain(words("both.theirs", theirs=said), f"both-{name}")))
        told.append(block)
    return {**form, "blocks": told}


def saved(
    form: View, before: Values, now: Values, words: Words, *, channel: str | None = None
) -> Payload:
    """Say what was saved by a form: each of its inputs whose value was another `before`.

    It is for the group of a `channel`, or for its sender.
    """
    changed = [
        f"• {block['label']['text']} *{_said(block['element'], now[name], words)}*"
        for block in form["blocks"]
        if (name := block.get("block_id")) in before and not same(now[name], before[name])
    ]
    if not changed:
        text = words("both.saved_same")
    elif channel is not None:
        text = words("both.saved", channel=f"<#{channel}>")
    else:
        text = words("both.saved_own")
    return message(text, [plain("\n".join([text, *changed]), "saved")])


def _said(element: dict[str, Any], value: Any, words: Words) -> str:
    """Return what a value of an input is in words."""
    labels = {each["value"]: each["text"]["text"] for each in element.get("options", ())}
    many: list[str] = value if isinstance(value, list) else [value] if value else []
    if element["type"] == "datepicker":
        said = [words.day(date.fromisoformat(each)) for each in many]
    elif "users" in element["type"]:
        said = [person(user) for user in many]
    else:
        said = [literal(labels.get(each) or each) for each in many]
    return words.listed(said) if said else words("both.nothing")
