"""Reminders that are due at once, compared with the same jobs in APScheduler's job store."""

import gc
import json
import pickle
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import count
from threading import Event
from typing import Any
from uuid import uuid4

from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_EXECUTED, JobExecutionEvent
from apscheduler.job import Job
from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.date import DateTrigger
from sqlalchemy import Engine, create_engine, func, insert, select

from bench.measure import Row, at_least, timed
from bench.world import KEY, TEAM, bot_on, databases
from bot.flows.meeting import Meeting, Plan, Stage, Status
from bot.flows.rhythm import Rhythm
from bot.flows.session.pace import Pace
from bot.store.crypto import KeyRing
from bot.store.engine import dialect_url, open_engine
from bot.store.tables import (
    Group,
    MeetingRow,
    Member,
    Outbound,
    OutboxState,
    Person,
    SendMethod,
    Timer,
)
from tests.postgres import administer

MANY, PEOPLE, LEAST = 100_000, 6, 10.0

THEIRS = 10_000
"""The jobs that APScheduler gets: a tenth, as all would take minutes. Times are per job."""

NOON = datetime(2026, 3, 3, 11, tzinfo=UTC)
"""A working day, so that no reminder waits for the morning."""


def reminders() -> list[Row]:
    """Compare all reminders, on each database."""
    return [_row(kind) for kind in ("sqlite", "postgresql")]


def _row(kind: str, many: int = MANY, fewer: int = THEIRS) -> Row:
    with databases(kind) as place:
        url = place.new("ours")
        groups_before_a_meeting(url, many)
        ours = timed(lambda: _tick(url))
        said = _payload(url, many)
        other = place.new("theirs")
        theirs = _scheduled(other, fewer, said)
    each, their_each = ours / many, theirs / fewer
    return at_least(
        f"{many:,} reminders due at once, {kind}",
        "the same jobs in APScheduler's SQLAlchemyJobStore",
        LEAST,
        their_each / each,
        ours_s=round(ours, 1),
        ours_ms_each=round(each * 1000, 3),
        theirs_ms_each=round(their_each * 1000, 3),
        of_theirs=fewer,
    )


def _tick(url: str) -> None:
    """Handle what is due, as the clock does in one process."""
    bot = bot_on(url, now=lambda: NOON)
    gc.freeze()  # as a process of ours does once it is wired
    bot.timers.tick()
    bot.store.close()


def _payload(url: str, many: int) -> dict[str, Any]:
    """Check that everyone was reminded once; return what was said."""
    engine = open_engine(url)
    with engine.connect() as db:
        assert db.scalar(select(func.count()).select_from(Outbound)) == many
        assert db.scalar(select(func.count(Outbound.conversation.distinct()))) == many
        assert db.scalar(select(func.count()).select_from(Timer)) == 0
        sealed = db.scalar(select(Outbound.payload).limit(1))
    engine.dispose()
    said: dict[str, Any] = json.loads(KeyRing([KEY]).open(sealed or b""))
    return said


def groups_before_a_meeting(url: str, many: int) -> None:
    """Write groups of six with a meeting tomorrow, of which each member is reminded."""
    starts = NOON + timedelta(days=1)
    plan = Plan(rhythm=Rhythm(since=NOON.date())).model_dump_json()
    rows: dict[Any, list[dict[str, Any]]] = {
        table: [] for table in (Person, Group, Member, MeetingRow, Timer)
    }
    for n in range(-(-many // PEOPLE)):
        group, meeting = uuid4().hex, uuid4().hex
        rows[Group].append(
            {
                "id": group,
                "workspace": TEAM,
                "channel": f"C{n}",
                "name": group,
                "language": "nl",
                "settings": Pace().model_dump_json(),
                "plan": plan,
                "created_at": NOON,
            }
        )
        rows[MeetingRow].append(
            {
                "id": meeting,
                "workspace": TEAM,
                "group_id": group,
                "day": starts.date(),
                "starts_at": starts,
                "moved": False,
                "minutes": 90,
                "status": Status.PLANNED,
                "stage": Stage.EVE,
                "sequence": 0,
                "state": Meeting().model_dump_json(),
            }
        )
        for k in range(min(PEOPLE, many - n * PEOPLE)):
            who = f"U{n}N{k}"
            rows[Person].append(
                {
                    "workspace": TEAM,
                    "user": who,
                    "name": who,
                    "locale": "nl-NL",
                    "tz": "Europe/Amsterdam",
                    "reminders": "all",
                    "seen_at": NOON,
                }
            )
            rows[Member].append(
                {"group_id": group, "user": who, "workspace": TEAM, "joined_at": NOON}
            )
            subject = f"reminder:{meeting}|{who}"
            rows[Timer].append(
                {"workspace": TEAM, "subject": subject, "name": "eve", "due_at": NOON}
            )
    _lay(url, rows)
    _settled(url)


def _lay(url: str, rows: Mapping[Any, list[dict[str, Any]]]) -> None:
    engine = open_engine(url)
    with engine.begin() as db:
        for table, those in rows.items():
            db.execute(insert(table), those)
    engine.dispose()


def _settled(url: str) -> None:
    """Collect PostgreSQL's statistics, as it does by itself within a minute."""
    if not url.startswith("sqlite"):
        administer(url, "VACUUM ANALYZE")


# APScheduler


@cache
def _there(url: str) -> tuple[Engine, KeyRing]:
    one = {"pool_size": 1, "max_overflow": 0} if url.startswith("sqlite") else {"pool_size": 20}
    # On SQLite its threads take turns, as ours do: it would fail if they got in each other's way.
    return create_engine(dialect_url(url), pool_timeout=3600, **one), KeyRing([KEY])


def remind(url: str, user: str, payload: dict[str, Any]) -> None:
    """Write one row to the outbox in one transaction: all that this job does."""
    engine, keys = _there(url)
    with engine.begin() as db:
        db.execute(
            insert(Outbound),
            {
                "workspace": TEAM,
                "conversation": user,
                "method": SendMethod.POST,
                "coalesce": False,
                "payload": keys.seal(json.dumps(payload).encode()),
                "marker": uuid4().hex,
                "state": OutboxState.WAITING,
                "due_at": NOON,
            },
        )


def _scheduled(url: str, many: int, said: dict[str, Any]) -> float:
    """Return the seconds that APScheduler takes for as many jobs."""
    engine, _ = _there(url)
    store = SQLAlchemyJobStore(engine=engine)
    scheduler = BackgroundScheduler(jobstores={"default": store}, timezone=UTC)
    scheduler.start(paused=True)
    due = datetime.now(UTC) - timedelta(seconds=1)
    _add(scheduler, store, due, [(url, f"U{n}", said) for n in range(many)])
    ended, done = count(1), Event()

    def note(_: JobExecutionEvent) -> None:
        if next(ended) == many:
            done.set()

    scheduler.add_listener(note, EVENT_JOB_EXECUTED | EVENT_JOB_ERROR)

    def all_of_them() -> None:
        scheduler.resume()
        done.wait()

    seconds = timed(all_of_them)
    scheduler.shutdown()
    with engine.connect() as db:
        assert db.scalar(select(func.count()).select_from(Outbound)) == many
    engine.dispose()
    _there.cache_clear()
    return seconds


def _add(
    scheduler: BackgroundScheduler,
    store: SQLAlchemyJobStore,
    due: datetime,
    jobs: list[tuple[str, str, dict[str, Any]]],
) -> None:
    """Write jobs to the store as `add_job` does, but at once."""
    rows = []
    for args in jobs:
        job = Job(
            scheduler,
            id=uuid4().hex,
            name="remind",
            func=remind,
            args=args,
            kwargs={},
            trigger=DateTrigger(due),
            executor="default",
            misfire_grace_time=None,
            coalesce=True,
            max_instances=1,
            next_run_time=due,
        )
        state = pickle.dumps(job.__getstate__(), pickle.HIGHEST_PROTOCOL)
        rows.append({"id": job.id, "next_run_time": due.timestamp(), "job_state": state})
    with store.engine.begin() as db:
        db.execute(insert(store.jobs_t), rows)
    _settled(jobs[0][0])
