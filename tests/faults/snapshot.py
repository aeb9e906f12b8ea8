"""A stage as it was at one moment: to compare with, and to go back to."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import Table, and_, delete, insert, select, update

from bot.store.tables import Base
from playground.slack.clock import WoundClock
from playground.slack.records import Message, View
from playground.testing import Stage

Row = dict[str, Any]
Key = tuple[Any, ...]
Rows = dict[str, dict[Key, Row]]
"""The rows of each table, by their primary keys."""


class ResettableClock(WoundClock):
    """The playground's clock, which here can be set back too."""

    def set_to(self, time: datetime) -> None:
        """Set the clock."""
        with self._lock:
            self._offset = time - datetime.now(UTC)


class Change(NamedTuple):
    """A row of a table before and after; None where there was none."""

    table: str
    before: Row | None
    after: Row | None


def rows(stage: Stage) -> Rows:
    """Return all rows of the database."""
    with stage.bot.store.engine.connect() as db:
        return {
            table.name: {
                tuple(row[column.name] for column in table.primary_key): dict(row)
                for row in db.execute(select(table)).mappings()
            }
            for table in Base.metadata.sorted_tables
        }


def changes(before: Rows, after: Rows) -> Iterator[Change]:
    """Return what differs between two moments."""
    for table, found in after.items():
        were = before[table]
        for key in were.keys() | found.keys():
            if were.get(key) != found.get(key):
                yield Change(table, were.get(key), found.get(key))


class Snapshot:
    """The database, what stands in Slack, and the time."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self.rows = rows(stage)
        self._time = stage.slack.clock.now()
        slack = stage.workspace
        self._messages = {at: _noted(found) for at, found in slack._messages.items()}
        self._stacks = {who: _noted(found) for who, found in slack._stacks.items()}
        self._homes = {who: _noted([found]) for who, found in slack._homes.items()}

    def restore(self) -> None:
        """Go back to that moment."""
        self._restore_rows()
        slack, clock = self._stage.workspace, self._stage.slack.clock
        assert isinstance(clock, ResettableClock)
        clock.set_to(self._time)
        slack._messages = {at: _restored(found) for at, found in self._messages.items()}
        slack._stacks = {who: _restored(found) for who, found in self._stacks.items()}
        slack._homes = {who: _restored(found)[0] for who, found in self._homes.items()}

    def _restore_rows(self) -> None:
        changed = list(changes(rows(self._stage), self.rows))
        tables = Base.metadata.sorted_tables
        with self._stage.bot.store.engine.begin() as db:
            for table in reversed(tables):
                for _, now, then in _of(changed, table):
                    if now is not None and then is None:
                        db.execute(delete(table).where(_is(table, now)))
            for table in tables:
                for _, now, then in _of(changed, table):
                    if then is not None and now is None:
                        db.execute(insert(table).values(then))
                    elif then is not None and now is not None:
                        db.execute(update(table).where(_is(table, now)).values(then))


def _of(changed: list[Change], table: Table) -> list[Change]:
    return [each for each in changed if each.table == table.name]


def _is(table: Table, row: Row) -> Any:
    return and_(*(column == row[column.name] for column in table.primary_key))


Noted = list[tuple[Any, dict[str, Any]]]


def _noted(found: list[Message] | list[View]) -> Noted:
    return [(each, dict(vars(each))) for each in found]


def _restored(noted: Noted) -> list[Any]:
    for each, before in noted:
        vars(each).update(before)
    return [each for each, _ in noted]
