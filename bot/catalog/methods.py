"""Read method files: YAML in, a validated `Method` out, each mistake with its line."""

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError
from pydantic_core import ErrorDetails
from yaml import MappingNode, MarkedYAMLError, Node, SequenceNode, YAMLError

from bot.catalog.method_errors import mended, place_of, remedy, remedy_for
from bot.catalog.yaml_reader import BadValue, KeyTwice, TooManyNodes, parsed, yaml_files
from bot.errors import IntervisieError
from bot.flows.method import Method, Texts
from bot.i18n import LANGUAGES, OTHER, Language, words
from bot.resources import config_dir

MAX_FILE_BYTES = 200_000
"""Size limit of a method file; a complete method takes some five thousand bytes."""


class Mistake(NamedTuple):
    """One mistake in a method file; `line` counts from 1, `where` names the place in the method."""

    line: int
    where: str
    what: str


class InvalidMethod(IntervisieError):
    """A method file with mistakes; as a string, a line for each of them."""

    def __init__(self, file: str, mistakes: tuple[Mistake, ...], language: Language) -> None:
        says = words(language)
        super().__init__(
            "\n".join(says("mistake.line", file=file, **m._asdict()) for m in mistakes)
        )
        self.file = file
        self.mistakes = mistakes


def read_method(file: Path, language: Language = OTHER) -> Method:
    """Read a method file, and word its mistakes in `language`.

    Raises `InvalidMethod`, or `OSError` when the file cannot be read.
    """
    raw = file.read_bytes()
    try:
        data, node = _parse(raw)
    except _Unreadable as why:
        mistake = Mistake(why.line, "", remedy(why.key, language))
        raise InvalidMethod(file.name, (mistake,), language) from None
    try:
        return Method.model_validate(data, context=LANGUAGES)
    except ValidationError as error:
        mistakes = sorted(
            Mistake(
                _line(node, place_of(found)),
                _where(place_of(found), language),
                remedy_for(found, language),
            )
            for found in _all_of(error, data)
        )
        raise InvalidMethod(file.name, tuple(mistakes), language) from None


def _all_of(error: ValidationError, data: object) -> list[ErrorDetails]:
    """Return all errors in a method: in its parts, and in how these fit each other.

    Pydantic looks at the latter once each part is right. So what is wrong with the parts is
    mended for a second look, where that is possible.
    """
    every = error.errors()
    # A list is also too short for the items of it that are wrong.
    found = [each for each in every if each["type"] != "too_short" or not _is_within(each, every)]
    places = [place_of(each) for each in found]
    if not any("url" in each for each in found):  # only pydantic's own, on parts, have one
        return found
    whole = mended(data, places)
    try:
        Method.model_validate(whole, context=LANGUAGES)
    except ValidationError as more:
        if whole is not None:
            found += [
                each
                for each in more.errors()
                if place_of(each) not in places
                and not (len(place_of(each)) > 2 and _is_within(each, found))
            ]
    return found


def _is_within(found: ErrorDetails, others: Iterable[ErrorDetails]) -> bool:
    """Check whether something in the place of an error has an error of its own."""
    place = place_of(found)
    return any(
        len(place_of(each)) > len(place) and place_of(each)[: len(place)] == place
        for each in others
    )


@cache
def shipped_methods() -> Mapping[str, Method]:
    """Return the shipped methods by id. Raises `InvalidMethod`."""
    files = yaml_files(config_dir() / "methods")
    return {method.id: method for method in map(read_method, files)}


def own(method: Method) -> Method | None:
    """Return a method that is not shipped, for its session to store; None for a shipped one."""
    return None if shipped_methods().get(method.id) == method else method


def file_of(method: str) -> Path:
    """Return the file of a shipped method."""
    return config_dir() / "methods" / f"{method}.yaml"


def schema() -> dict[str, Any]:
    """Return the JSON schema of a method file, for editors (https://json-schema.org, 2020-12)."""
    described = Method.model_json_schema()
    for part in described["$defs"].values():
        if part["title"].startswith(Texts.__name__):
            part["propertyNames"] = {"enum": list(LANGUAGES)}
    described["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    return described


def methods_with(folder: Path | None) -> Mapping[str, Method]:
    """Return the shipped methods and those in `folder` by id; the latter replace shipped ones.

    Raises `InvalidMethod`, also for two files in the folder with the same id and for one that
    replaces a shipped method without one of its languages, and `OSError`.
    """
    added: dict[str, Method] = {}
    for file in yaml_files(folder) if folder else ():
        method = read_method(file)
        if method.id in added:
            line = _line(_parse(file.read_bytes())[1], ("id",))
            twice = Mistake(line, "id: ", remedy("id_taken", OTHER))
            raise InvalidMethod(file.name, (twice,), OTHER)
        replaced = shipped_methods().get(method.id)
        lacks = set(replaced.languages) - set(method.languages) if replaced is not None else ()
        if lacks:  # groups of each language go by these methods
            line = _line(_parse(file.read_bytes())[1], ("title",))
            told = remedy("language_replaced", OTHER, missing=", ".join(sorted(lacks)))
            raise InvalidMethod(file.name, (Mistake(line, "title: ", told),), OTHER)
        added[method.id] = method
    return {**shipped_methods(), **added}


class _Unreadable(Exception):
    """A file that cannot be parsed as YAML; the reason stands under `remedy.<key>`."""

    def __init__(self, key: str, line: int = 1) -> None:
        super().__init__(key)
        self.key = key
        self.line = line


_REMEDIES = {KeyTwice: "key_twice", TooManyNodes: "too_large", BadValue: "bad_value"}


def _parse(raw: bytes) -> tuple[object, Node | None]:
    """Return the content of a YAML file, and its root node for lines. Raises `_Unreadable`."""
    if len(raw) > MAX_FILE_BYTES:
        raise _Unreadable("too_large")
    try:
        text = raw.decode("utf-8")
        return parsed(text)
    except UnicodeDecodeError:
        raise _Unreadable("no_utf8") from None
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line if mark else 0
        for kind, key in _REMEDIES.items():
            if isinstance(error, kind):
                raise _Unreadable(key, line + 1) from None
        source = "".join(text.splitlines()[line : line + 1])
        tab = source.lstrip(" ").startswith("\t")
        raise _Unreadable("tab" if tab else "no_yaml", line + 1) from None
    except YAMLError:
        raise _Unreadable("no_yaml") from None


def _line(node: Node | None, path: tuple[int | str, ...]) -> int:
    """Return the line of `path`, or of its nearest ancestor that the file has."""
    line = 1
    for key in path:
        match node:
            case MappingNode():
                inner = next((pair for pair in node.value if pair[0].value == key), None)
            case SequenceNode() if isinstance(key, int) and key < len(node.value):
                inner = node.value[key], node.value[key]
            case _:
                inner = None
        if inner is not None:
            line, node = inner[0].start_mark.line + 1, inner[1]
    return line


def _where(path: tuple[int | str, ...], language: Language) -> str:
    """Return a place in the method as its author knows it: "step 3 › minutes: "."""
    says = words(language)
    named, rest = [], path
    match path:
        case ("steps", int(at), *_):
            named, rest = [says("mistake.step", n=at + 1)], path[2:]
    for key in rest:
        if isinstance(key, int):
            named.append(says("mistake.item", n=key + 1))
        else:
            named.append(key)
    return " › ".join(named) + ": " if named else ""
