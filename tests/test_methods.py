"""A method file is refused with its line and a way to mend it."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli import app
from bot.methods import MethodMistaken, read_method, shipped_methods
from bot.resources import config_dir

BASIC = (config_dir() / "methods" / "basic.yaml").read_text(encoding="utf-8")


def mistaken(tmp_path: Path, text: str) -> MethodMistaken:
    file = tmp_path / "mine.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(MethodMistaken) as caught:
        read_method(file)
    return caught.value


def line_of(text: str, part: str) -> int:
    return next(n for n, line in enumerate(text.splitlines(), 1) if part in line)


@pytest.mark.parametrize(
    ("before", "after", "telling"),
    [
        ("minutes: 20", "minutes: -5", "greater than or equal to 1"),
        ("minutes: 20", "minutes: lots", "valid integer"),
        ("kind: gate", "kind: gat", "gat"),
        ("shows: tray", "shows: nowhere", "together"),
        ("coach: true", "couch: true", "couch"),
        ("id: restate", "id: questions", "occurs twice"),
        ("behind: gate", "behind: door", "no earlier gate"),
        ("rounds", "", ""),
    ],
)
def test_a_mistake_names_its_line_and_what_is_wrong(tmp_path, before, after, telling):
    if before == "rounds":
        before, after, telling = "answers: true", "answers: true\n    rounds: 9", "less than"
    text = BASIC.replace(before, after, 1)
    assert text != BASIC
    found = mistaken(tmp_path, text)
    assert telling in str(found)
    assert "mine.yaml, line " in str(found)


def test_the_line_is_the_right_one(tmp_path):
    text = BASIC.replace("minutes: 20", "minutes: -5", 1)
    assert mistaken(tmp_path, text).mistakes[0].line == line_of(text, "minutes: -5")


def test_a_missing_language_is_named(tmp_path):
    text = BASIC.replace("title: {nl: Inchecken, en: Check-in}", "title: {nl: Inchecken}")
    assert "en: Field required" in str(mistaken(tmp_path, text))


def test_without_a_reflection_at_the_end_it_is_no_method(tmp_path):
    text = BASIC[: BASIC.index("  - id: reflection")]
    assert "reflect" in str(mistaken(tmp_path, text))


def test_a_tray_that_is_never_opened_is_refused(tmp_path):
    start, end = BASIC.index("  - id: tray"), BASIC.index("  - id: next-step")
    assert "fills the tray" in str(mistaken(tmp_path, BASIC[:start] + BASIC[end:]))


def test_a_file_that_is_no_yaml_names_the_line(tmp_path):
    found = mistaken(tmp_path, "id: x\ntitle: {nl: a\nsteps: [")
    assert found.mistakes[0].line >= 2


def test_a_file_that_is_too_large_or_no_text_is_refused(tmp_path):
    assert "too large" in str(mistaken(tmp_path, "#" * 300_000))
    file = tmp_path / "bytes.yaml"
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(MethodMistaken, match="UTF-8"):
        read_method(file)


def test_the_shipped_methods_are_whole():
    assert set(shipped_methods()) >= {"basic", "positive"}


def test_the_command_line_lists_and_checks(tmp_path):
    listed = CliRunner().invoke(app, ["methods", "list", "--lang", "en"])
    assert "Positive intervision" in listed.output
    file = tmp_path / "mine.yaml"
    file.write_text(BASIC, encoding="utf-8")
    assert "fine" in CliRunner().invoke(app, ["methods", "check", str(file)]).output
