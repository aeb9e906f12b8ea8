"""A workspace of any size: copies of one session that was played to its question round."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

from pydantic import SecretStr
from sqlalchemy import Table, insert, select

from bot.app import Intervisie, build, utc_now
from bot.settings import Settings
from bot.store.crypto import KeyRing, new_key
from bot.store.engine import open_engine
from bot.store.migrations import upgrade
from bot.store.tables import Base
from playground.slack.api import SECRET, TOKEN
from playground.testing import ESTHER, FATIMA, JOOST, MEHMET, SANNE, Team, staged
from tests.postgres import administer, serving

TEAM = "T0PLAYGRND"
PEOPLE = [SANNE, MEHMET, ESTHER, JOOST, FATIMA, "U0GRACE"]
KEY = new_key()
COPIED = ("groups", "vaults", "cases", "sessions", "members", "participants", "timers", "posts")
BATCH = 2000

Rows = Mapping[str, list[dict[str, Any]]]


@dataclass(frozen=True)
class Place:
    """The ids of a session, and who has the floor in it."""

    session: str
    group: str
    channel: str
    thread: str
    asked: str


@dataclass(frozen=True)
class Template:
    """The rows of a session, its people, and its ids."""

    rows: Rows
    people: list[dict[str, Any]]
    place: Place


def template() -> Template:
    """Play a session of six to its first question round; return its rows."""
    with staged() as stage:
        team = Team(stage)
        team.begins(SANNE, PEOPLE[1:])
        team.checks_in(PEOPLE)
        for words in ("Vorige week liep het vast.", "Daar zit ik mee."):
            team.writes(SANNE, words)
        team.presses(SANNE, "session:done")
        stage.settle()
        place = Place(
            team.session().id, team.session().group_id, team.channel, team.board().ts, team.turn()
        )
        tables = Base.metadata.tables
        with stage.bot.store.unit() as unit:
            rows = {
                name: [dict(row._mapping) for row in unit.db.execute(select(tables[name]))]
                for name in (*COPIED, "people")
            }
        keys = stage.bot.store.keys
        for vault in rows["vaults"]:
            vault["wrapped"] = KeyRing([KEY]).seal(keys.open(vault["wrapped"]))
        later = datetime.now(UTC) + timedelta(days=300)
        for timer in rows["timers"]:
            timer["due_at"] = later
        return Template(rows, rows.pop("people"), place)


def populate(url: str, made: Template, sessions: int, *, groups: int = 0) -> list[Place]:
    """Write `sessions` copies, each in its own group, and `groups` further groups to a database."""
    engine = open_engine(url)
    tables = Base.metadata.tables
    places: list[Place] = []
    with engine.begin() as connection:
        connection.execute(insert(tables["people"]), made.people)
    for start in range(0, sessions, BATCH):
        waiting: dict[str, list[dict[str, Any]]] = {name: [] for name in COPIED}
        for n in range(start, min(start + BATCH, sessions)):
            place, rows = _copy(made, n)
            places.append(place)
            for name in COPIED:
                waiting[name] += rows[name]
        with engine.begin() as connection:
            for name in COPIED:
                connection.execute(insert(tables[name]), waiting[name])
    _more_groups(engine, tables, made, groups)
    engine.dispose()
    if engine.dialect.name == "postgresql":
        administer(url, "VACUUM ANALYZE")
    return places


def _more_groups(engine: Any, tables: Mapping[str, Table], made: Template, groups: int) -> None:
    group = made.rows["groups"][0]
    member = made.rows["members"][0]
    for start in range(0, groups, BATCH):
        ids = [f"more-{n}" for n in range(start, min(start + BATCH, groups))]
        with engine.begin() as connection:
            connection.execute(
                insert(tables["groups"]), [{**group, "id": i, "channel": f"C{i}"} for i in ids]
            )
            connection.execute(
                insert(tables["members"]),
                [{**member, "group_id": i, "user": f"U{i}-{n}"} for i in ids for n in range(6)],
            )


def _copy(made: Template, n: int) -> tuple[Place, Rows]:
    old = made.place
    new = Place(uuid4().hex, uuid4().hex, f"C{n:09}", f"{1_800_000_000 + n}.000100", old.asked)
    ids = {old.session: new.session, old.group: new.group, old.channel: new.channel}
    ids |= {old.thread: new.thread}
    ids |= {row["id"]: uuid4().hex for name in ("cases", "vaults") for row in made.rows[name]}
    return new, {
        name: [{key: _renamed(value, ids) for key, value in row.items()} for row in rows]
        for name, rows in made.rows.items()
    }


def _renamed(value: Any, ids: Mapping[str, str]) -> Any:
    if not isinstance(value, str):
        return value
    for old, new in ids.items():
        value = value.replace(old, new)
    return value


def bot_on(
    url: str,
    *,
    api: str = "http://127.0.0.1:9/",
    now: Callable[[], datetime] = utc_now,
) -> Intervisie:
    """Return a bot on a database; its Slack is at `api`, where nobody answers by default."""
    return build(settings_on(url, api=api), now=now)


def settings_on(url: str, *, api: str = "http://127.0.0.1:9/", port: int = 0) -> Settings:
    """Return the settings of a bot on a database."""
    return Settings(
        slack_bot_token=SecretStr(TOKEN),
        slack_signing_secret=SecretStr(SECRET),
        slack_app_token=None,
        slack_api_url=api,
        database_url=url,
        intervisie_keys=SecretStr(KEY),
        port=port,
    )


@contextmanager
def databases(kind: str) -> Iterator["Databases"]:
    """Return a maker of databases of a kind: sqlite or postgresql."""
    with TemporaryDirectory(prefix="intervisie-bench-") as folder:
        if kind == "sqlite":
            yield Databases(lambda name: f"sqlite:///{Path(folder) / name}.sqlite3")
            return
        with serving() as admin:

            def make(name: str) -> str:
                administer(admin, f"CREATE DATABASE {name}")
                return admin.replace("/postgres?", f"/{name}?")

            yield Databases(make)


class Databases:
    """Makes migrated databases of one kind."""

    def __init__(self, make: Any) -> None:
        self._make = make

    def new(self, name: str) -> str:
        """Make a database; return its URL."""
        url: str = self._make(name)
        upgrade(url)
        return url
