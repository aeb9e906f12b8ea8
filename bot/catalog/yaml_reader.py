"""YAML, read by libyaml. As in YAML 1.2, `yes` and `12:30` are words.

What is no word: https://yaml.org/spec/1.2.2/#103-core-schema
"""

import re
from collections.abc import Hashable
from pathlib import Path
from typing import Any

from yaml import CSafeLoader, MappingNode, Node, SequenceNode, YAMLError
from yaml.composer import ComposerError
from yaml.constructor import ConstructorError

DEEPEST = 100
"""How deep things may lie in each other: the stack of a process ends some 20,000 deep."""


SUFFIXES = (".yaml", ".yml")
"""The suffixes of a YAML file."""


MAX_NODES = 5_000
"""How many values a file may hold, with each alias counted as all that it stands for."""


class KeyTwice(ConstructorError):
    """A key stands twice in one mapping; `problem_mark` is where it does so again."""


class TooManyNodes(ComposerError):
    """The file holds more values than `MAX_NODES`; `problem_mark` is where the last one begins."""


class BadValue(ConstructorError):
    """A value cannot be what it is written as, such as a number of thousands of digits."""


class _Loader(CSafeLoader):
    """PyYAML's own, which knows YAML 1.1, with other words that are no text."""

    yaml_implicit_resolvers = {}  # noqa: RUF012 - as PyYAML declares it
    depth = 0

    def descend_resolver(self, current_node: Node | None, current_index: object) -> None:
        self.depth += 1
        if self.depth > DEEPEST and current_node is not None:
            raise ComposerError(None, None, "found too deep", current_node.start_mark)
        super().descend_resolver(current_node, current_index)

    def ascend_resolver(self) -> None:
        self.depth -= 1
        super().ascend_resolver()

    def construct_object(self, node: Node, deep: bool = False) -> Any:
        try:
            return super().construct_object(node, deep)
        except YAMLError:
            raise
        except Exception:
            raise BadValue(None, None, "found no such value", node.start_mark) from None

    def construct_mapping(self, node: MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen = []
        for key, _ in node.value:
            if key.value in seen:
                raise KeyTwice(None, None, "found a key twice", key.start_mark)
            seen.append(key.value)
        return super().construct_mapping(node, deep)


# What begins with a 0 is a word here, which a field for numbers takes as decimal.
for tag, pattern in {
    "null": r"null|Null|NULL|~|",
    "bool": r"true|True|TRUE|false|False|FALSE",
    "int": r"[-+]?(0|[1-9][0-9]*)",
    "float": r"[-+]?(\.[0-9]+|(0|[1-9][0-9]*)(\.[0-9]*)?)([eE][-+]?[0-9]+)?",
    "merge": r"<<",
}.items():
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(f"({pattern})$"), None)


def parsed(text: str) -> tuple[Any, Node | None]:
    """Return what a text holds, and its nodes, which know their lines. Raises `yaml.YAMLError`."""
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
        if node is not None:
            _weigh(node, {})
        return node and loader.construct_document(node), node
    finally:
        loader.dispose()


def _weigh(node: Node, known: dict[int, tuple[int, int]]) -> tuple[int, int]:
    """Return how many values a node holds, and how deep they lie, aliases counted in full.

    `known` remembers the nodes, by identity: an alias is the node that it stands for, and that
    comes first. Raises `ComposerError` for too many, too deep, and an alias inside of itself.
    """
    if id(node) not in known:
        known[id(node)] = MAX_NODES + 1, 0  # as long as it is not complete: an alias in itself
        match node:
            case MappingNode():
                inner = [each for pair in node.value for each in pair]
            case SequenceNode():
                inner = node.value
            case _:
                inner = []
        size, depth = 1, 0
        for each in inner:
            more, deeper = _weigh(each, known)
            size, depth = size + more, max(depth, deeper + 1)
            if size > MAX_NODES or depth > DEEPEST:
                raise TooManyNodes(None, None, "found too many values", each.start_mark)
        known[id(node)] = size, depth
    return known[id(node)]


def read(file: Path) -> Any:
    """Return what a file holds. Raises `OSError` and `yaml.YAMLError`."""
    return parsed(file.read_text(encoding="utf-8"))[0]


def yaml_files(folder: Path) -> list[Path]:
    """Return the YAML files in a folder by name, without those that a system or an editor hid.

    A folder with such a name is among them: whoever reads it gets an `OSError` that names it.
    """
    return sorted(
        file
        for file in folder.iterdir()
        if file.suffix in SUFFIXES and not file.name.startswith(".") and file.exists()
    )
