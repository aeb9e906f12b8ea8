"""The methods on disk: YAML in, validated `Method` out, every mistake with its line."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError

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

    def __init__(self, file: str, mistakes: tuple[Mistake, ...]) -> None:
        super().__init__("\n".join(f"{file}, line {m.line}: {m.where}{m.what}" for m in mistakes))
        self.file = file
        self.mistakes = mistakes


def read_method(file: Path) -> Method:
    """Read one method file. Raises `MethodMistaken`, or `OSError` when it cannot be read."""
    raw = file.read_bytes()
    if len(raw) > LARGEST:
        raise MethodMistaken(file.name, (Mistake(1, "", "the file is too large for a method"),))
    try:
        data = YAML(typ="rt").load(raw.decode("utf-8"))
    except UnicodeDecodeError:
        raise MethodMistaken(file.name, (Mistake(1, "", "save the file as UTF-8"),)) from None
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        what = f"this is no valid YAML: {error.problem or error.context}"
        raise MethodMistaken(file.name, (Mistake(line, "", what),)) from None
    except YAMLError as error:
        raise MethodMistaken(file.name, (Mistake(1, "", str(error)),)) from None
    try:
        return Method.model_validate(data)
    except ValidationError as error:
        mistakes = tuple(
            Mistake(_line(data, found["loc"]), _path(found["loc"]), _remedy(found["msg"]))
            for found in error.errors(include_url=False, include_input=False)
        )
        raise MethodMistaken(file.name, mistakes) from None


@cache
def shipped_methods() -> Mapping[str, Method]:
    """Give the methods that come with the program, by id. Raises `MethodMistaken`."""
    files = sorted((config_dir() / "methods").glob("*.yaml"))
    return {method.id: method for method in map(read_method, files)}


def _line(data: object, path: tuple[int | str, ...]) -> int:
    """Find the line of `path`, or of the nearest thing around it that the file does have."""
    line = 1
    for key in path:
        if isinstance(data, CommentedMap) and key in data:
            line, data = data.lc.key(key)[0] + 1, data[key]
        elif isinstance(data, CommentedSeq) and isinstance(key, int) and key < len(data):
            line, data = data.lc.item(key)[0] + 1, data[key]
    return line


def _path(path: tuple[int | str, ...]) -> str:
    named = [f"step {key + 1}" if isinstance(key, int) else str(key) for key in path]
    return " › ".join(named) + ": " if named else ""


def _remedy(message: str) -> str:
    return message.removeprefix("Value error, ")
