"""Everything that a person reads is there in every language."""

import ast
import re
from datetime import date
from pathlib import Path
from string import Formatter
from typing import get_args

import pytest
from babel.messages.pofile import read_po
from pydantic_core.core_schema import ErrorType

from bot.flows.intake import CHOICES, Field
from bot.flows.session.state import RESUMABLE
from bot.flows.types import ContributionKind, Ending, Phase
from bot.i18n import LANGUAGES, UNKNOWN, Words, formatted, words
from bot.ops.database_faults import SQLITE_FAULTS
from bot.ops.health import Lags
from bot.outbox.undeliverable import CHANNEL_ERRORS
from bot.resources import config_dir
from bot.settings import Settings
from bot.store.crypto import WrongKey

FAULTS = ("Fault", "BadKeys")
"""Errors whose first argument is the key of a text under `setup`."""

ROOT = Path(__file__).parents[2]
CODE = [*ROOT.glob("bot/**/*.py"), *ROOT.glob("playground/**/*.py")]


def catalogue(language):
    file = config_dir() / "locales" / language / "LC_MESSAGES" / "intervisie.po"
    with file.open("rb") as source:
        return {m.id if isinstance(m.id, str) else m.id[0]: m for m in read_po(source) if m.id}


CATALOGUES = {language: catalogue(language) for language in LANGUAGES}
KEYS = set(CATALOGUES[UNKNOWN])


def texts(message):
    return message.string if isinstance(message.string, tuple | list) else (message.string,)


def names(text):
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_the_same_keys(language):
    assert set(CATALOGUES[language]) == KEYS


def test_no_text_is_empty_or_still_a_key():
    for messages in CATALOGUES.values():
        for key, message in messages.items():
            assert all(text and text != key for text in texts(message)), key


def test_every_language_fills_in_the_same_names():
    filled = {
        lang: {key: set().union(*map(names, texts(found))) for key, found in messages.items()}
        for lang, messages in CATALOGUES.items()
    }
    assert all(found == filled[UNKNOWN] for found in filled.values())


def literals():
    """Every string in the code that looks like a key of ours, and the start of composed ones."""
    whole, starts = set(), set()
    for file in CODE:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                if re.fullmatch(r"[a-z]+(\.[a-z_]*[a-z0-9])+", node.value):
                    whole.add(node.value)
            elif isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
                start = node.values[0].value
                if re.match(r"^[a-z]+[._]", start):
                    starts.add(start)
            elif isinstance(node, ast.Call) and node.args:
                first = node.args[0]
                named = getattr(node.func, "id", getattr(node.func, "attr", ""))
                if isinstance(first, ast.Constant) and named == "Refusal":
                    whole.add(f"refusal.{first.value}")
                if isinstance(first, ast.Constant) and named in ("_mistaken", "_Unreadable"):
                    whole.add(f"remedy.{first.value}")
                if isinstance(first, ast.Constant) and named in FAULTS:
                    whole.add(f"setup.{first.value}")
                if named == "_leave_uncounted" and isinstance(node.args[2], ast.Constant):
                    whole.add(f"whisper.{node.args[2].value}")
                    whole.add(f"refusal.{node.args[2].value}")
            if isinstance(node, ast.Call):
                for keyword in node.keywords:
                    named = getattr(node.func, "attr", "")
                    if keyword.arg == "key" and isinstance(keyword.value, ast.Constant):
                        kind = {"Say": "session", "Whisper": "whisper"}.get(named)
                        if kind:
                            whole.add(f"{kind}.{keyword.value.value}")
    return whole, starts


def error_types():
    """The types of errors that a method file may have: pydantic's, and those in our own code."""
    files = [*ROOT.glob("bot/catalog/*.py"), ROOT / "bot" / "flows" / "method.py"]
    own = {
        node.value
        for file in files
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    return own | set(get_args(ErrorType))


def test_every_key_that_the_code_names_is_there():
    first = {key.partition(".")[0] for key in KEYS}
    whole, _ = literals()
    named = {key for key in whole if key.partition(".")[0] in first}
    assert named - KEYS == set()


LOST = ("lost", "lost_file", "lost_pin")


def test_every_composed_key_is_there():
    composed = [
        *(f"choice.{field}.{value}" for field in CHOICES for value in CHOICES[field]),
        *(f"{group}.{f}" for group in ("case", "intake.ask") for f in Field),
        *(f"intake.hint.{f}" for f in Field if f is not Field.NOTE),
        *(f"session.lobby_{how}{of}" for how in RESUMABLE for of in ("", "_group")),
        *(f"session.closed_{how}" for how in Ending),
        *(f"board.closed_{how}" for how in Ending),
        *(f"status.{phase}" for phase in Phase if phase is not Phase.RUNNING),
        *(f"score.{n}" for n in range(1, 6)),
        *(
            f"trouble.{what}"
            for what in (*CHANNEL_ERRORS.values(), "lost", "lost_file", "lost_pin")
        ),
        *(f"trouble.direct_{what}" for what in ("lost", "lost_file", "lost_home")),
    ]
    keys = {key.replace("ask.", "ask_").replace("hint.", "hint_") for key in composed}
    assert keys <= KEYS


def test_no_text_is_left_unused():
    whole, starts = literals()
    starts.remove("remedy.")  # of `remedy`; pydantic or our own code names each type of error
    remedies = {f"remedy.{key}" for key in error_types()}
    starts.remove("setup.")  # of `fault_text`; every fault is named where it is raised
    kinds = {f"harvest.{kind}" for kind in ContributionKind}
    faults = {
        f"setup.{WrongKey().key}",
        *(f"setup.{part}_late" for part in Lags._fields),
        *(f"setup.invalid_{name}" for name in Settings.model_fields),
        *(f"setup.{key}" for key in SQLITE_FAULTS.values()),
    }
    unused = {
        key
        for key in KEYS
        if key not in whole | kinds | faults | remedies
        and not key.startswith(tuple(starts))
        and not key.startswith("button.")
    }
    assert unused == set()


def test_a_missing_key_is_logged_by_its_name_and_ends_nothing(caplog):
    assert words("nl")("no.such.key") == "no.such.key"
    assert words("en").count("no.such.count", 2) == "no.such.count"
    assert [record.key for record in caplog.records] == ["no.such.key", "no.such.count"]
    assert isinstance(words("en"), Words)


def test_dutch_counts_one_and_more():
    says = words("nl")
    assert says.count("queue.more", 1) != ""
    assert "2 mensen" in says.count("board.lobby_missing", 2)
    assert "1 persoon" in says.count("board.lobby_missing", 1)


@pytest.mark.parametrize(
    ("language", "day"), [("nl", "3 maart 2027"), ("en", "3 March 2027"), ("de", "3. März 2027")]
)
def test_a_day_is_written_as_slack_shows_it(language, day):
    assert words(language).day(date(2027, 3, 3)) == day


@pytest.mark.parametrize(
    ("locale", "day"),
    [("nl", "woensdag 3 maart"), ("de", "Mittwoch, 3. März"), ("el", "Τετάρτη 3 Μαρτίου")],
)
def test_a_day_is_an_ordinal_where_it_is_written_so(locale, day):
    assert formatted(date(2027, 3, 3), "EEEE d MMMM", locale) == day
