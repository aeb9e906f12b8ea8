"""What goes wrong is told in a line, without a trace."""

import json
import logging
import os
import resource
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime
from importlib.metadata import version

import pytest
from sqlalchemy.exc import DatabaseError, OperationalError
from typer.testing import CliRunner

from bot import cli
from bot.app import build
from bot.errors import Fault
from bot.i18n import LANGUAGES, fault_text
from bot.repositories.installations import Grant, save_grant
from bot.store.crypto import KeyRing, new_key
from bot.store.migrations import upgrade
from bot.store.tables import Installation
from bot.store.unit import Store
from playground.stage import settings_for


def test_workspaces_are_listed_and_forgotten(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", "sqlite:///it.sqlite3")
    monkeypatch.setenv("INTERVISIE_KEYS", key := new_key())
    upgrade("sqlite:///it.sqlite3")
    store = Store("sqlite:///it.sqlite3", KeyRing([key]))
    with store.unit() as unit:
        whole = Grant(None, "E1", True, "xoxb-hidden", "xoxe-hidden", None, "U1")
        save_grant(unit, whole, datetime(2027, 1, 4, tzinfo=UTC))
        served = Installation(workspace="T1", organisation="E1", org_wide=False)
        served.installed_at = datetime(2027, 1, 5, tzinfo=UTC)
        unit.db.add(served)
        unit.commit()
    store.close()

    def told(*words):
        return CliRunner().invoke(cli.app, ["workspaces", *words])

    lines = told("list").output.splitlines()
    assert [line.split() for line in lines] == [
        ["E1", "E1", "2027-01-04", "-"],
        ["T1", "E1", "2027-01-05", "-"],
    ]
    listed = told("list", "--json").output
    assert [row["org_wide"] for row in json.loads(listed)] == [True, False]
    assert "hidden" not in listed
    forgotten = json.loads(told("forget", "E1", "--json").output)
    assert forgotten == {"forgotten": ["T1", "E1"], "rows": 2}
    assert isinstance(told("forget", "E1").exception, Fault)


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


def test_an_administrator_is_told_what_is_missing(monkeypatch, sqlite_url):
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-1")
    monkeypatch.setenv("SLACK_SIGNING_SECRET", "secret")
    monkeypatch.setenv("DATABASE_URL", sqlite_url.replace("test.sqlite3", "none.sqlite3"))
    absent = CliRunner().invoke(cli.app, ["sessions"])
    assert absent.exception.key == "database_absent"
    monkeypatch.setenv("DATABASE_URL", sqlite_url)
    nobody = CliRunner().invoke(cli.app, ["people", "forget", "T0", "U0", "--lang", "en"])
    assert (nobody.exit_code, nobody.output) == (1, "Nothing is stored about U0 in T0.\n")


def test_a_folder_of_texts_that_is_not_there_is_told_in_one_line(tmp_path):
    environment = {**os.environ, "INTERVISIE_CONFIG": str(tmp_path / "none")}
    command = [sys.executable, "-m", "bot", "--version"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("INTERVISIE_CONFIG: ")
    assert len(done.stderr.splitlines()) == 1
