"""A language of the list is whole, and the code knows none by name."""

import ast
import re
import tomllib
from pathlib import Path

import pytest

from bot.catalog.commands import word_for
from bot.catalog.methods import shipped_methods
from bot.catalog.process_check import process_check_steps
from bot.catalog.registers import shipped_registers
from bot.catalog.yaml_reader import read
from bot.coach import load
from bot.coach.recognising import recogniser
from bot.i18n import LANGUAGES, OTHER, UNKNOWN, language_of
from bot.resources import config_dir
from playground.speech import repertoire

CONFIG = config_dir()
ROOT = Path(__file__).parents[2]
CODE = [*ROOT.glob("bot/**/*.py"), *ROOT.glob("playground/**/*.py")]
PEOPLE = ("seed.py", "records.py")
"""Where people of the playground have a locale, as people have."""


def shape(data):
    """What a table has, without the words in it: its keys, and the kinds of what they hold."""
    if isinstance(data, dict):
        return {key: shape(value) for key, value in data.items()}
    return type(data).__name__


def commands(language):
    return tomllib.loads((CONFIG / "locales" / language / "commands.toml").read_text("utf-8"))


def test_the_list_and_the_folders_are_the_same():
    folders = {file.name for file in (CONFIG / "locales").iterdir() if file.is_dir()}
    assert folders == set(LANGUAGES) >= {UNKNOWN, OTHER}
    tables = {file.stem for kind in ("coach", "recognising") for file in (CONFIG / kind).iterdir()}
    assert tables == folders


@pytest.mark.parametrize(
    ("locale", "language"),
    [
        ("nl-NL", "nl"),
        ("nl_BE.UTF-8", "nl"),
        ("NL", "nl"),
        ("en-GB", "en"),
        ("de-AT", "de"),
        ("tr-TR", OTHER),
        ("nlx", OTHER),
        ("", UNKNOWN),
        (None, UNKNOWN),
    ],
)
def test_a_locale_leads_to_a_language(locale, language):
    assert language_of(locale) == language


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_has_words_for_every_command(language):
    assert shape(commands(language)) == shape(commands(UNKNOWN))
    for section, meanings in commands(language).items():
        assert all(word_for(section, meaning, language) for meaning in meanings)


@pytest.mark.parametrize("section", commands(UNKNOWN))
def test_a_word_means_the_same_in_every_language(section):
    meant = {}
    for language in LANGUAGES:
        for meaning, said in commands(language)[section].items():
            for word in said:
                assert meant.setdefault(word, meaning) == meaning, word


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_has_what_the_coach_goes_by(language):
    table = tomllib.loads((CONFIG / "coach" / f"{language}.toml").read_text("utf-8"))
    usual = tomllib.loads((CONFIG / "coach" / f"{UNKNOWN}.toml").read_text("utf-8"))
    for part in ("patterns", "hints", "notes", "stems"):
        assert set(table[part]) == set(usual[part]), part
    assert load(language).common
    assert recogniser(language).marks("") == ()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_has_what_the_simulated_colleagues_say(language):
    assert shape(repertoire(language)) == shape(repertoire(UNKNOWN))
    steps = read(CONFIG / "repertoire" / "steps.yaml")
    usual = {key: len(said[UNKNOWN]) for key, said in steps.items()}
    assert {key: len(said.get(language, ())) for key, said in steps.items()} == usual


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_has_a_method_for_everything_a_group_does(language):
    spoken = {m.id: m for m in shipped_methods().values() if language in m.languages}
    assert {"first-meeting", "evaluation"} <= set(spoken)
    served = {kind for method in spoken.values() for kind in method.kinds if method.new_groups}
    assert served == {kind for method in shipped_methods().values() for kind in method.kinds}
    assert all(language in step.title.languages for step in process_check_steps())


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_register_says_its_notes_in_a_language(language):
    for register in shipped_registers().values():
        assert all(language in note.languages for note in register.notes)


def named(node):
    """Return what a piece of code may name a language by: a text, an attribute, an argument."""
    match node:
        case ast.Constant(value=str(name)) | ast.Attribute(attr=name) | ast.keyword(arg=str(name)):
            return name
        case ast.AnnAssign(target=ast.Name(id=name)):
            return name
    return ""


def test_the_code_names_no_language():
    name = re.compile(rf"(?:{'|'.join(LANGUAGES)})(?:[-_][A-Z]{{2}})?")
    found = {
        (file.name, node.lineno)
        for file in CODE
        if file.name not in PEOPLE
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if name.fullmatch(named(node))
    }
    assert found == set()
