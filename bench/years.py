"""What App Home and participation cost after one year of a group, and after ten."""

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from datetime import datetime, timedelta
from functools import partial
from itertools import repeat
from statistics import median
from typing import Any

from slack_sdk import WebClient
from sqlalchemy import event, insert, select

from bench.measure import Row, at_most, in_turn, ratio
from bench.world import PEOPLE, TEAM, databases
from bot.catalog.methods import shipped_methods
from bot.services.home import Homes
from bot.services.participation import Participation
from bot.services.people import People
from bot.store.subjects import Subject
from bot.store.tables import Base, Group
from bot.timers import DueTimer
from playground.testing import MEHMET, SANNE, Stage, Year, staged

ROUNDS, EACH, MOST = 20, 15, 1.2
HISTORY = (
    "cases",
    "meetings",
    "sessions",
    "participants",
    "contributions",
    "reflections",
    "attendances",
    "asked",
)


def lived(stage: Stage, years: int) -> None:
    """Build a group of six that met monthly for years.

    One meeting takes place as they do; those before it are its copies, forgotten since.
    """
    team: Any = Year(stage)
    team.founds(members=PEOPLE)
    meeting = team.next()
    team.until(meeting.starts_at - timedelta(days=5))
    team.brings(SANNE)
    team.until(meeting.starts_at)
    for who in PEOPLE[1:]:
        team.presses(who, "session:join")
    team.presses(SANNE, "session:begin")
    assert team.plays_on(PEOPLE)
    team.until(meeting.starts_at + timedelta(days=2))
    for months in range(1, 12 * years):
        _again(stage, months)
    team.brings(MEHMET)


def _again(stage: Stage, months: int) -> None:
    """Copy the one meeting that took place to some months before."""
    earlier = timedelta(days=30 * months)
    tables = Base.metadata.tables
    with stage.bot.store.unit() as unit:
        held = unit.db.scalar(select(tables["attendances"].c.meeting_id).limit(1))
        for name in HISTORY:
            table = tables[name]
            rows = [dict(row._mapping) for row in unit.db.execute(select(table))]
            copies = [_moved(row, months, earlier) for row in rows if _of(row, held)]
            if copies:
                unit.db.execute(insert(table), copies)
        unit.commit()


IDS = ("id", "case_id", "session_id", "meeting_id")


def _of(row: dict[str, Any], held: str | None) -> bool:
    """Check whether a row belongs to the meeting that was played."""
    if any("~" in str(row.get(name)) for name in IDS):
        return False
    return row.get("status") not in ("planned", "draft", "queued") and held is not None


def _moved(row: dict[str, Any], months: int, earlier: timedelta) -> dict[str, Any]:
    moved = {
        key: value - earlier if isinstance(value, datetime) or key == "day" else value
        for key, value in row.items()
    }
    for name in IDS:
        if moved.get(name) is not None:
            moved[name] = f"{moved[name][:32]}~{months}"
    if "ended_at" in moved:
        moved["vault_id"] = None
    return moved


def years() -> list[Row]:
    """Compare App Home and participation after ten years with one, and count their queries."""
    with ExitStack() as stack:
        place = stack.enter_context(databases("sqlite"))
        sides: dict[str, dict[str, Callable[[], object]]] = {"App Home": {}, "participation": {}}
        queries: dict[str, dict[str, float | str]] = {name: {} for name in sides}
        for many in (1, 10):
            stage = stack.enter_context(staged(place.new(f"after{many}")))
            lived(stage, many)
            for name, work in (("App Home", _home(stage)), ("participation", _counts(stage))):
                queries[name][f"queries_{many}"] = _counted(stage, work)
                sides[name][f"years_{many}"] = work
        return [_row(name, sides[name], queries[name]) for name in sides]


def _row(
    name: str, works: Mapping[str, Callable[[], object]], queries: Mapping[str, float | str]
) -> Row:
    always = {side: repeat(work) for side, work in works.items()}
    found = in_turn(always, rounds=ROUNDS, each=EACH)
    return at_most(
        f"{name}, ten years of history",
        "one year of history",
        MOST,
        ratio(found, "years_10", "years_1"),
        **queries,
        **{f"{side}_ms": round(median(times) * 1000, 2) for side, times in found.items()},
    )


def _home(stage: Stage) -> Callable[[], object]:
    """Return a call that opens a home."""
    bot, methods = stage.bot, shipped_methods()

    def client(_workspace: str) -> WebClient:
        return WebClient()

    people = People(bot.store, client, client, client, stage.slack.clock.now)
    homes = Homes(bot.transactions, people, methods, bot.store.keys)
    return partial(homes.open, TEAM, SANNE)


def _counts(stage: Stage) -> Callable[[], object]:
    """Return a call that makes the counts of twelve months for a lead."""
    store, participation = stage.bot.store, Participation(stage.bot.transactions)
    with store.unit() as unit:
        group = unit.db.scalars(select(Group.id)).one()
    due = DueTimer(
        TEAM, Subject.STATS, f"{group}|{SANNE}", "table:lead:", stage.bot.transactions.now()
    )

    def work() -> None:
        with store.unit() as unit:
            participation.on_due(unit, due)
            unit.commit()

    return work


def _counted(stage: Stage, work: Callable[[], object]) -> int:
    said: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if not statement.startswith("BEGIN"):
            said.append(statement)

    event.listen(stage.bot.store.engine, "before_cursor_execute", note)
    work()
    event.remove(stage.bot.store.engine, "before_cursor_execute", note)
    return len(said)
