"""What an event costs among ten thousand live sessions and a hundred thousand groups."""

from collections.abc import Callable, Iterator
from functools import partial
from statistics import median
from wsgiref.types import WSGIApplication

from sqlalchemy import delete

from bench.measure import Row, at_most, in_turn, ratio
from bench.slack import door, knock, press, reply
from bench.world import Place, Template, bot_on, databases, populate, template
from bot.store.engine import open_engine
from bot.store.tables import Base
from playground.slack.records import Delivery

SESSIONS, GROUPS, FEW = 10_000, 100_000, 10
ROUNDS, EACH, MOST = 20, 10, 1.1

Prepared = Iterator[Callable[[], object]]


def scale() -> list[Row]:
    """Compare a reply and a button in a large database with a small one, of each kind."""
    made = template()
    return [row for kind in ("sqlite", "postgresql") for row in _rows(made, kind)]


def _rows(made: Template, kind: str) -> Iterator[Row]:
    with databases(kind) as place:
        large, small = place.new("large"), place.new("small")
        many = populate(large, made, SESSIONS, groups=GROUPS)
        bots = {"many": bot_on(large), "few": bot_on(small)}
        doors = {name: door(bot.bolt) for name, bot in bots.items()}
        rest = iter(many)
        for what, event in (
            ("a reply", reply),
            ("a button", partial(press, action="session:pass")),
        ):
            sides: dict[str, Prepared] = {
                "many": map(_knocking(doors["many"], event), rest),
                "few": map(_knocking(doors["few"], event), _few(small, made)),
            }
            for side in sides.values():
                for _ in range(EACH):
                    next(side)()
            found = in_turn(sides, rounds=ROUNDS, each=EACH)
            yield at_most(
                f"{what} at {SESSIONS:,} live sessions and {GROUPS:,} groups, {kind}",
                f"the same at {FEW}",
                MOST,
                ratio(found, "many", "few"),
                **{f"{name}_ms": round(median(times) * 1000, 2) for name, times in found.items()},
            )
        for bot in bots.values():
            bot.store.close()


def _knocking(
    at: WSGIApplication, event: Callable[[Place], Delivery]
) -> Callable[[Place], Callable[[], object]]:
    return lambda place: knock(at, event(place))


def _few(url: str, made: Template) -> Iterator[Place]:
    """Return the ids of some sessions, and then of as many others."""
    while True:
        engine = open_engine(url)
        with engine.begin() as connection:
            for table in reversed(Base.metadata.sorted_tables):
                connection.execute(delete(table))
        engine.dispose()
        yield from populate(url, made, FEW, groups=FEW)
