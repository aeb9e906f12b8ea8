"""What a due reminder costs among a hundred thousand groups, and among a hundred."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Insert,
    String,
    cast,
    insert,
    inspect,
    literal,
    select,
    update,
)

from bench.measure import Row, at_most, in_turn, ratio
from bench.world import TEAM, databases, settings_on
from bot.app import Intervisie, build
from bot.flows.meeting import Meeting, Plan, Stage, Status
from bot.flows.rhythm import Rhythm
from bot.flows.session.pace import Pace
from bot.store.engine import open_engine
from bot.store.tables import Base, Group, MeetingRow, Member, Person, Timer
from tests.postgres import administer

NOW = datetime(2027, 1, 5, 12, tzinfo=UTC)
"""A Tuesday at noon: within polite hours."""

FEW, MANY, MEETINGS, PEOPLE = 100, 100_000, 12, 4
MONTH = timedelta(days=28)
ROUNDS, EACH, MOST = 20, 15, 1.25


def reminders() -> list[Row]:
    """Compare announcing a meeting and asking its bringer, on both kinds of database."""
    rows = []
    for kind in ("sqlite", "postgresql"):
        with (
            databases(kind) as place,
            groups(place.new("few"), FEW) as few,
            groups(place.new("many"), MANY) as many,
        ):
            sides = {"many": ticks(many, MANY), "few": ticks(few, FEW)}
            in_turn(sides, rounds=2, each=EACH)  # to warm up
            found = in_turn(sides, rounds=ROUNDS, each=EACH)
        ms = {f"{name}_ms": round(median(times) * 1000, 2) for name, times in found.items()}
        what = f"a tick that reminds one of {MANY:,} groups, {kind}"
        rows.append(at_most(what, f"one of {FEW}", MOST, ratio(found, "many", "few"), **ms))
    return rows


@contextmanager
def groups(url: str, count: int) -> Iterator[Intervisie]:
    """Return a bot with `many` groups, each with a year of meetings and its timer."""
    n = select(literal(0).label("i")).cte("n", recursive=True)
    n = n.union_all(select(n.c.i + 1).where(n.c.i < count - 1))
    engine = open_engine(url)
    with engine.begin() as connection:
        for statement in _laid_out(n):
            connection.execute(statement)
    engine.dispose()
    if engine.dialect.name == "postgresql":
        administer(url, "VACUUM ANALYZE")
    bot = build(settings_on(url), now=lambda: NOW)
    yield bot
    bot.store.close()


def _laid_out(n: CTE) -> Iterator[Insert]:
    """Return the statements that lay the groups out, one for each number of `n`."""
    number = cast(n.c.i, String)
    group = literal("group-") + number
    ours = {"workspace": TEAM, "group_id": group}
    yield _each(
        Group,
        id=group,
        workspace=TEAM,
        channel=literal("C") + number,
        name=group,
        language="nl",
        settings=Pace().model_dump_json(),
        plan=Plan(rhythm=Rhythm(since=NOW.date())).model_dump_json(),
        created_at=NOW,
    )
    for who in range(PEOPLE):
        user = literal(f"U{who}-") + number
        yield _each(Person, workspace=TEAM, user=user, tz="Europe/Amsterdam", seen_at=NOW)
        yield _each(Member, **ours, user=user, joined_at=NOW)
    for month in range(MEETINGS):
        starts = NOW + timedelta(days=10) + month * MONTH
        yield _each(
            MeetingRow,
            **ours,
            id=literal(f"{month}-") + number,
            day=starts.date(),
            starts_at=starts,
            minutes=90,
            status=str(Status.PLANNED),
            stage=int(Stage.PLANNED),
            sequence=0,
            state=Meeting().model_dump_json(),
        )
    subject, later = literal("group:") + group, NOW + timedelta(days=1)
    yield _each(Timer, workspace=TEAM, subject=subject, name="rhythm", due_at=later)


def _each(table: type[Base], **values: Any) -> Insert:
    """Return the insert of a row for each number; other values are the same in all."""
    kinds = inspect(table).columns
    columns = [
        value if isinstance(value, ColumnElement) else literal(value, kinds[name].type)
        for name, value in values.items()
    ]
    return insert(table).from_select(list(values), select(*columns))


def ticks(bot: Intervisie, count: int) -> Iterator[Callable[[], None]]:
    """Return ticks, one after another, in each of which another group is due."""
    turn = 0
    while True:
        turn += 1
        due = turn * 7919 % count
        fresh = {"stage": Stage.PLANNED, "state": Meeting().model_dump_json()}
        with bot.store.unit() as unit:
            unit.db.execute(update(MeetingRow).where(MeetingRow.id == f"0-{due}").values(fresh))
            unit.set_timer(TEAM, f"group:group-{due}", "rhythm", NOW)
            unit.commit()
        yield bot.timers.tick
