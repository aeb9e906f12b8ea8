"""However much there is, a tick looks at what it needs alone: SQLite tells how it would search."""

from datetime import timedelta

import pytest
from sqlalchemy import event

from bot.clock import tidy
from playground.testing import (
    DAY,
    ESTHER,
    JOOST,
    MEHMET,
    SANNE,
    Year,
    staged,
)

WEAK = {"workspace=?", "state=?", "status=?", "state=? AND workspace=?", "workspace=? AND status=?"}
"""What rows without number have in common: an index that knows no more than this is none."""

WHOLE = {"CONSTANT", "due", "signers", "(subquery-1)", "(subquery-2)", "(subquery-3)"}
"""What may be read whole: what a statement looked up itself, and the one row of `signers`."""

PARTIAL = "USING INDEX ix_people_plain_name"
"""The index that holds no more than what is sought, and may be read whole."""


class Recorder:
    """Keeps each statement that a block of work looks something up with, once."""

    def __init__(self, engine):
        self.engine, self.seen, self.on = engine, {}, False
        event.listen(engine, "before_cursor_execute", self._note)

    def _note(self, _connection, _cursor, statement, parameters, _context, many):
        if self.on and not many and statement.startswith(("SELECT", "UPDATE", "DELETE", "WITH")):
            self.seen.setdefault(statement, parameters)

    def during(self, work):
        def recorded(*args):
            self.on = True
            work(*args)
            self.on = False

        return recorded

    def searches(self):
        """Give, of each statement, how each of its tables is searched."""
        connection = self.engine.raw_connection()
        for statement, parameters in self.seen.items():
            plan = connection.cursor().execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
            yield statement, [row[3] for row in plan if row[3].startswith(("SEARCH", "SCAN"))]
        connection.close()


@pytest.fixture
def recorded(sqlite_url):
    with staged(sqlite_url) as stage:
        recorder = Recorder(stage.bot.store.engine)
        timers = stage.bot.timers
        timers.tick = recorder.during(timers.tick)
        yield Year(stage), recorder


def is_weak(search):
    _, table, *_ = search.split()
    if search.startswith("SCAN"):
        return table not in WHOLE and PARTIAL not in search
    known = search.partition("(")[2].partition(")")[0]
    return known in WEAK


def test_an_index_serves_all_that_a_tick_looks_up(recorded):
    year, recorder = recorded
    year.founds()
    year.types(MEHMET, "afwezig")
    year.sends(MEHMET, reminders="all")
    for who in (SANNE, MEHMET):
        year.home(who)
    for bringer in (SANNE, MEHMET):
        year.until(year.next().starts_at - timedelta(days=6))
        year.meets(bringer, [who for who in (SANNE, MEHMET, ESTHER, JOOST) if who != bringer])
    year.until(year.next().starts_at + 2 * DAY)  # nobody comes
    recorder.during(tidy)(year.stage.bot.store, year.now())
    searches = dict(recorder.searches())
    assert len(searches) > 40
    assert any("timers USING INDEX ix_timers_due" in s for each in searches.values() for s in each)
    weak = {
        statement: [each for each in found if is_weak(each)]
        for statement, found in searches.items()
    }
    found = {statement: found for statement, found in weak.items() if found}
    assert not found, "\n".join(f"{b}: {a}" for a, b in found.items())
