"""What the author of a method file can do about a mistake.

The texts stand under `remedy.<type>`, where the type is that of pydantic's error
(https://docs.pydantic.dev/latest/errors/validation_errors/), of an error in
`bot.flows.method`, or of an unreadable file in `bot.catalog.methods`.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any, get_args

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from bot.flows.method import Example, ExampleCase, Lines, Method, Prompt, Role, Step, Title
from bot.i18n import Language, words

MIN_SIMILARITY = 60
"""Similarity, out of 100, from which on an allowed word is suggested instead of a wrong one."""

_SAME_REMEDY = {
    "enum": "literal_error",
    "int_type": "int_parsing",
    "int_from_float": "int_parsing",
    "bool_type": "bool_parsing",
    "model_attributes_type": "model_type",
}
_UNSUPPORTED = {
    **dict.fromkeys(("extends", "inherits", "base", "include", "import"), "stands_alone"),
    **dict.fromkeys(("goto", "next", "repeat", "loop", "until", "while"), "goes_on"),
}
"""Words that other formats have, each with the remedy that names the alternative here."""

PROMPTS = {
    *("prompt", "brief", "always", "summary", "crib"),
    *("situation", "action", "question"),
}
"""The keys of texts of a few sentences in each language."""

STEP_MODELS: Mapping[str, type[BaseModel]] = {
    get_args(step.model_fields["kind"].annotation)[0]: step for step in get_args(get_args(Step)[0])
}
"""The model of each kind of step, by the word for it in a method file."""


def remedy(key: str, language: Language, /, **about: object) -> str:
    """Return what to do about a mistake of type `key`."""
    return words(language)(f"remedy.{key}", **about)


def remedy_for(found: ErrorDetails, language: Language) -> str:
    """Return what to do about an error that pydantic found in a method."""
    says = words(language)
    key = _SAME_REMEDY.get(found["type"], found["type"])
    if not says.has(f"remedy.{key}"):
        return found["msg"]
    about: dict[str, Any] = dict(found.get("ctx", {}))
    given = about.get("tag", found["input"])
    if key == "extra_forbidden":
        given = found["loc"][-1]
        key = _UNSUPPORTED.get(str(given), key)
    allowed = _allowed(key, found["loc"], about)
    if key == "literal_error" and not allowed:
        key = "always_false"
    from rapidfuzz import fuzz, process  # imported here, because few files have mistakes

    meant = process.extractOne(str(given), allowed, scorer=fuzz.ratio, score_cutoff=MIN_SIMILARITY)
    about["meant"] = says("mistake.meant", meant=meant[0]) if meant else ""
    text = remedy(key, language, **about | {"given": given, "allowed": ", ".join(allowed)})
    return text.replace("?.", "?")


def _allowed(key: str, path: tuple[int | str, ...], about: Mapping[str, Any]) -> list[str]:
    match key:
        case "extra_forbidden":
            return list(_fields(path[:-1]))
        case "model_type":
            return list(_fields(path))
        case "union_tag_invalid" | "union_tag_not_found":
            return list(STEP_MODELS)
        case _:
            return re.findall(r"'([^']*)'", str(about.get("expected", "")))


def _fields(path: Iterable[int | str]) -> Iterable[str]:
    """Return the field names that are allowed in the part of a method at `path`."""
    model: type[BaseModel] = Method
    for key in path:
        if key in ("example", "case"):
            model = Example if key == "example" else ExampleCase
        elif model is Example:
            model = Lines
        elif key in ("title", "leave", "fields"):
            model = Title
        elif key in PROMPTS:
            model = Prompt
        elif key == "roles":
            model = Role
        elif isinstance(key, str) and key in STEP_MODELS:
            model = STEP_MODELS[key]
    return model.model_fields
