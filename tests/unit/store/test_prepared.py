"""Prepared statements: the same rows, values and errors as by SQLAlchemy's own executor."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import bindparam, delete, event, insert, select, tuple_, update
from sqlalchemy.exc import IntegrityError

from bot.store.prepared import Prepared
from bot.store.tables import Lane, Outbound, OutboxState, SendMethod

WHEN = datetime(2027, 3, 1, 9, 30, tzinfo=UTC)
MESSAGES = [
    {
        "workspace": "T1",
        "conversation": f"C{n}",
        "method": SendMethod.POST,
        "payload": b"sealed",
        "marker": f"marker-{n}",
        "due_at": WHEN,
    }
    for n in range(3)
]


@pytest.fixture
def connection(store):
    with store.engine.connect() as opened, opened.begin():
        Prepared(insert(Outbound.__table__).inline()).run(opened, MESSAGES)
        yield opened


def both(connection, statement, values):
    prepared = Prepared(statement).run(connection, values)
    return [tuple(row) for row in prepared], connection.execute(statement, values).all()


@pytest.mark.parametrize("places", [[], ["C1"], ["C2", "C0"]])
def test_rows_are_those_of_sqlalchemy(connection, places):
    listed = select(Outbound.__table__).where(
        Outbound.conversation.in_(bindparam("places", expanding=True)),
        Outbound.method == SendMethod.POST,
    )
    ours, theirs = both(connection, listed, {"places": places})
    assert ours == theirs
    assert len(ours) == len(places)
    paired = select(Outbound.marker).where(
        tuple_(Outbound.workspace, Outbound.conversation).in_(bindparam("pairs", expanding=True))
    )
    ours, theirs = both(connection, paired, {"pairs": [("T1", place) for place in places]})
    assert sorted(ours) == sorted(theirs)
    assert len(ours) == len(places)


def test_rows_have_names_and_python_values(connection):
    first = Prepared(select(Outbound.__table__).order_by(Outbound.id)).run(connection, {})[0]
    assert (first.state, first.attempts, first.coalesce) == (OutboxState.WAITING, 0, False)
    assert (first.due_at, first.payload) == (WHEN, b"sealed")
    nothing = Prepared(select(Lane.next_at)).run(connection, {})
    assert (nothing.first(), nothing.scalar()) == (None, None)


def test_it_counts_what_it_changed(connection):
    change = update(Outbound.__table__).where(Outbound.conversation == bindparam("of"))
    moved = Prepared(change.values(attempts=bindparam("tried")))
    assert moved.run(connection, {"of": "C1", "tried": 2}).rowcount == 1
    both = [{"of": "C0", "tried": 3}, {"of": "elsewhere", "tried": 3}]
    assert moved.run(connection, both).rowcount == 1
    tries = select(Outbound.attempts).order_by(Outbound.conversation)
    assert [row.attempts for row in Prepared(tries).run(connection, {})] == [3, 2, 0]


def test_it_returns_the_rows_of_all_its_runs(connection):
    gone = delete(Outbound.__table__).where(Outbound.conversation == bindparam("of"))
    taken = Prepared(gone.returning(Outbound.marker, Outbound.due_at))
    found = taken.run(connection, [{"of": "C2"}, {"of": "C0"}])
    assert [tuple(row) for row in found] == [("marker-2", WHEN), ("marker-0", WHEN)]


def test_a_refusal_is_sqlalchemys_and_quotes_no_values(connection):
    lane = {"workspace": "T1", "conversation": "C-secret", "next_at": WHEN}
    adding = Prepared(insert(Lane.__table__).inline())
    with pytest.raises(IntegrityError) as refused:
        adding.run(connection, [lane, lane])
    assert refused.value.hide_parameters


def test_who_listens_to_the_engine_hears_each_run(store, connection):
    heard = []
    event.listen(store.engine, "before_cursor_execute", lambda *said: heard.append(said[2]))
    Prepared(select(Lane.next_at)).run(connection, {})
    assert len(heard) == 1
    assert heard[0].startswith("SELECT lanes.next_at")
