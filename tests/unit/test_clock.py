"""What the clock does every hour: it works from the first hour on, and deletes what is old."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import select, update

from bot.clock import OUTBOX_RETENTION, tidy
from bot.store.tables import ClockReading, Outbound, Quote, SendMethod
from bot.store.unit import Outgoing


def test_a_new_database_is_tidied(store):
    tidy(store, datetime.now(UTC))


def test_what_shows_no_content_goes_and_the_rest_stays(store):
    now = datetime.now(UTC)
    due = now - OUTBOX_RETENTION - timedelta(days=1)
    with store.unit() as unit:
        shown = {"vault": unit.new_vault("T1")}
        cases = {"plain": {}, "shown": shown, "quoted": {"quotes": shown.values()}}
        for key, content in cases.items():
            unit.send(Outgoing("T1", "C1", SendMethod.POST, {}, due, key=key, **content))
        unit.db.add(ClockReading(id=1, read_at=now, confirmed_at=now))
        unit.commit()
        assert len(unit.db.scalars(select(Quote)).all()) == 1
        unit.db.execute(update(Outbound).values(state="sent", ts="1.2"))
        unit.commit()
    tidy(store, now)
    with store.unit() as unit:
        assert set(unit.db.scalars(select(Outbound.key))) == {"shown", "quoted"}
