"""What goes wrong is told in a line, without a trace."""

import logging
import resource
import sqlite3
from importlib.metadata import version

import pytest
from sqlalchemy.exc import DatabaseError, OperationalError
from typer.testing import CliRunner

from bot import cli
from bot.app import build
from bot.errors import Fault
from bot.i18n import LANGUAGES, fault_text
from playground.stage import settings_for


def ends(monkeypatch, capsys, error):
    """What the command line prints when a command raises this error."""

    def command():
        raise error

    monkeypatch.setattr(cli, "app", command)
    monkeypatch.setattr("resource.setrlimit", lambda *_: None)
    with pytest.raises(SystemExit) as end:
        cli.main()
    assert end.value.code == 2
    told = capsys.readouterr().err
    assert "Traceback" not in told
    return told


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (Fault("lang_unknown", languages="nl, en"), "--lang"),
        (OperationalError("words", {}, sqlite3.OperationalError()), "DATABASE_URL"),
        (DatabaseError("words", {}, sqlite3.DatabaseError()), "DATABASE_URL"),
        (PermissionError(13, "Permission denied", "/keys"), "'/keys'"),
        (RuntimeError("words"), "RuntimeError at test_cli.py:"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_every_error_is_told_in_a_line(monkeypatch, capsys, error, told):
    line = ends(monkeypatch, capsys, error)
    assert told in line
    assert "words" not in line


def broken(code):
    error = sqlite3.OperationalError("words")
    error.sqlite_errorname = code
    return OperationalError("words", {}, error)


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("SQLITE_CANTOPEN", "doesn't exist"),
        ("SQLITE_READONLY_DIRECTORY", "can't write"),
        ("SQLITE_FULL", "is full"),
        ("SQLITE_NOTADB", "isn't an Intervisie database"),
        ("SQLITE_CORRUPT_INDEX", "is damaged"),
        ("SQLITE_BUSY", "busy"),
    ],
)
def test_what_is_wrong_with_the_file_is_told(monkeypatch, capsys, code, told):
    monkeypatch.setenv("LANG", "en_GB.UTF-8")
    monkeypatch.setenv("DATABASE_URL", "sqlite:///here/it.sqlite3")
    line = ends(monkeypatch, capsys, broken(code))
    assert told in line
    assert "here" in line
    assert "words" not in line


@pytest.mark.parametrize("language", LANGUAGES)
def test_errors_are_told_in_the_terminals_language(monkeypatch, capsys, language):
    monkeypatch.setenv("LC_ALL", f"{language}_XX.UTF-8")
    fault = Fault("database_absent")
    assert ends(monkeypatch, capsys, fault).strip() == fault_text(fault, language)


def test_it_knows_its_version():
    answer = CliRunner().invoke(cli.app, ["--version"])
    assert answer.output == f"intervisie {version('intervisie')}\n"


def test_a_process_that_crashes_leaves_no_words_in_a_core_dump(monkeypatch):
    limits = {}
    monkeypatch.setattr("resource.setrlimit", limits.__setitem__)
    monkeypatch.setattr(cli, "app", lambda: None)
    cli.main()
    assert limits == {resource.RLIMIT_CORE: (0, 0)}


def test_a_documented_start_warns_of_nothing(monkeypatch, sqlite_url, caplog):
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-1")
    caplog.set_level(logging.ERROR, "slack_bolt")
    build(settings_for("http://127.0.0.1:9/", sqlite_url)).store.close()
    assert caplog.messages == []
