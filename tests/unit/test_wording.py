"""No text says what we decided not to say: `patterns.yaml` has each with its reason."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from yaml import safe_load

from bot.catalog.methods import shipped_methods
from bot.catalog.process_check import process_check_steps
from bot.catalog.registers import shipped_registers
from bot.i18n import LANGUAGES
from bot.resources import config_dir

PATTERNS = safe_load((Path(__file__).parent / "patterns.yaml").read_text("utf-8"))


def inside(part: object, language: str, place: str) -> Iterator[tuple[str, str]]:
    """List the texts in a part of a method in a language, each with its place."""
    match part:
        case dict() if language in part:
            said = part[language]
            for text in [said] if isinstance(said, str) else said:
                yield place, text
        case dict():
            for key, value in part.items():
                if key != "example":
                    yield from inside(value, language, f"{place}/{key}")
        case list() | tuple():
            for n, each in enumerate(part):
                name = each.get("id", n) if isinstance(each, dict) else n
                yield from inside(each, language, f"{place}/{name}")


def texts(language: str) -> Iterator[tuple[str, str]]:
    """List all that people read in a language, each with its place."""
    folder = config_dir()
    with (folder / "locales" / language / "LC_MESSAGES" / "intervisie.po").open("rb") as source:
        for message in read_po(source):
            key = message.id[0] if message.pluralizable else message.id
            said = message.string if message.pluralizable else (message.string,)
            yield from ((key, text) for text in said if key)
    for method in shipped_methods().values():
        yield from inside(method.model_dump(mode="json"), language, f"methods/{method.id}")
    for step in process_check_steps():
        yield from inside(step.model_dump(mode="json"), language, f"process_check/{step.id}")
    for register in shipped_registers().values():
        notes = [note.model_dump(mode="json") for note in register.notes]
        yield from inside(notes, language, f"registers/{register.id}")
    coach = tomllib.loads((folder / "coach" / f"{language}.toml").read_text("utf-8"))
    for part in ("hints", "notes", "stems"):
        for key, said in coach[part].items():
            yield from (
                (f"coach.{part}.{key}", t) for t in ([said] if isinstance(said, str) else said)
            )
    for n, each in enumerate(coach["reworded"]):
        yield f"coach.reworded.{n}", each["say"]


def found(language: str) -> Iterator[str]:
    """Yield a line for each text that says what it should not."""
    for rule in PATTERNS[language]:
        wrong, where = re.compile(rule["say"]), re.compile(rule.get("in", ""))
        for place, text in texts(language):
            if place.startswith(tuple(rule.get("but", ()))) or not where.search(place):
                continue
            if said := wrong.search(text.lower()):
                yield f"{place}: {said[0]!r} ({rule['why']}): {text}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_says_what_we_do_not_say(language):
    assert "\n".join(found(language)) == ""


@pytest.mark.parametrize("language", PATTERNS)
def test_every_pattern_has_a_reason_and_can_match(language):
    for rule in PATTERNS[language]:
        assert rule["why"], rule
        assert not re.compile(rule["say"]).search(""), rule


def test_the_sweep_sees_every_place():
    places = {re.split(r"[./]", place)[0] for place, _ in texts("nl")}
    assert {"board", "methods", "process_check", "registers", "coach"} <= places
