"""Due timers are handled, alone or in batches; one that fails or is locked holds up no other."""

from datetime import UTC, datetime, timedelta
from threading import Thread

import pytest

from bot.store.subjects import Subject
from bot.store.tables import Outbound, SessionRow, Timer, Vault
from bot.store.transactions import Transactions
from bot.timers import FAILURE_BACKOFF, RETRY_DELAY, Timers
from playground.testing import ESTHER, MEHMET, SANNE, Team, staged

NOW = datetime(2026, 11, 26, 9, tzinfo=UTC)


@pytest.fixture
def transactions(store):
    return Transactions(store, now=lambda: NOW, committed=lambda: None)


def left(store):
    with store.unit() as unit:
        return {row.subject: row.due_at for row in unit.db.query(Timer)}


def test_a_batch_is_handled_together_and_its_failing_timer_alone(store, transactions):
    handled = []

    def handle(_unit, timers):
        handled.append([timer.id for timer in timers])
        if "bad" in handled[-1]:
            raise ValueError

    with store.unit() as unit:
        for name in ("one", "bad", "two"):
            unit.set_timer("T", Subject.REMINDER.key(name), "now", NOW)
        unit.set_timer("T", Subject.REMINDER.key("later"), "now", NOW + timedelta(hours=1))
        unit.commit()
    Timers(transactions, {}, {Subject.REMINDER: handle}).tick()
    together, *alone = handled
    assert sorted(together) == ["bad", "one", "two"]
    assert sorted(alone) == [["bad"], ["one"], ["two"]]
    assert left(store) == {
        "reminder:bad": NOW + FAILURE_BACKOFF,
        "reminder:later": NOW + timedelta(hours=1),
    }


def test_a_tick_scrubs_once_whatever_was_erased(store, transactions, monkeypatch):
    scrubbed, scrub = [], store.scrub

    def counted(tables):
        scrubbed.append(sorted(tables))
        scrub(tables)

    monkeypatch.setattr(store, "scrub", counted)
    tables = iter((Vault, Outbound, Vault))
    with store.unit() as unit:
        for name in ("one", "two", "three"):
            unit.set_timer("T", Subject.SESSION.key(name), "now", NOW)
        unit.commit()
    erase = {Subject.SESSION: lambda unit, _: unit.erase(next(tables))}
    Timers(transactions, erase, {}).tick()
    assert scrubbed == [["outbox", "vaults"]]


def test_a_timer_of_an_unknown_subject_is_postponed(store, transactions):
    handled = []
    with store.unit() as unit:
        unit.set_timer("T", "novelty:1", "now", NOW - timedelta(hours=1))
        unit.set_timer("T", Subject.HOME.key("1"), "now", NOW)
        unit.commit()
    Timers(transactions, {Subject.HOME: lambda _, timer: handled.append(timer.id)}, {}).tick()
    assert handled == ["1"]
    assert left(store) == {"novelty:1": NOW + FAILURE_BACKOFF}


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_timer_of_a_locked_session_is_retried_soon(database_url):
    with staged(database_url) as stage:
        team, bot = Team(stage), stage.bot
        team.begins(MEHMET, [SANNE, ESTHER])
        row, before = team.session(), len(team.thread())

        def turn_is_due():
            (at,) = (timer.due_at for timer in team.rows(Timer) if timer.name == "turn")
            return at

        stage.slack.clock.wind(turn_is_due() - bot.transactions.now())
        with bot.store.unit() as busy:
            busy.db.get(SessionRow, row.id, with_for_update=True)
            tick = Thread(target=bot.timers.tick)
            tick.start()
            tick.join(timeout=60)
            waited = tick.is_alive()
            soon = bot.transactions.now() + RETRY_DELAY
            busy.set_timer(
                row.workspace, Subject.SESSION.key(row.id), "turn", soon
            )  # as replies do
            busy.commit()
        tick.join()
        assert not waited
        assert turn_is_due() == soon
        assert len(team.thread()) == before
        stage.pass_time(RETRY_DELAY)
        assert len(team.thread()) == before + 1
