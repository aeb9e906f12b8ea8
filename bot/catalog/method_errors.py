"""What the author of a method file can do about a mistake.

The texts stand under `remedy.<type>`, where the type is that of pydantic's error
(https://docs.pydantic.dev/latest/errors/validation_errors/), of an error in
`bot.flows.method`, or of an unreadable file in `bot.catalog.methods`.
"""

import re
from collections.abc import Iterable, Mapping
from copy import deepcopy
from typing import Any, get_args

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from bot.flows.method import Cap, Example, ExampleCase, Method, Role, Step
from bot.flows.types import CaseKind, ContributionKind
from bot.i18n import LANGUAGES, Language, words

MIN_SIMILARITY = 60
"""Similarity, out of 100, from which on an allowed word is suggested instead of a wrong one."""

_SAME_REMEDY = {
    "enum": "literal_error",
    "int_type": "int_parsing",
    "int_from_float": "int_parsing",
    "bool_type": "bool_parsing",
    "model_attributes_type": "model_type",
    "dict_type": "model_type",
}
_UNSUPPORTED = {
    **dict.fromkeys(("extends", "inherits", "base", "include", "import"), "stands_alone"),
    **dict.fromkeys(("goto", "next", "repeat", "loop", "until", "while"), "goes_on"),
}
"""Words that other formats have, each with the remedy that names the alternative here."""

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
        case "no_language":
            return list(LANGUAGES)
        case "union_tag_invalid" | "union_tag_not_found":
            return list(STEP_MODELS)
        case _:
            return re.findall(r"'([^']*)'", str(about.get("expected", "")))


def _fields(path: Iterable[int | str]) -> Iterable[str]:
    """Return the keys that are allowed in the part of a method at `path`."""
    model: type[BaseModel] | None = Method
    for key in path:
        if model is None:
            break
        if isinstance(key, str) and key != "steps":
            model = STEP_MODELS.get(key) or _PARTS.get(key)
    return model.model_fields if model is not None else LANGUAGES


_PARTS: Mapping[str, type[BaseModel]] = {
    "example": Example,
    "case": ExampleCase,
    "roles": Role,
    "at_most": Cap,
}
"""The models of the parts of a method that are no steps, by their keys; other parts are texts."""


def place_of(found: ErrorDetails) -> tuple[int | str, ...]:
    """Return the path of an error in the file: pydantic's, without the kinds of steps in it."""
    match found["loc"]:
        case ("steps", int(at), str(kind), *rest) if kind in STEP_MODELS:
            path: tuple[int | str, ...] = ("steps", at, *rest)
        case path:
            pass
    return tuple(key for key in path if key != "[key]")


HINGES = frozenset({"id", "kind", "of", "shows", "behind", "rotates", "steps"})
"""The keys by which steps depend on each other: without these, nothing can be said of that."""


def mended(data: object, places: Iterable[tuple[int | str, ...]]) -> object:
    """Return what a file holds with the mistakes at `places` replaced by something valid.

    Returns None where no other value can stand in.
    """
    whole = deepcopy(data)
    for place in places:
        name = next((key for key in reversed(place) if isinstance(key, str)), None)
        if name is None or name in HINGES or place[0] == "title" or not isinstance(whole, dict):
            return None
        *path, key = place
        parent: Any = whole
        stand_in = _stand_in(name, whole, item=isinstance(key, int))
        try:
            for each in path:
                parent = parent[each]
            if stand_in is not None:
                parent[key] = stand_in
            else:
                parent.pop(key, None)
        except (LookupError, TypeError, AttributeError):
            return None
    return whole


def _stand_in(name: str, whole: Mapping[str, Any], *, item: bool) -> object:
    """Return a valid value for a key that has to be there, or an item in its list; else None."""
    text = dict.fromkeys(whole.get("title") or LANGUAGES, "…")
    match name:
        case "title" | "prompt" | "summary" | "situation" | "action" | "question":
            return text
        case "options":
            return text if item else [text, text]
        case "fields":
            return text if item else None
        case "kinds":
            return CaseKind.LEARNING if item else list(CaseKind)
        case "minutes":
            return 1
        case "collects":
            return ContributionKind.OBSERVATION
        case _:
            return None
