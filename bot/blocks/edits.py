"""A form that two people changed at once: the second sees both, and chooses."""

from typing import Any

from bot.blocks.elements import View, literal, person, plain, resolved
from bot.flows.edits import Values
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


def _said(element: dict[str, Any], value: Any, words: Words) -> str:
    """Return what a value of an input is in words."""
    labels = {each["value"]: each["text"]["text"] for each in element.get("options", ())}
    many: list[str] = value if isinstance(value, list) else [value] if value else []
    if "users" in element["type"]:
        said = [person(user) for user in many]
    else:
        said = [literal(labels.get(each) or each) for each in many]
    return words.listed(said) if said else words("both.nothing")
