"""Whoever runs it sees how it is doing, and can stop it at any moment."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from signal import SIGTERM

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import text

from bot import cli
from bot.errors import Fault
from bot.i18n import fault_texts
from bot.outbox.relay import Relay
from bot.store.crypto import KeyRing, new_key
from bot.store.engine import open_engine
from bot.store.migrations import upgrade
from bot.store.unit import Outgoing, Store
from bot.web.server import running
from playground.slack.api import SECRET, TOKEN
from playground.slack.server import serving
from playground.slack.workspace import TEAM
from playground.stage import settings_for
from playground.testing import ESTHER, MEHMET, SANNE, Team, WoundClock, seeded
from tests.scenarios.test_run import SECONDS, free_port, until


def get(stage, path):
    return httpx.get(f"http://127.0.0.1:{stage.port}{path}", trust_env=False)


def test_it_is_alive_and_ready(any_stage):
    assert get(any_stage, "/healthz").status_code == 200
    answer = get(any_stage, "/readyz")
    assert answer.status_code == 200
    parts = ("database", "migrations", "writing", "clock", "relay", "backlog")
    assert answer.json() == dict.fromkeys(parts, "ok")


@pytest.mark.parametrize(
    ("statement", "part", "says"),
    [
        ("UPDATE alembic_version SET version_num = '0001'", "migrations", "behind"),
        ("INSERT INTO timers VALUES ('T', 'session:s', 'turn', :old)", "clock", "late by 7"),
        ("INSERT INTO lanes VALUES ('T', 'C', :old)", "relay", "late by 7"),
        ("INSERT INTO lanes VALUES ('T', 'C', :later)", "relay", "ahead by 7"),
        ("DROP TABLE timers", "clock", "OperationalError"),
        (
            "CREATE TRIGGER full BEFORE INSERT ON rates BEGIN SELECT RAISE(FAIL, 'disk full'); END",
            "writing",
            "Conflict",
        ),
        (
            "WITH RECURSIVE n AS (SELECT 1 AS n UNION SELECT n + 1 FROM n WHERE n < 301) "
            "INSERT INTO outbox (workspace, conversation, method, coalesce, marker, state, due_at, "
            "attempts) SELECT 'T', 'C', 'post', 0, n, 'waiting', :old, 0 FROM n",
            "backlog",
            "301 messages wait",
        ),
    ],
)
def test_it_says_why_it_is_not_ready(stage, statement, part, says):
    now, hours = stage.slack.clock.now(), timedelta(hours=2)
    moments = {"old": now - hours, "later": now + hours}
    values = {name: f"{at:%Y-%m-%d %H:%M:%S.%f}" for name, at in moments.items()}
    with stage.bot.store.unit() as unit:
        given = {name: value for name, value in values.items() if f":{name}" in statement}
        unit.db.execute(text(statement), given)
        unit.commit()
    answer = get(stage, "/readyz")
    assert answer.status_code == 503
    assert answer.json()[part].startswith(says)
    assert f'intervisie_ready{{part="{part}"}} 0.0' in get(stage, "/metrics").text


def test_an_old_process_stays_ready_during_migration(stage):
    with stage.bot.store.unit() as unit:
        unit.db.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        unit.commit()
    assert get(stage, "/readyz").status_code == 200


def test_it_says_that_a_thread_has_ended(stage, monkeypatch):
    monkeypatch.setattr(stage.bot.relay, "run", lambda stop: None)
    settings = settings_for("http://127.0.0.1:9/", str(stage.bot.store.engine.url))
    with running(stage.bot, settings, clock=False) as port:
        assert until(stage.bot.health.ended)
        answer = httpx.get(f"http://127.0.0.1:{port}/healthz", trust_env=False)
        assert (answer.status_code, answer.text) == (503, "ended: relay\n")
        assert get(stage, "/readyz").json()["relay"] == "ended"


def test_a_process_that_lost_a_thread_stops_and_names_it(sqlite_url, monkeypatch):
    settings = settings_for("http://127.0.0.1:9/", sqlite_url)
    monkeypatch.setattr("bot.settings.read_settings", lambda: settings)
    monkeypatch.setattr("bot.ops.logs.configure_logging", lambda: None)
    monkeypatch.setattr(Relay, "run", lambda _self, _stop: None)
    monkeypatch.setattr(cli, "WATCH_SECONDS", 0.05)
    for name in ("signal.signal", "gc.disable", "gc.freeze"):  # of the process of the tests
        monkeypatch.setattr(name, lambda *_: None)
    with pytest.raises(Fault) as fault:
        cli.clock()
    assert (fault.value.key, fault.value.about) == ("part_ended", {"part": "relay"})
    assert "Part of this process has ended: relay." in fault_texts(fault.value)


def test_a_running_bot_has_all_its_threads(stage, monkeypatch):
    settings = settings_for("http://127.0.0.1:9/", str(stage.bot.store.engine.url))
    with running(stage.bot, settings):
        assert stage.bot.health.ended() == []
    assert stage.bot.health.ended() == ["relay", "clock"]


def test_metrics_count_and_hold_no_name_and_no_word(any_stage):
    team = Team(any_stage)
    team.begins(SANNE, [MEHMET, ESTHER])
    team.writes(SANNE, "Een heel geheim woord.")
    lines = get(any_stage, "/metrics").text
    families = {each.name: each for each in text_string_to_metric_families(lines)}
    found = families["intervisie_messages"].samples
    sent = {
        s.labels["method"]: s.value
        for s in found
        if s.name.endswith("_total") and s.labels["outcome"] == "sent"
    }
    assert sent["post"] > 3
    assert sent["update"] > 0
    lag = families["intervisie_lag_seconds"].samples
    assert {s.labels["part"] for s in lag} == {"clock", "relay"}
    assert families["intervisie_request_seconds"].samples
    hidden = (SANNE, "Sanne", "geheim", team.channel, TEAM, team.session().id)
    assert not [each for each in hidden if each in lines]


# stopping


MESSAGES, PLACES = 4, 12


@pytest.fixture
def full(tmp_path):
    """A database with messages for many places, and the environment of a bot that has it."""
    url, key = f"sqlite:///{tmp_path / 'it.sqlite3'}", new_key()
    upgrade(url)
    workspace = seeded(WoundClock())
    places = [workspace.create_channel(f"plek-{n}", [SANNE, "U0BOT"]).id for n in range(PLACES)]
    store = Store(url, KeyRing([key]))
    with store.unit() as unit:
        for n in range(MESSAGES):
            for place in places:
                due = datetime.now(UTC)
                unit.send(Outgoing(TEAM, place, "post", {"text": f"{n}"}, due=due))
        unit.commit()
    store.close()
    with serving(workspace) as slack:
        slack.api.fail("chat.postMessage", "slow", times=10**6, seconds=0.3)
        names = ("PATH", "HOME", "LANG")
        environment = {name: os.environ[name] for name in names if name in os.environ} | {
            "SLACK_BOT_TOKEN": TOKEN,
            "SLACK_SIGNING_SECRET": SECRET,
            "SLACK_API_URL": slack.url,
            "DATABASE_URL": url,
            "INTERVISIE_KEYS": key,
            "PORT": str(free_port()),
            "PYTHONPATH": os.getcwd(),
        }
        yield workspace, places, url, environment


def test_sigterm_finishes_what_is_under_way(full, tmp_path):
    workspace, places, url, environment = full

    def said(place):
        return [m.text for m in workspace.messages(SANNE, place)]

    def run():
        command = [sys.executable, "-m", "bot", "run"]
        return subprocess.Popen(command, cwd=tmp_path, env=environment)

    def rows(query):
        engine = open_engine(url)
        with engine.connect() as connection:
            found = connection.execute(text(query)).all()
        engine.dispose()
        return found

    first = run()
    assert until(lambda: any(said(place) for place in places))
    first.send_signal(SIGTERM)
    assert first.wait(timeout=SECONDS) == 0
    states = dict(rows("SELECT state, count(*) FROM outbox GROUP BY state"))
    assert "sending" not in states
    assert states["waiting"] > 0
    assert states["sent"] == sum(len(said(place)) for place in places)
    second = run()
    everything = [str(n) for n in range(MESSAGES)]
    assert until(lambda: all(said(place) == everything for place in places))
    second.send_signal(SIGTERM)
    assert second.wait(timeout=SECONDS) == 0
    assert dict(rows("SELECT state, count(*) FROM outbox GROUP BY state")) == {
        "sent": MESSAGES * PLACES
    }
    assert rows("SELECT * FROM lanes") == []
