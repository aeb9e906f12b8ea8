"""How long Slack waits for a reply in a thread, a slash command and a button."""

from collections.abc import Callable, Iterator
from itertools import islice
from statistics import median

from bench.floor import Raw, Recorder, Statement, bare, hello
from bench.measure import Row, at_most, in_turn, ratio
from bench.slack import command, door, knock, press, reply
from bench.world import Place, Template, bot_on, databases, populate
from playground.slack.server import serving
from playground.testing import WoundClock, seeded

ROUNDS, EACH = 20, 15
MOST = {"sqlite": 3.0, "postgresql": 2.0}


def thread_reply(made: Template, kind: str) -> Row:
    """Compare a reply with a bare app that writes the same rows in one raw transaction."""
    n = ROUNDS * EACH + EACH
    with databases(kind) as place:
        urls = {name: place.new(name) for name in ("noted", "ours", "floor")}
        there = populate(urls["noted"], made, n)
        noted = _notes(urls["noted"], there)
        ours = bot_on(urls["ours"])
        here = populate(urls["ours"], made, n)
        below = populate(urls["floor"], made, n)
        raw = Raw(urls["floor"])
        writes = dict(
            zip((each.thread for each in below), _moved(noted, there, below), strict=True)
        )
        floor = door(bare(lambda thread: raw(writes[thread])))
        sides = {
            "ours": _each(lambda p: knock(door(ours.bolt), reply(p)), here),
            "floor": _each(lambda p: knock(floor, reply(p)), below),
        }
        for side in sides.values():  # the first ones warm up
            for send in islice(side, EACH):
                send()
        found = in_turn(sides, rounds=ROUNDS, each=EACH)
        ours.store.close()
    return at_most(
        f"a thread reply, {kind}",
        "bare Bolt and the same rows in a raw transaction",
        MOST[kind],
        ratio(found, "ours", "floor"),
        **_milliseconds(found),
        statements=len(noted[0]),
    )


def acknowledge(made: Template) -> list[Row]:
    """Compare a slash command and a button with Bolt's hello-world."""
    n = ROUNDS * EACH + EACH
    rows = []
    with databases("sqlite") as place, serving(seeded(WoundClock()), limited=False) as slack:
        url = place.new("ours")
        ours, floor = door(bot_on(url).bolt), door(hello(slack.url))
        here = populate(url, made, n)
        kinds: dict[str, Callable[[Place], Callable[[], None]]] = {
            "a slash command": lambda p: knock(ours, command(p, "stand")),
            "a button": lambda p: knock(ours, press(p, "session:pass")),
        }
        floors: dict[str, Callable[[Place], Callable[[], None]]] = {
            "a slash command": lambda p: knock(floor, command(p, "stand")),
            "a button": lambda p: knock(floor, press(p, "session:pass")),
        }
        for what in kinds:
            sides = {"ours": _each(kinds[what], here), "floor": _each(floors[what], here)}
            for side in sides.values():
                for send in islice(side, EACH):
                    send()
            found = in_turn(sides, rounds=ROUNDS, each=EACH)
            rows.append(
                at_most(
                    f"acknowledge {what}",
                    "Bolt's default hello-world",
                    0.3,
                    ratio(found, "ours", "floor"),
                    **_milliseconds(found),
                )
            )
    return rows


def _each(
    make: Callable[[Place], Callable[[], None]], places: list[Place]
) -> Iterator[Callable[[], None]]:
    return (make(place) for place in places)


def _notes(url: str, places: list[Place]) -> list[list[Statement]]:
    """Return the statements that our handler writes for each of these replies."""
    bot = bot_on(url)
    recorder = Recorder(bot.store.engine)
    notes = []
    for place in places:
        knock(door(bot.bolt), reply(place))()
        notes.append(recorder.take())
    bot.store.close()
    return notes


def _moved(
    notes: list[list[Statement]], there: list[Place], here: list[Place]
) -> list[list[Statement]]:
    """Return the same statements for the copies of the sessions in another database."""
    moved = []
    for note, old, new in zip(notes, there, here, strict=True):
        ids = {old.session: new.session, old.group: new.group, old.thread: new.thread}
        moved.append([(statement, _swapped(row, ids)) for statement, row in note])
    return moved


def _swapped(row: object, ids: dict[str, str]) -> object:
    def swap(value: object) -> object:
        if isinstance(value, str):
            for old, new in ids.items():
                value = value.replace(old, new)
        return value

    if isinstance(row, dict):
        return {key: swap(value) for key, value in row.items()}
    assert isinstance(row, tuple)
    return tuple(swap(value) for value in row)


def _milliseconds(found: dict[str, list[float]]) -> dict[str, float]:
    return {f"{name}_ms": round(median(times) * 1000, 3) for name, times in found.items()}
