"""The methods on disk: YAML in, validated `Method` out, every mistake with its line."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError
from pydantic_core import ErrorDetails
from yaml import MappingNode, MarkedYAMLError, Node, SequenceNode, YAMLError

from bot.catalog.method_errors import KINDS, remedy, remedy_for
from bot.catalog.yaml_reader import KeyTwice, parsed
from bot.errors import IntervisieError
from bot.flows.method import Method
from bot.resources import config_dir

LARGEST = 200_000
"""Bytes that a method file may have; a whole method takes some five thousand."""


class Mistake(NamedTuple):
    """One thing wrong in a method file; `line` counts from 1."""

    line: int
    where: str
    what: str


class MethodMistaken(IntervisieError):
    """A method file cannot be used; `mistakes` says where and why."""

    def __init__(self, file: str, mistakes: tuple[Mistake, ...], lang: str = "en") -> None:
        line = "regel" if lang == "nl" else "line"
        super().__init__("\n".join(f"{file}, {line} {m.line}: {m.where}{m.what}" for m in mistakes))
        self.file = file
        self.mistakes = mistakes


def read_method(file: Path, lang: str = "en") -> Method:
    """Read one method file; mistakes are worded in `lang` ("nl" or "en").

    Raises `MethodMistaken`, or `OSError` when the file cannot be read.
    """
    raw = file.read_bytes()
    try:
        data, node = _parse(raw)
    except _Unreadable as why:
        mistake = Mistake(why.line, "", remedy(why.key, lang))
        raise MethodMistaken(file.name, (mistake,), lang) from None
    try:
        return Method.model_validate(data)
    except ValidationError as error:
        mistakes = tuple(
            Mistake(_line(node, _at(found)), _where(_at(found), lang), remedy_for(found, lang))
            for found in error.errors(include_url=False)
            if not (found["type"] == "too_short" and found["input"])  # its items are named already
        )
        raise MethodMistaken(file.name, mistakes, lang) from None


@cache
def shipped_methods() -> Mapping[str, Method]:
    """Return the methods that come with the program, by id. Raises `MethodMistaken`."""
    files = sorted((config_dir() / "methods").glob("*.yaml"))
    return {method.id: method for method in map(read_method, files)}


def own(method: Method) -> Method | None:
    """Return a method that is not shipped, so that its session keeps it; None for a shipped one."""
    return None if shipped_methods().get(method.id) == method else method


def file_of(method: str) -> Path:
    """Return the file of a method that comes with the program."""
    return config_dir() / "methods" / f"{method}.yaml"


def schema() -> dict[str, Any]:
    """Return the JSON schema of a method file, for editors (https://json-schema.org, 2020-12)."""
    described = Method.model_json_schema()
    described["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    return described


def methods_with(folder: Path | None) -> Mapping[str, Method]:
    """Return the shipped methods and those in a folder, by id; the folder's may replace ours.

    Raises `MethodMistaken`, also for two files with the same id.
    """
    theirs: dict[str, Method] = {}
    for file in sorted(folder.glob("*.yaml")) if folder else ():
        method = read_method(file)
        if method.id in theirs:
            line = _line(_parse(file.read_bytes())[1], ("id",))
            raise MethodMistaken(file.name, (Mistake(line, "id: ", remedy("id_taken", "en")),))
        theirs[method.id] = method
    return {**shipped_methods(), **theirs}


class _Unreadable(Exception):
    """A file that is no YAML; `key` says why, in `bot.catalog.method_errors`."""

    def __init__(self, key: str, line: int = 1) -> None:
        super().__init__(key)
        self.key = key
        self.line = line


def _parse(raw: bytes) -> tuple[object, Node | None]:
    """Return what a YAML file holds, and its nodes. Raises `_Unreadable`."""
    if len(raw) > LARGEST:
        raise _Unreadable("too_large")
    try:
        text = raw.decode("utf-8")
        return parsed(text)
    except UnicodeDecodeError:
        raise _Unreadable("no_utf8") from None
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line if mark else 0
        if isinstance(error, KeyTwice):
            raise _Unreadable("key_twice", line + 1) from None
        there = "".join(text.splitlines()[line : line + 1])
        tab = there.lstrip(" ").startswith("\t")
        raise _Unreadable("tab" if tab else "no_yaml", line + 1) from None
    except YAMLError:
        raise _Unreadable("no_yaml") from None


def _at(found: ErrorDetails) -> tuple[int | str, ...]:
    """Return where an error is: pydantic's place, and for our own rules the field concerned."""
    inner: tuple[int | str, ...] = found.get("ctx", {}).get("at", ())
    return found["loc"] + inner


def _line(node: Node | None, path: tuple[int | str, ...]) -> int:
    """Find the line of `path`, or of the nearest thing around it that the file does have."""
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


def _where(path: tuple[int | str, ...], lang: str) -> str:
    """Name a place as its reader knows it: `step 3 › minutes: `."""
    step, item = ("stap", "onderdeel") if lang == "nl" else ("step", "item")
    named, rest = [], path
    match path:
        case ("steps", int(at), *_):
            named, rest = [f"{step} {at + 1}"], path[2:]
    for key in rest:
        if isinstance(key, int):
            named.append(f"{item} {key + 1}")
        elif key not in KINDS:  # pydantic names a step's kind on the way to its fields
            named.append(key)
    return " › ".join(named) + ": " if named else ""
