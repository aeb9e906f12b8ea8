"""Whatever Slack answers, the relay goes on, loses nothing and sends nothing twice."""

from datetime import timedelta
from threading import Event, Thread

import pytest

from bot.outbox.lanes import LEASE
from bot.outbox.relay import UNEXPECTED_ANSWER, Relay
from bot.store.tables import Outbound
from playground.testing import Team
from tests.unit.outbox.test_relay import client_of, enqueue, said, states

LATE = "Wed, 21 Oct 2099 07:28:00 GMT"
PAGE = "<html><title>Sorry</title></html>"

RATE_LIMITS = [
    {"Retry-After": LATE},
    {"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"},
    {"Retry-After": "inf"},
    {"Retry-After": "nan"},
    {"Retry-After": "-5"},
    {"Retry-After": "soon"},
    {},
]
MALFORMED = [
    (200, "[]"),
    (200, "null"),
    (200, '"ok"'),
    (200, ""),
    (200, PAGE),
    (200, '{"ok": true'),
    (200, '{"ok": true}'),
    (200, '{"ok": false}'),
    (200, '{"ok": false, "error": ["a", "b"]}'),
    (200, '{"ok": false, "error": "Sorry: geheim"}'),
    (200, '{"ok": false, "error": "rate_limited"}'),
    (200, '{"ok": false, "error": "team_added_to_org"}'),
    (302, PAGE),
    (403, PAGE),
    (407, PAGE),
    (502, PAGE),
]


@pytest.fixture
def team(stage):
    return Team(stage)


@pytest.mark.parametrize("headers", RATE_LIMITS, ids=str)
def test_any_rate_limit_delays_and_loses_nothing(team, headers):
    team.stage.slack.api.respond("chat.postMessage", 429, "{}", headers=headers)
    enqueue(team, "een", "twee")
    team.stage.settle()
    team.stage.pass_time(timedelta(minutes=11))
    assert said(team) == ["een", "twee"]


@pytest.mark.parametrize("handled", [False, True])
@pytest.mark.parametrize(("status", "body"), MALFORMED)
def test_a_malformed_answer_is_looked_up_first(team, status, body, handled):
    api = team.stage.slack.api
    api.respond("chat.postMessage", status, body, handled=handled)
    enqueue(team, "een", "twee")
    team.stage.settle()
    team.stage.pass_time(timedelta(minutes=1))
    assert said(team) == ["een", "twee"]
    assert {state for state, _ in states(team).values()} == {"sent"}


def test_an_answer_that_stays_malformed_fails_in_the_end(team):
    team.stage.slack.api.respond("chat.postMessage", 200, PAGE, times=1000)
    enqueue(team, "een", "twee")
    for _ in range(20):
        team.stage.pass_time(timedelta(minutes=7))
    team.stage.slack.api.faults.clear()
    team.stage.pass_time(timedelta(minutes=7))
    assert states(team)[1] == ("failed", UNEXPECTED_ANSWER)


def test_what_slack_answers_reaches_no_log_and_no_row(team, caplog):
    enqueue(team, "bord", key="board:x")
    team.stage.settle()
    for body in (f"{PAGE} geheim", '{"ok": false, "error": "geheim woord"}', '["geheim"]'):
        team.stage.slack.api.respond("chat.update", 200, body)
    enqueue(team, "nieuw", method="update", key="board:x")
    team.stage.settle()
    team.stage.pass_time(timedelta(minutes=1))
    assert "geheim" not in caplog.text
    assert not any("geheim" in str(row.error) for row in team.rows(Outbound))


def test_a_relay_starts_again_after_any_exception(team, monkeypatch):
    monkeypatch.setattr("bot.outbox.relay.RESTART_SECONDS", 0)
    relay, stop, polls = team.stage.bot.relay, Event(), []

    def broken(*_):
        polls.append(1)
        if len(polls) == 3:
            stop.set()
        raise RuntimeError

    monkeypatch.setattr(relay, "_poll", broken)
    thread = Thread(target=relay.run, args=(stop,))
    thread.start()
    thread.join()
    assert len(polls) == 3


# clocks


def relay_with(team, offset):
    clock, client = team.stage.slack.clock, client_of(team)
    return Relay(team.stage.bot.store, lambda _: client, lambda: clock.now() + offset)


def settled(team, relay):
    for _ in range(30):
        wait = relay.drain()
        team.stage.slack.clock.wind(min(wait or LEASE, LEASE))


@pytest.mark.parametrize("back", [timedelta(hours=1), timedelta(days=30)])
def test_a_clock_set_back_holds_up_nothing(team, back):
    team.stage.slack.clock.wind(back)  # Slack's own clock was right all the time
    enqueue(team, *(f"voor {n}" for n in range(6)))
    relay_with(team, timedelta()).drain()
    enqueue(team, "na")
    settled(team, relay_with(team, -back))
    assert said(team) == [*(f"voor {n}" for n in range(6)), "na"]


def test_a_clock_set_back_while_it_runs_is_noticed(team):
    clock, client, offset = team.stage.slack.clock, client_of(team), [timedelta()]
    relay = Relay(team.stage.bot.store, lambda _: client, lambda: clock.now() + offset[0])
    enqueue(team, *(f"bericht {n}" for n in range(8)))
    relay.drain()
    offset[0] = -timedelta(days=1)
    settled(team, relay)
    assert said(team) == [f"bericht {n}" for n in range(8)]


def test_hosts_minutes_apart_go_by_the_clock_of_the_database(team, monkeypatch):
    ahead = timedelta(minutes=5)
    there, here = relay_with(team, ahead), relay_with(team, timedelta())
    enqueue(team, "een")
    monkeypatch.setattr("bot.outbox.relay.database_skew", lambda _: -ahead)
    assert there._poll(there._worker_pool(), limit=0) is not None
    with team.stage.bot.store.unit() as unit:
        enqueue_at = unit.db.scalar(Outbound.__table__.select().with_only_columns(Outbound.due_at))
    assert enqueue_at is not None
    monkeypatch.setattr("bot.outbox.relay.database_skew", lambda _: timedelta())
    here.drain()
    assert said(team) == ["een"]


def test_a_long_outage_and_one_malformed_answer_lose_nothing(team):
    api = team.stage.slack.api
    api.fail("chat.postMessage", "500", times=20)
    api.respond("chat.postMessage", 200, PAGE)
    enqueue(team, "een")
    for _ in range(22):
        team.stage.pass_time(timedelta(minutes=7))
    assert said(team) == ["een"]


def test_the_last_attempt_is_looked_up_before_it_fails(team):
    api = team.stage.slack.api
    api.respond("chat.postMessage", 200, PAGE, times=12)
    api.respond("chat.postMessage", 200, PAGE, handled=True)
    enqueue(team, "een")
    for _ in range(16):
        team.stage.pass_time(timedelta(minutes=7))
    assert said(team) == ["een"]
    assert states(team)[1] == ("sent", None)
