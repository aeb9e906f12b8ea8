"""A language made by a script: English with accents, each text in brackets.

`python -m tests.pseudo FOLDER` copies `config` to a folder and adds it there, as `xx`. Nothing
in it is in plain letters, so what is shown in plain letters does not come from data.
"""

import json
import sys
import tomllib
from pathlib import Path
from shutil import copytree
from string import Formatter, ascii_letters
from typing import Any

import yaml
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

from bot.catalog.yaml_reader import read, yaml_files
from bot.i18n import LANGUAGES
from bot.resources import config_dir

CODE, LOCALE = "xx", "el-GR"
"""Its code, and the locale that leads to it: Greek dates have no plain letters either."""

_PLURALS = "pl"
"""It counts as Polish does, in more than two forms."""

_ACCENTS = str.maketrans(ascii_letters, "åƀçđéƒğħíĵķłɱñóƥɋřšťúṽŵẋýžÅƁÇĐÉƑĞĦÍĴĶŁṀÑÓƤɊŘŠŤÚṼŴẊÝŽ")


def accented(text: str) -> str:
    """Put accents on all letters but those of names to fill in, and of `/intervisie` itself."""
    made = ""
    for plain, name, spec, _ in Formatter().parse(text):
        told = (part.translate(_ACCENTS) for part in plain.split("/intervisie"))
        made += "/intervisie".join(told)
        if name is not None:
            made += f"{{{name}:{spec}}}" if spec else f"{{{name}}}"
    return made


def bracketed(text: str) -> str:
    """Return a text in the language."""
    said = text.removesuffix(":")
    return f"[{accented(said)}]{text[len(said) :]}"


def make(folder: Path) -> None:
    """Copy `config` to `folder`, and add the language to it."""
    copytree(config_dir(), folder)
    _list(folder / "locales" / "languages.toml")
    _translate(folder / "locales")
    commands = _toml(folder / "locales" / "en" / "commands.toml")
    typed = {
        section: {meaning: [accented(word) for word in words] for meaning, words in means.items()}
        for section, means in commands.items()
    }
    _write(folder / "locales" / CODE / "commands.toml", typed)
    coach = _toml(folder / "coach" / "en.toml")
    for part in ("hints", "notes", "stems"):
        coach[part] = _all(coach[part])
    for each in coach["reworded"]:
        each["say"] = _all(each["say"])
    _write(folder / "coach" / f"{CODE}.toml", coach)
    _write(folder / "recognising" / f"{CODE}.toml", _toml(folder / "recognising" / "en.toml"))
    said = read(folder / "repertoire" / "en.yaml")
    values = {"learning", "positive"}
    said["cases"] = {
        kind: {field: _case(field, text) for field, text in said["cases"][kind].items()}
        for kind in values
    }
    for kind in said:
        if kind != "cases":
            said[kind] = _all(said[kind])
    _write_yaml(folder / "repertoire" / f"{CODE}.yaml", said)
    for place in ("methods", "registers", "repertoire", "."):
        for file in yaml_files(folder / place):
            if file.name != f"{CODE}.yaml":
                _write_yaml(file, _added(read(file)))


def _list(file: Path) -> None:
    entry = {"name": bracketed("Pseudo"), "locales": [LOCALE[:2]], "calendar": LOCALE[:2]}
    lines = "".join(f"{key} = {json.dumps(value)}\n" for key, value in entry.items())
    file.write_text(f"{file.read_text('utf-8')}\n[{CODE}]\n{lines}", "utf-8")


def _translate(locales: Path) -> None:
    texts = Path("LC_MESSAGES") / "intervisie.po"
    made = Catalog(locale=_PLURALS, fuzzy=False)
    with (locales / "en" / texts).open("rb") as source:
        for message in read_po(source):
            if message.pluralizable:
                one, more = _all(message.string)
                made.add(message.id, (one, *[more] * (made.num_plurals - 1)))
            elif message.id:
                made.add(message.id, bracketed(message.string))
    file = locales / CODE / texts
    file.parent.mkdir(parents=True)
    with file.open("wb") as out:
        write_po(out, made)


def _all(part: Any) -> Any:
    """Translate all texts in a part of a table."""
    if isinstance(part, str):
        return bracketed(part)
    if isinstance(part, dict):
        return {key: _all(value) for key, value in part.items()}
    return type(part)(map(_all, part))


def _case(field: str, text: str) -> str:
    """Translate an answer about a case, unless it is a value to choose."""
    return bracketed(text) if " " in text else text


def _added(part: Any) -> Any:
    """Add the language wherever there are texts by language."""
    if isinstance(part, list):
        return [_added(each) for each in part]
    if not isinstance(part, dict):
        return part
    if "en" in part and set(part) <= {*LANGUAGES, "of"}:
        return {**part, CODE: _all(part["en"])}
    return {key: _added(value) for key, value in part.items()}


def _toml(file: Path) -> dict[str, Any]:
    return tomllib.loads(file.read_text("utf-8"))


def _write(file: Path, table: dict[str, Any]) -> None:
    lines = (f"{json.dumps(key)} = {_inline(value)}\n" for key, value in table.items())
    file.write_text("".join(lines), "utf-8")


def _inline(value: Any) -> str:
    if isinstance(value, dict):
        pairs = (f"{json.dumps(key)} = {_inline(each)}" for key, each in value.items())
        return f"{{ {', '.join(pairs)} }}"
    if isinstance(value, list):
        return f"[{', '.join(map(_inline, value))}]"
    return json.dumps(value, ensure_ascii=False)


def _write_yaml(file: Path, data: Any) -> None:
    file.write_text(yaml.safe_dump(data, allow_unicode=True, sort_keys=False), "utf-8")


if __name__ == "__main__":
    make(Path(sys.argv[1]))
