"""The doctor says what is wrong, and how to mend it; of an installation that is well, nothing."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from bot.app import utc_now
from bot.catalog.methods import file_of
from bot.cli import app
from bot.errors import Fault
from bot.i18n import LANGUAGES
from bot.ops.doctor import examine
from bot.repositories.installations import Grant, save_grant
from bot.store.crypto import KeyRing, new_key
from bot.store.engine import open_engine
from bot.store.migrations import upgrade
from bot.store.tables import Person
from bot.store.unit import Store
from playground.slack.api import APP_TOKEN, SECRET, TOKEN
from playground.slack.manifest import Manifest
from playground.slack.server import serving
from playground.testing import WoundClock, seeded


@pytest.fixture(scope="module")
def slack():
    with serving(seeded(WoundClock())) as served:
        yield served


@pytest.fixture
def well(slack, tmp_path, monkeypatch):
    """An installation that is well, in the environment; returns what a test breaks it with."""
    monkeypatch.chdir(tmp_path)
    for name in ("INTERVISIE_KEYS", "SLACK_APP_TOKEN", "PORT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SLACK_BOT_TOKEN", TOKEN)
    monkeypatch.setenv("SLACK_SIGNING_SECRET", SECRET)
    monkeypatch.setenv("SLACK_API_URL", slack.url)
    monkeypatch.setenv("DATABASE_URL", "sqlite:///it.sqlite3")
    upgrade("sqlite:///it.sqlite3")
    key = new_key()
    Path("intervisie.keys").write_text(key + "\n")
    Path("intervisie.keys").chmod(0o600)
    store = Store("sqlite:///it.sqlite3", KeyRing([key]))
    with store.unit() as unit:
        unit.new_vault("T1")
        unit.commit()
    store.close()
    monkeypatch.setattr(slack.api.workspace, "app", slack.api.workspace.app)
    return monkeypatch


def found(now=utc_now):
    return {part: fault and fault.key for part, fault in examine(now)}


def run(statement):
    engine = open_engine("sqlite:///it.sqlite3")
    with engine.begin() as connection:
        connection.execute(text(statement))
    engine.dispose()


LATER = ("clock", "relay", "messages")


def test_all_is_well(well):
    well.setenv("SLACK_APP_TOKEN", APP_TOKEN)
    parts = ("settings", "methods", "token", "scopes", "time", "database", "keys", *LATER)
    assert found() == dict.fromkeys(parts)
    answer = CliRunner().invoke(app, ["doctor"])
    assert (answer.exit_code, answer.output.count("✓"), "✗" in answer.output) == (0, 10, False)


def test_the_token_of_each_installation_is_tried(well, slack):
    well.delenv("SLACK_BOT_TOKEN")
    well.setenv("SLACK_CLIENT_ID", "1.2")
    well.setenv("SLACK_CLIENT_SECRET", "c")
    well.setenv("INTERVISIE_URL", "https://intervisie.test")
    parts = ("settings", "methods", "token", "time", "database", "keys", "installations", *LATER)
    assert found() == dict.fromkeys(parts)
    store = Store("sqlite:///it.sqlite3", KeyRing([Path("intervisie.keys").read_text().strip()]))
    with store.unit() as unit:
        save_grant(unit, Grant("T1", None, False, "revoked", None, None, None), utc_now())
        unit.commit()
    store.close()
    assert found()["installations"] == "installations_refused"


def no_token(well, slack):
    well.delenv("SLACK_BOT_TOKEN")


def no_signing_secret(well, slack):
    well.delenv("SLACK_SIGNING_SECRET")


def a_misspelt_name(well, slack):
    well.setenv("INTERVISIE_METHOD", "methods")


def no_number_for_a_port(well, slack):
    well.setenv("PORT", "many")


def two_methods_of_one_id(well, slack):
    Path("methods").mkdir()
    for name in ("one.yaml", "two.yml"):
        Path("methods", name).write_text(file_of("basic").read_text("utf-8"), "utf-8")
    well.setenv("INTERVISIE_METHODS", "methods")


def no_slack(well, slack):
    well.setenv("SLACK_API_URL", "http://127.0.0.1:9/")


def a_revoked_token(well, slack):
    well.setenv("SLACK_BOT_TOKEN", "xoxb-revoked")


def a_bad_app_token(well, slack):
    well.setenv("SLACK_APP_TOKEN", "xapp-revoked")


def too_few_scopes(well, slack):
    few = slack.api.workspace.app.scopes - {"im:write", "users:read"}
    well.setattr(slack.api.workspace, "app", Manifest(scopes=few))


def no_folder_for_the_database(well, slack):
    well.setenv("DATABASE_URL", "sqlite:///nowhere/it.sqlite3")


def no_database_yet(well, slack):
    Path("it.sqlite3").unlink()


def no_answer_from_the_database(well, slack):
    well.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:9/nothing?connect_timeout=1")
    well.setenv("INTERVISIE_KEYS", new_key())


def an_old_database(well, slack):
    run("UPDATE alembic_version SET version_num = '0001'")


def a_file_that_is_no_database(well, slack):
    Path("it.sqlite3").write_text("not a database at all", encoding="utf-8")
    well.setenv("DATABASE_URL", "sqlite:///it.sqlite3")


def a_folder_for_a_database(well, slack):
    well.setenv("DATABASE_URL", "sqlite:///.")


def a_database_of_a_newer_version(well, slack):
    run("UPDATE alembic_version SET version_num = '9999'")


def keys_that_others_can_read(well, slack):
    Path("intervisie.keys").chmod(0o644)


def keys_that_are_none(well, slack):
    well.setenv("INTERVISIE_KEYS", "secret")


def keys_that_do_not_fit(well, slack):
    well.setenv("INTERVISIE_KEYS", new_key())


def keys_that_are_gone(well, slack):
    Path("intervisie.keys").unlink()


def no_clock_that_runs(well, slack):
    run("INSERT INTO timers VALUES ('T1', 'session:s', 'turn', '2026-01-01 00:00:00.000000')")


def no_relay_that_runs(well, slack):
    run("INSERT INTO lanes VALUES ('T1', 'C1', '2026-01-01 00:00:00.000000')")


def too_many_messages_for_one(well, slack):
    run(
        "WITH RECURSIVE n AS (SELECT 1 AS n UNION SELECT n + 1 FROM n WHERE n < 301) "
        "INSERT INTO outbox (workspace, conversation, method, coalesce, marker, state, due_at, "
        "attempts) SELECT 'T1', 'C1', 'post', 0, n, 'waiting', '2026-01-01 00:00:00.000000', 0 "
        "FROM n"
    )


@pytest.mark.parametrize(
    ("broken", "part", "key"),
    [
        (no_token, "settings", "missing"),
        (no_signing_secret, "settings", "signing_secret"),
        (a_misspelt_name, "settings", "misspelt"),
        (no_number_for_a_port, "settings", "invalid_port"),
        (two_methods_of_one_id, "methods", "methods_invalid"),
        (no_slack, "slack", "slack_silent"),
        (a_revoked_token, "token", "token_refused"),
        (a_bad_app_token, "token", "app_token_refused"),
        (too_few_scopes, "scopes", "scopes_missing"),
        (no_folder_for_the_database, "database", "database_folder"),
        (no_database_yet, "database", "database_absent"),
        (no_answer_from_the_database, "database", "database_silent"),
        (an_old_database, "database", "database_behind"),
        (a_file_that_is_no_database, "database", "database_damaged"),
        (a_folder_for_a_database, "database", "database_is_folder"),
        (a_database_of_a_newer_version, "database", "database_newer"),
        (keys_that_others_can_read, "keys", "keys_readable"),
        (keys_that_are_none, "keys", "keys_malformed"),
        (keys_that_do_not_fit, "keys", "keys_wrong"),
        (keys_that_are_gone, "keys", "keys_gone"),
        (no_clock_that_runs, "clock", "clock_late"),
        (no_relay_that_runs, "relay", "relay_late"),
        (too_many_messages_for_one, "relay", "relay_backlog"),
    ],
    ids=lambda value: value.__name__ if callable(value) else None,
)
def test_what_is_wrong_is_named_and_nothing_else_is(well, slack, broken, part, key):
    broken(well, slack)
    assert {p: fault for p, fault in found().items() if fault} == {part: key}


def a_message_sealed_by_other_keys(well, slack):
    well.setenv("INTERVISIE_KEYS", new_key())
    run("DELETE FROM vaults")
    store = Store("sqlite:///it.sqlite3", KeyRing([new_key()]))
    with store.unit() as unit:
        sealed = unit.seal_by_ring("Sanne")
        unit.db.add(
            Person(workspace="T1", user="U1", name="", sealed_name=sealed, seen_at=utc_now())
        )
        unit.commit()
    store.close()


@pytest.mark.parametrize(
    ("broken", "key"),
    [
        (keys_that_are_gone, "keys_gone"),
        (keys_that_do_not_fit, "keys_wrong"),
        (a_message_sealed_by_other_keys, "keys_wrong"),
    ],
)
def test_without_the_right_keys_nothing_starts(well, slack, broken, key):
    broken(well, slack)
    for command in (["run"], ["keys", "rotate"]):
        with pytest.raises(Fault, match=key):
            CliRunner().invoke(app, command, catch_exceptions=False)
    assert not Path("intervisie.keys").exists() or key != "keys_gone"


def test_keys_are_rotated_without_a_token(well):
    well.delenv("SLACK_BOT_TOKEN")
    assert CliRunner().invoke(app, ["keys", "rotate"]).output == "1\n"


def test_a_clock_that_is_off_is_told_by_how_much(well):
    faults = {p: f for p, f in examine(lambda: utc_now() + timedelta(minutes=10)) if f}
    assert faults["time"].key == "clock_off"
    assert 590 <= faults["time"].about["seconds"] <= 610


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_says_what_to_do_and_that_something_is_wrong(well, slack, language):
    too_few_scopes(well, slack)
    answer = CliRunner().invoke(app, ["doctor", "--lang", language])
    line = next(line for line in answer.output.splitlines() if line.startswith("✗"))
    assert "im:write, users:read" in line
    assert "intervisie manifest" in line
    assert answer.exit_code == 1


def test_it_makes_no_keys_and_no_database(well):
    Path("it.sqlite3").unlink()
    Path("intervisie.keys").unlink()
    found()
    assert not Path("it.sqlite3").exists()
    assert not Path("intervisie.keys").exists()
