"""A bad database: away, locked, full, or in a deadlock. What it lost was never acknowledged."""

import random
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from threading import Event, Thread
from time import monotonic, sleep

from sqlalchemy import Engine, create_engine, text

from bot.store.engine import dialect_url
from bot.store.tables import Delivery as Inbox
from playground.slack.delivery import Send
from playground.slack.records import Delivery, Message, Reply
from tests.faults.actors import PEOPLE, Play
from tests.faults.audit import Outcome, audit, difference, outcome
from tests.faults.harness import INSTALLED, PATIENCE, Ground, Rig, set_up_rig, wait_for
from tests.postgres import administer

KINDS = {"sqlite": ("locked", "full"), "postgresql": ("locked", "full", "away", "deadlock")}

LOCKED = 4.0
"""Seconds: longer than SQLite waits for another writer, and than Slack waits for an answer."""


def bad_database(
    ground: Ground,
    *,
    expected: Outcome,
    people: Sequence[str] = PEOPLE,
    away: float = 60.0,
) -> Counter[str]:
    """Play one session with each trouble once, `away` seconds long; returns what went wrong.

    Raises `AssertionError` when something was acknowledged that is not in the database, or
    when the bot does not go on by itself.
    """
    chance = random.Random(ground.seed)
    with set_up_rig(ground) as rig:
        database = ground.database
        rig.install(*INSTALLED[database])
        rig.slack.dispatcher.send = witness = _CommitWatcher(rig)
        left = list(chance.sample(KINDS[database], len(KINDS[database])))
        done: Counter[str] = Counter()
        under_way: list[Thread] = []

        def trouble(board: Message | None) -> None:
            for each in under_way:
                each.join(PATIENCE)
            if board is None or not left or chance.random() < 0.5:
                return
            kind = left.pop()
            done[kind] += 1
            seconds = LOCKED if kind == "locked" else away
            under_way[:] = [_begin(rig, TROUBLES[(database, kind)], seconds)]

        play = Play(rig, people)
        play.before_act = trouble
        play.whole()
        rig.settle()
        audit(rig)
        found = outcome(rig, play.channel)
        assert found == expected, difference(found, expected)
        assert not rig.deaths, f"died of a bad database: {rig.deaths}"
        return done + witness.answers


class _CommitWatcher:
    """Checks that whatever was acknowledged is in the database."""

    def __init__(self, rig: Rig) -> None:
        self._rig = rig
        self._send: Send = rig.slack.dispatcher.send
        self.answers: Counter[str] = Counter()

    def __call__(self, delivery: Delivery, extra: dict[str, str]) -> Reply:
        reply = self._send(delivery, extra)
        if self._rig.still.is_set():
            self.answers[f"answered {reply.status or 'not at all'}"] += 1
        event = delivery.body.get("event") or {}
        said = (
            event.get("type") == "message" and "subtype" not in event and not delivery.in_background
        )
        if said and "thread_ts" in event and 200 <= reply.status < 300:
            kept = {row.delivery.partition(":")[2] for row in self._rig.rows(Inbox)}
            assert event["ts"] in kept, "acknowledged, and not in the database"
        return reply


Trouble = Callable[[Rig, float], Iterator[None]]


def _begin(rig: Rig, trouble: Trouble, seconds: float) -> Thread:
    """Begin a trouble; it has begun when this returns, and ends by itself."""
    began = Event()

    def go() -> None:
        try:
            with contextmanager(trouble)(rig, seconds):
                rig.still.set()
                began.set()
        finally:
            rig.still.clear()
            began.set()

    thread = Thread(target=go, daemon=True)
    thread.start()
    wait_for(began.is_set, "the trouble does not begin")
    return thread


# SQLite


def _sqlite_locked(rig: Rig, seconds: float) -> Iterator[None]:
    other = sqlite3.connect(rig.url.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    yield
    sleep(seconds)
    other.execute("ROLLBACK")
    other.close()


def _sqlite_full(rig: Rig, seconds: float) -> Iterator[None]:
    for process in rig.processes:
        process.limit(1)
    yield
    sleep(seconds)
    for process in rig.processes:
        process.limit(None)


# PostgreSQL


@contextmanager
def _engine(rig: Rig) -> Iterator[Engine]:
    engine = create_engine(dialect_url(rig.url))
    yield engine
    engine.dispose()


def _postgres_locked(rig: Rig, seconds: float) -> Iterator[None]:
    with _engine(rig) as engine, engine.begin() as other:
        other.execute(text("LOCK TABLE sessions, outbox, inbox IN EXCLUSIVE MODE"))
        yield
        sleep(seconds)


def _postgres_full(rig: Rig, seconds: float) -> Iterator[None]:
    """Refuse every write with the error of a full disk; the disk itself is others' too."""
    full = (
        "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE 'no space left' USING ERRCODE = 'disk_full'; END $$"
    )
    with _engine(rig) as engine:
        with engine.begin() as other:
            other.execute(text(full))
            for table in ("inbox", "sessions", "outbox", "contributions"):
                other.execute(
                    text(
                        f"CREATE TRIGGER full_disk BEFORE INSERT OR UPDATE ON {table} "
                        "EXECUTE FUNCTION full_disk()"
                    )
                )
        yield
        sleep(seconds)
        with engine.begin() as other:
            other.execute(text("DROP FUNCTION full_disk CASCADE"))


def _postgres_away(rig: Rig, seconds: float) -> Iterator[None]:
    before, _, query = rig.url.partition("?")
    server, _, name = before.rpartition("/")
    admin = f"{server}/postgres?{query}"
    administer(admin, f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
    leave = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = "
    administer(admin, f"{leave}'{name}'")
    yield
    sleep(seconds)
    administer(admin, f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")


def _postgres_deadlock(rig: Rig, seconds: float) -> Iterator[None]:
    """Hold what the bot wants second, then want what it holds: the bot is the one that yields."""
    waits = text(
        "SELECT count(*) FROM pg_locks WHERE NOT granted AND pid <> pg_backend_pid() "
        "AND database IN (SELECT oid FROM pg_database WHERE datname = current_database())"
    )
    with _engine(rig) as engine, engine.connect() as eye, engine.begin() as other:
        other.execute(text("SET deadlock_timeout = '20s'"))
        other.execute(text("LOCK TABLE sessions IN EXCLUSIVE MODE"))
        yield
        end = monotonic() + PATIENCE
        while not eye.scalar(waits) and monotonic() < end:
            eye.rollback()
            sleep(0.01)
        other.execute(text("LOCK TABLE inbox IN EXCLUSIVE MODE"))


TROUBLES: dict[tuple[str, str], Trouble] = {
    ("sqlite", "locked"): _sqlite_locked,
    ("sqlite", "full"): _sqlite_full,
    ("postgresql", "locked"): _postgres_locked,
    ("postgresql", "full"): _postgres_full,
    ("postgresql", "away"): _postgres_away,
    ("postgresql", "deadlock"): _postgres_deadlock,
}
