"""The unit of work: one transaction, rolled back unless committed."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from secrets import token_hex
from typing import Any
from uuid import uuid4

from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy import (
    CursorResult,
    Engine,
    Executable,
    Integer,
    Row,
    String,
    and_,
    bindparam,
    delete,
    event,
    func,
    insert,
    inspect,
    select,
    tuple_,
)
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session as DbSession
from sqlalchemy.orm.exc import StaleDataError
from sqlalchemy.sql.dml import Insert, ReturningInsert

from bot.errors import IntervisieError
from bot.store.crypto import KeyRing, WrongKey
from bot.store.engine import open_engine
from bot.store.tables import (
    UNSENT,
    Base,
    Case,
    Delivery,
    Group,
    Lane,
    Outbound,
    OutboxState,
    Person,
    Post,
    SendMethod,
    SessionRow,
    Timer,
    Vault,
)

RETRIED = ("40001", "40P01")
"""PostgreSQL's codes for a serialisation failure and a deadlock."""


def new_id() -> str:
    """Return a random id that nobody can guess."""
    return uuid4().hex


class Conflict(IntervisieError):
    """Somebody else changed the same thing first; decide again."""


@dataclass(frozen=True)
class Outgoing:
    """Something to be said in Slack.

    `conversation` is a channel's id, or a person's for a direct message; what goes to one
    conversation stays in order. `key` remembers where a post stands, or says which post to
    update or to pin; `thread` is the key of the post whose thread this goes into; `user`
    receives an ephemeral message or a home. The payload of a "file" is
    `outbox.files.File.payload()`. With `coalesce`, a newer one replaces an older one of the same
    key that still waits.
    """

    workspace: str
    conversation: str
    method: SendMethod
    payload: dict[str, Any] = field(repr=False)
    due: datetime
    key: str | None = None
    thread: str | None = None
    user: str | None = None
    coalesce: bool = False

    def __post_init__(self) -> None:
        """Only what has a key can replace what waits under it."""
        if self.coalesce and self.key is None:
            raise ValueError("coalesce needs a key")


class Store:
    """The database and the keys to what is in it."""

    def __init__(self, url: str, keys: KeyRing) -> None:
        self.engine: Engine = open_engine(url)
        self.keys = keys

    @contextmanager
    def unit(self) -> Iterator["Unit"]:
        """Open a unit of work; what is not committed in it has not happened.

        Raises `Conflict` when another one came in between: do it all again.
        """
        with DbSession(self.engine, expire_on_commit=False) as db:
            try:
                yield Unit(db, self.keys)
            except (StaleDataError, IntegrityError) as error:
                raise Conflict from error
            except OperationalError as error:
                if getattr(error.orig, "sqlstate", None) in RETRIED:
                    raise Conflict from error
                raise

    def is_silent(self) -> bool:
        """Tell whether nothing waits to be said."""
        with self.unit() as unit:
            waiting = select(Outbound.id).where(Outbound.state.in_(UNSENT))
            return unit.db.scalar(waiting.limit(1)) is None

    def scrub(self) -> None:
        """Let what was deleted go from SQLite's write-ahead log too, where it stays for a while."""
        if self.engine.dialect.name == "sqlite":
            connection = self.engine.raw_connection()
            connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.close()

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()


class Unit:
    """One transaction. `db` is for plain queries; the rest is what several callers need.

    What every delivery does goes by `execute`: making objects of rows, and statements of what
    changed in them, costs more than the database does.
    """

    def __init__(self, db: DbSession, keys: KeyRing) -> None:
        self.db = db
        self._keys = keys
        self._opened: dict[str, Fernet | None] = {}
        self._laid: list[dict[str, Any]] = []
        self._replaced: set[tuple[str, str | None, str]] = set()
        self._lanes: dict[tuple[str, str], datetime] = {}
        self._timers: dict[tuple[str, str, str], datetime] = {}
        self._postgres = db.get_bind().dialect.name == "postgresql"

    def commit(self) -> None:
        """Make everything that happened here so."""
        self.flush()
        # Lanes last and in order, and what is in them after them, as relays do it too: so nobody
        # waits in a ring. A lane that is there stays as it is, but whoever would close it waits,
        # and then sees what was laid in it.
        lanes = [
            {"workspace": workspace, "conversation": conversation, "next_at": due}
            for (workspace, conversation), due in sorted(self._lanes.items())
        ]
        self.upsert(Lane, lanes, change=())
        for workspace, key, method in self._replaced:
            self.execute(_SUPERSEDE, {"of": workspace, "under": key, "by": method})
        if self._laid:
            self.execute(_LAY, self._laid)
        self._lanes, self._replaced, self._laid = {}, set(), []
        self.db.commit()

    def flush(self) -> None:
        """Write what was changed so far, timers after the rest and in order."""
        self.db.flush()
        timers = [
            {"workspace": workspace, "subject": subject, "name": name, "due_at": due}
            for (workspace, subject, name), due in sorted(self._timers.items())
        ]
        self.upsert(Timer, timers, change=("due_at",))
        self._timers.clear()

    def execute(
        self, statement: Executable, values: Mapping[str, Any] | Sequence[Mapping[str, Any]]
    ) -> CursorResult[*tuple[Any, ...]]:
        """Run a statement on rows as they stand in the database, past the objects of `db`."""
        return self.db.connection().execute(statement, values)

    def insert(self, table: type[Base], values: Mapping[str, Any]) -> None:
        """Insert a row that is not at hand as an object; what it refers to is written before."""
        self.db.flush()
        self.execute(_inserting(table), values)

    def upsert(
        self,
        table: type[Base],
        rows: Sequence[Mapping[str, Any]],
        *,
        change: Sequence[str],
        add: Sequence[str] = (),
    ) -> None:
        """Insert rows; those that are there are locked, and get the columns of `change` anew.

        To those of `add` the new number is added.
        """
        if rows:
            self.execute(_upserting(table, self._postgres, tuple(change), tuple(add)), rows)

    def upserted(
        self, table: type[Base], rows: Sequence[Mapping[str, Any]], *, change: Sequence[str]
    ) -> Sequence[Row[Any]]:
        """Do as `upsert` does; give all of these rows as they are now."""
        if not rows:
            return []
        upserting = _upserting(table, self._postgres, tuple(change), gives=True)
        return self.execute(upserting, rows).all()

    # the inbox

    def first_time(self, workspace: str, delivery: str, now: datetime) -> bool:
        """Note that something was received; tell whether it is the first time."""
        values = {"workspace": workspace, "delivery": delivery, "received_at": now}
        done = self.execute(_upserting(Delivery, self._postgres, None), values)
        return done.first() is not None

    # content

    def new_vault(self, workspace: str) -> str:
        """Make a data key; give the id of its vault."""
        id_, key = uuid4().hex, Fernet.generate_key()
        self.db.add(Vault(id=id_, workspace=workspace, wrapped=self._keys.seal(key)))
        self.db.flush()
        self._opened[id_] = Fernet(key)
        return id_

    def drop_vault(self, vault: str) -> None:
        """Forget, for good, everything that was sealed in a vault."""
        self.db.execute(delete(Vault).where(Vault.id == vault))
        self._opened[vault] = None

    def seal(self, vault: str, text: str) -> bytes:
        """Encrypt a text with a vault's key. Raises `WrongKey`, `KeyError` for no such vault."""
        key = self._vault(vault)
        if key is None:
            raise KeyError(vault)
        return key.encrypt(text.encode())

    def open(self, vault: str, sealed: bytes) -> str | None:
        """Decrypt a text; None once its vault is gone. Raises `WrongKey`."""
        key = self._vault(vault)
        if key is None:
            return None
        try:
            return key.decrypt(sealed).decode()
        except InvalidToken:
            raise WrongKey from None

    def _vault(self, vault: str) -> Fernet | None:
        if vault not in self._opened:
            row = self.db.get(Vault, vault)
            self._opened[vault] = Fernet(self._keys.open(row.wrapped)) if row else None
        return self._opened[vault]

    # the outbox

    def send(self, out: Outgoing, *others: str) -> None:
        """Lay something in the outbox; the relay says it once this is committed.

        `others` are further conversations that are told the same.
        """
        if out.coalesce:
            same = (out.workspace, out.key, out.method)
            self._replaced.add(same)
            self._laid = [
                each
                for each in self._laid
                if (each["workspace"], each["key"], each["method"]) != same
            ]
        sealed = self._keys.seal(json.dumps(out.payload).encode())
        for conversation in (out.conversation, *others):
            self._laid.append(
                {
                    "workspace": out.workspace,
                    "conversation": conversation,
                    "method": out.method,
                    "key": out.key,
                    "thread": out.thread,
                    "user": out.user,
                    "coalesce": out.coalesce,
                    "payload": sealed,
                    "marker": token_hex(16),
                    "state": OutboxState.WAITING,
                    "due_at": out.due,
                }
            )
            lane = (out.workspace, conversation)
            self._lanes[lane] = min(self._lanes.get(lane, out.due), out.due)

    # timers

    def set_timer(self, workspace: str, subject: str, name: str, due: datetime) -> None:
        """Let something be due; replaces an earlier time for the same name."""
        self._timers[(workspace, subject, name)] = due

    def cancel_timer(self, workspace: str, subject: str, name: str) -> None:
        """Let something not be due any more."""
        self._timers.pop((workspace, subject, name), None)
        self.execute(_CANCEL, {"of": workspace, "about": subject, "called": name})

    def take_due(self, now: datetime, limit: int, kind: str = "") -> list[Row[Any]]:
        """Take timers that are due, longest first, with a subject that begins with `kind`.

        What another process has is passed over; what is taken is not due any more.
        """
        taken = self.execute(_TAKE, {"now": now, "most": limit, "prefix": kind})
        return sorted(taken.all(), key=lambda timer: timer.due_at)

    # sessions

    def session(self, workspace: str, id_: str, by: str | None = None) -> SessionRow | None:
        """Give a session of this workspace, for somebody if it is `by` them.

        Its group, case and vault are at hand then, and what is known of that person.
        """
        about = {"of": workspace, "id": id_, "who": by}
        found: SessionRow | None = self.db.scalar(_SESSION, about)
        return found

    def session_free(self, workspace: str, id_: str) -> SessionRow | None:
        """Give a session as `session` does, locked; None while somebody else has it."""
        found: SessionRow | None = self.db.scalar(_FREE, {"of": workspace, "id": id_, "who": None})
        return found

    def session_at(
        self, workspace: str, channel: str, ts: str, by: str | None = None
    ) -> SessionRow | None:
        """Give the session whose board stands at `ts` in `channel`, as `session` does."""
        place = {"of": workspace, "channel": channel, "ts": ts, "who": by}
        found: SessionRow | None = self.db.scalar(_SESSION_AT, place)
        return found


@event.listens_for(DbSession, "loaded_as_persistent")
def _hold(db: DbSession, row: object) -> None:
    """Hold what was read until the unit ends, so that asking for it by its key reads nothing."""
    db.info.setdefault("held", []).append(row)


# The statements of every delivery, made once: to make one costs more than to run it.

_LAY = insert(Outbound.__table__).inline()
_SUPERSEDE = delete(Outbound.__table__).where(
    Outbound.workspace == bindparam("of"),
    Outbound.key == bindparam("under"),
    Outbound.method == bindparam("by"),
    Outbound.state == OutboxState.WAITING,
)
_CANCEL = delete(Timer.__table__).where(
    Timer.workspace == bindparam("of"),
    Timer.subject == bindparam("about"),
    Timer.name == bindparam("called"),
)
_PREFIX = bindparam("prefix", type_=String)
_DUE = (
    select(Timer.workspace, Timer.subject, Timer.name)
    .where(Timer.due_at <= bindparam("now", type_=Timer.due_at.type))
    .where(func.substr(Timer.subject, 1, func.length(_PREFIX)) == _PREFIX)
    .order_by(Timer.due_at)
    .limit(bindparam("most", type_=Integer))
    .with_for_update(skip_locked=True)
    .cte("due")  # looked up once: PostgreSQL might ask a subquery again, and lock more
)
_TAKE = (
    delete(Timer.__table__)
    .where(tuple_(Timer.workspace, Timer.subject, Timer.name).in_(select(_DUE)))
    .returning(Timer.workspace, Timer.subject, Timer.name, Timer.due_at)
)
WHOLE = (
    select(SessionRow, Group, Case, Vault)
    .join(Group, Group.id == SessionRow.group_id)
    .join(Case, Case.id == SessionRow.case_id)
    .outerjoin(Vault, Vault.id == SessionRow.vault_id)
)
"""Sessions, with what each hangs on at hand."""
_FOR_SOMEBODY = (
    WHOLE.add_columns(Person)
    .outerjoin(
        Person, and_(Person.workspace == SessionRow.workspace, Person.user == bindparam("who"))
    )
    .where(SessionRow.workspace == bindparam("of"))
)
_SESSION = _FOR_SOMEBODY.where(SessionRow.id == bindparam("id"))
_FREE = _SESSION.with_for_update(of=SessionRow, skip_locked=True)
_BOARD = "board:"
_SESSION_AT = _FOR_SOMEBODY.join(
    Post, func.substr(Post.key, len(_BOARD) + 1) == SessionRow.id
).where(
    Post.workspace == bindparam("of"),
    Post.channel == bindparam("channel"),
    Post.ts == bindparam("ts"),
)


@lru_cache
def _inserting(table: type[Base]) -> Insert:
    return insert(table.__table__)


@lru_cache
def _upserting(
    table: type[Base],
    postgres: bool,
    change: tuple[str, ...] | None,
    add: tuple[str, ...] = (),
    *,
    gives: bool = False,
) -> Insert | ReturningInsert[Any]:
    """Give the statement that inserts rows; one that is there is let be where `change` is None."""
    if postgres:  # here, because all of a dialect comes along, and a process has one
        from sqlalchemy.dialects.postgresql import insert
    else:
        from sqlalchemy.dialects.sqlite import insert  # type: ignore[assignment]
    statement = insert(table.__table__)
    columns, keys = inspect(table).columns, inspect(table).primary_key
    if change is None:
        return statement.on_conflict_do_nothing().returning(*keys)
    new: dict[Any, Any] = {columns[name]: statement.excluded[name] for name in change}
    new |= {columns[name]: columns[name] + statement.excluded[name] for name in add}
    new = new or {keys[0]: keys[0]}
    upserting = statement.on_conflict_do_update(index_elements=keys, set_=new)
    return upserting.returning(*columns) if gives else upserting.inline()
