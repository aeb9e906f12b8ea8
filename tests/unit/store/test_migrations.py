"""The migrations make the tables that the model says, also when several processes begin at once."""

import json
import sys
from collections import Counter
from datetime import UTC, datetime
from subprocess import PIPE, Popen

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import MetaData, text

from bot.flows.method import Method
from bot.store.engine import open_engine
from bot.store.migrations import migrate, revision, upgrade
from bot.store.tables import Base

ONCE = "import sys; from bot.store.migrations import upgrade; upgrade(sys.argv[1])"


def test_the_migrations_make_what_the_model_says(database_url):
    engine = open_engine(database_url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
    engine.dispose()


def test_processes_that_begin_at_once_migrate_once(empty_url):
    processes = [Popen([sys.executable, "-c", ONCE, empty_url], stderr=PIPE) for _ in range(3)]
    assert [(p.communicate()[1], p.returncode) for p in processes] == [(b"", 0)] * 3
    upgrade(empty_url)


NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)

LOBBY = {"position": None, "ending": None, "facilitator": "U2"}
STOPPED = {"position": None, "ending": "stopped", "facilitator": None}
FINISHED = {"position": {"step": 9, "question": None}, "ending": "finished", "facilitator": "U2"}
BEGUN = {"position": {"step": 3}}
OLD = {"position": {"step": 1}, "participants": ["U1"]}
"""A state from before sessions had a facilitator."""

SESSIONS = 1001
"""Sessions of each state: several batches, and a part of one."""


KILLED = """
import os, sys
from sqlalchemy import Engine, event
from bot.store.migrations import upgrade

filled = 0

@event.listens_for(Engine, "before_cursor_execute")
def kill_in_the_second_batch(connection, cursor, statement, *_):
    global filled
    filled += statement.startswith("UPDATE sessions")
    if filled == 2:
        os._exit(9)

upgrade(sys.argv[1])
"""


@pytest.fixture
def url_of_0016(empty_url):
    """A database of each kind at revision 0016, with sessions in all these states."""
    migrate(empty_url, "0016")
    engine = open_engine(empty_url)
    with engine.begin() as connection:
        tables = MetaData()
        tables.reflect(connection)
        group = {"id": "g", "workspace": "T1", "channel": "C1", "name": "", "language": "nl"}
        group |= {"settings": "{}", "created_at": NOW}
        connection.execute(tables.tables["groups"].insert(), group)
        case = {"id": "c", "workspace": "T1", "group_id": "g", "bringer": "U1", "kind": "learning"}
        case |= {"status": "live", "created_at": NOW, "changed_at": NOW}
        connection.execute(tables.tables["cases"].insert(), case)
        row = {"workspace": "T1", "group_id": "g", "case_id": "c", "method": "basic"}
        row |= {"language": "nl", "status": "running", "version": 1, "created_at": NOW}
        states = {"lobby": LOBBY, "stopped": STOPPED, "finished": FINISHED, "old": OLD}
        sessions = [
            {"id": f"{name}-{n}", "state": json.dumps(state), **row}
            for name, state in states.items()
            for n in range(SESSIONS)
        ]
        connection.execute(tables.tables["sessions"].insert(), sessions)
    engine.dispose()
    return empty_url


def _searched(url):
    """Count the sessions of each state with these values in the columns of 0017."""
    engine = open_engine(url)
    query = text("SELECT id, begun, ending, facilitator FROM sessions")
    with engine.connect() as connection:
        rows = connection.execute(query).all()
    engine.dispose()
    return Counter((row.id.partition("-")[0], bool(row.begun), *row[2:]) for row in rows)


FILLED = {
    ("lobby", False, None, "U2"): SESSIONS,
    ("stopped", False, "stopped", None): SESSIONS,
    ("finished", True, "finished", "U2"): SESSIONS,
    ("old", True, None, None): SESSIONS,
}


def test_migration_0017_fills_the_columns_of_existing_sessions(url_of_0016):
    upgrade(url_of_0016)
    assert _searched(url_of_0016) == FILLED


def test_migration_0017_killed_between_batches_starts_again(url_of_0016):
    killed = Popen([sys.executable, "-c", KILLED, url_of_0016], stderr=PIPE)
    killed.communicate()
    assert killed.returncode == 9
    engine = open_engine(url_of_0016)
    assert revision(engine) == "0016"
    engine.dispose()
    upgrade(url_of_0016)
    assert _searched(url_of_0016) == FILLED


def test_migrations_keep_methods_as_they_were(url_of_0016):
    engine = open_engine(url_of_0016)
    with engine.begin() as connection:
        for method in ("balint", "six-hats", "case-clinic", "first-meeting"):
            for id_, state in (("begun", BEGUN), ("lobby", LOBBY)):
                values = {"id": f"{id_}-{method}", "method": method}
                values["state"] = json.dumps(state | {"method": method, "own": None})
                connection.execute(
                    text(
                        "INSERT INTO sessions (id, workspace, group_id, case_id, method, language, "
                        "status, version, created_at, state) SELECT :id, workspace, group_id, "
                        "case_id, :method, language, status, version, created_at, :state "
                        "FROM sessions WHERE id = 'lobby-0'"
                    ),
                    values,
                )
    upgrade(url_of_0016)
    with engine.connect() as connection:
        query = text("SELECT id, method, state FROM sessions WHERE method != 'basic'")
        found = {row.id: (row.method, json.loads(row.state)) for row in connection.execute(query)}
    engine.dispose()
    assert found["begun-balint"][0] == found["begun-balint"][1]["method"] == "balint-dutch"
    assert found["begun-balint"][1]["own"] is None
    former = Method.model_validate(found["begun-six-hats"][1]["own"])
    assert [step.id for step in former.steps][:2] == ["present", "hats"]
    before = Method.model_validate(found["begun-case-clinic"][1]["own"])
    assert before.step("silence").kind == "write"
    assert found["lobby-case-clinic"][1]["own"] is None
    meeting = Method.model_validate(found["begun-first-meeting"][1]["own"])
    assert [step.id for step in meeting.steps][-2:] == ["agree", "reflection"]
    assert found["lobby-first-meeting"][1]["own"] is None
    assert [found[f"lobby-{method}"][0] for method in ("balint", "six-hats")] == [
        "balint",
        "six-hats",
    ]


@pytest.fixture
def url_of_0023(empty_url):
    """A database of each kind at revision 0023, with a meeting that counts and a lobby."""
    migrate(empty_url, "0023")
    engine = open_engine(empty_url)
    with engine.begin() as connection:
        tables = MetaData()
        tables.reflect(connection)

        def add(table, **values):
            connection.execute(tables.tables[table].insert(), {"workspace": "T1", **values})

        of_group, day = {"group_id": "g"}, {"created_at": NOW}
        add("groups", id="g", channel="C1", name="", language="nl", settings="{}", **day)
        meeting = {"day": NOW.date(), "starts_at": NOW, "minutes": 90, "moved": False, "stage": 5}
        add("meetings", id="m", status="held", sequence=0, state="{}", **meeting, **of_group)
        for kind, case in (("learning", "own"), ("group", "shared"), ("learning", "new")):
            about = {"kind": kind, "status": "done", "bringer": "U1", "changed_at": NOW}
            add("cases", id=case, **about, **of_group, **day)
            about = {"method": "basic", "language": "nl", "version": 1, "state": "{}"}
            about |= {"begun": case != "new", "ending": "finished" if case != "new" else None}
            about |= {"status": "closed" if case != "new" else "lobby", "ended_at": NOW}
            about |= {"facilitator": "U2" if case == "own" else None, "meeting_id": "m"}
            add("sessions", id=case, case_id=case, **about, **of_group, **day)
            for user in ("U1", "U2", "U3", "U4"):
                left = NOW if user == "U4" else None
                add("participants", session_id=case, user=user, joined_at=NOW, left_at=left)
        for user in ("U1", "U2", "U3"):
            roles = {"brought": user == "U1", "facilitated": user == "U3", "passed": False}
            add("attendances", meeting_id="m", user=user, **roles, **of_group)
    engine.dispose()
    return empty_url


def test_what_was_counted_before_0024_stays_so(url_of_0023):
    upgrade(url_of_0023)
    engine = open_engine(url_of_0023)
    query = text('SELECT session_id, "user", attended, brought, led FROM participants')
    with engine.connect() as connection:
        rows = connection.execute(query).all()
        seen = connection.execute(text("SELECT sessions_seen FROM groups")).scalar()
    engine.dispose()
    found = {(row[0], row[1]): tuple(map(bool, row[2:])) for row in rows}
    people = ("U1", "U2", "U3", "U4")
    nothing = (False, False, False)
    assert [found["own", user] for user in people] == [
        (True, True, False),
        (True, False, True),
        (True, False, True),  # was counted as having led the meeting
        nothing,
    ]
    assert [found["shared", user] for user in ("U1", "U3")] == [
        (True, False, False),
        (True, False, True),
    ]
    assert {found["new", user] for user in people} == {nothing}
    assert seen == 1


def test_groups_of_before_go_on_and_are_looked_at(url_of_0016):
    upgrade(url_of_0016)
    engine = open_engine(url_of_0016)
    with engine.connect() as connection:
        query = text("SELECT open_at = created_at, look_at = created_at, room, guests FROM groups")
        row = connection.execute(query).one()
    engine.dispose()
    assert [bool(row[0]), bool(row[1]), row[2], bool(row[3])] == [True, True, None, True]
