"""The unit of work: one database transaction, rolled back unless it is committed."""

import json
import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from itertools import product
from secrets import token_hex
from typing import Any
from uuid import uuid4

from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy import (
    Boolean,
    ColumnElement,
    Connection,
    Engine,
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
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.orm import Session as DbSession
from sqlalchemy.orm.exc import StaleDataError

from bot.errors import IntervisieError
from bot.limits import in_parts
from bot.store import deletions
from bot.store.crypto import KeyRing, WrongKey
from bot.store.engine import BUSY_SECONDS, open_engine, soon_on_disk
from bot.store.prepared import Prepared, Rows
from bot.store.subjects import FORGET
from bot.store.tables import (
    UNSENT,
    Base,
    Case,
    ClockReading,
    Delivery,
    Group,
    Lane,
    Outbound,
    OutboxState,
    Person,
    Post,
    Quote,
    SendMethod,
    SessionRow,
    Timer,
    Vault,
)

log = logging.getLogger(__name__)

SCRUB_LOCK_TIMEOUT = "2s"
"""How long rewriting a table waits for others; meanwhile they wait for it."""

RETRIED_SQLSTATES = ("40001", "40P01")
"""PostgreSQL's codes of a serialization failure and a deadlock."""


def new_id() -> str:
    """Return a random id, which cannot be guessed."""
    return uuid4().hex


def anonymous_id(*parts: object) -> str:
    """Return an id made of these parts that does not show them, such as a person's id."""
    return sha256(":".join(map(str, parts)).encode()).hexdigest()


class Conflict(IntervisieError):
    """Another transaction changed the same rows first. Run the work again."""


@dataclass(frozen=True)
class Outgoing:
    """A message for the outbox.

    `conversation` is a channel's id, or a person's for a direct message; messages to one
    conversation are sent in order. `key` names the post that is made, updated or pinned;
    `thread` is the key of the post whose thread this goes into; `user` receives an ephemeral
    message or a home. The payload of a file is `outbox.files.File.payload()`. With
    `coalesce`, the message replaces a waiting one of the same key and method. A message that
    holds content of a `vault` is encrypted by its key, and forgotten with it. One that holds
    content of several names them all in `quotes`, and is forgotten with the first of them.
    `prompt` names what it asks: earlier messages that ask the same lose their buttons.
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
    vault: str | None = None
    quotes: Sequence[str] = ()
    prompt: str | None = None

    def __post_init__(self) -> None:
        """Raise `ValueError` for a message that coalesces without a key."""
        if self.coalesce and self.key is None:
            raise ValueError("coalesce needs a key")


class Store:
    """The database, and the keys that decrypt its content.

    `busy_seconds` is how long SQLite waits for its lock.
    """

    def __init__(self, url: str, keys: KeyRing, *, busy_seconds: float = BUSY_SECONDS) -> None:
        self.engine: Engine = open_engine(url, busy_seconds=busy_seconds)
        self.keys = keys
        self.skew = timedelta()
        """How far the database's clock was ahead of this host's when a relay last asked."""

    @contextmanager
    def unit(self) -> Iterator["Unit"]:
        """Open a unit of work; without a commit it is rolled back.

        Raises `Conflict` when another transaction changed the same rows first.
        """
        with DbSession(self.engine, expire_on_commit=False) as db:
            try:
                yield Unit(db, self.keys, self.skew)
            except (StaleDataError, IntegrityError) as error:
                raise Conflict from error
            except OperationalError as error:
                if getattr(error.orig, "sqlstate", None) in RETRIED_SQLSTATES:
                    raise Conflict from error
                raise

    def first_time(self, workspace: str, delivery: str, now: datetime) -> bool:
        """Record a delivery by itself; return whether it was not received before.

        One statement is the whole transaction, so it needs no unit of work. It does not wait for
        the disk: should a power cut undo it, then nothing came of the delivery either.
        """
        with soon_on_disk(self.engine) as connection:
            return _is_first(connection, workspace, delivery, now)

    def is_outbox_empty(self) -> bool:
        """Check whether every message was sent, or failed."""
        with self.unit() as unit:
            waiting = select(Outbound.id).where(Outbound.state.in_(UNSENT))
            return unit.db.scalar(waiting.limit(1)) is None

    def scrub(self, tables: Iterable[str] = ("vaults", "outbox")) -> None:
        """Remove what the files of the database still hold of deleted rows.

        SQLite's write-ahead log is truncated. PostgreSQL rewrites `tables`; one that is in use
        for longer than `SCRUB_LOCK_TIMEOUT` is left to the next time.
        """
        if self.engine.dialect.name == "sqlite":
            connection = self.engine.raw_connection()
            connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.close()
            return
        with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as db:
            db.exec_driver_sql(f"SET lock_timeout = '{SCRUB_LOCK_TIMEOUT}'")
            try:
                for table in sorted(tables):
                    db.exec_driver_sql(f"VACUUM (FULL) {table}")
            except DBAPIError as error:
                log.warning("not scrubbed", extra={"fault": type(error).__name__})
            finally:
                db.exec_driver_sql("RESET lock_timeout")

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()


class Unit:
    """One transaction. `db` is SQLAlchemy's session, for plain queries.

    Writes that happen on every request go through `execute`, past the ORM: building objects
    and statements costs more time than the database takes.
    """

    def __init__(self, db: DbSession, keys: KeyRing, skew: timedelta) -> None:
        self.db = db
        self._keys = keys
        self._skew = skew
        self._connection: Connection | None = None
        self._opened: dict[str, Fernet | None] = {}
        self._outgoing: list[dict[str, Any]] = []
        self._replaced: set[tuple[str, str | None, str]] = set()
        self._lanes: dict[tuple[str, str], datetime] = {}
        self._timers: dict[tuple[str, str, str], datetime] = {}
        self._quotes: list[dict[str, str]] = []
        self._deleted: list[tuple[ColumnElement[bool], str | None]] = []
        self.erased: set[str] = set()
        """Names of the tables to scrub after the commit."""
        self.is_postgres = db.get_bind().dialect.name == "postgresql"

    def commit(self) -> None:
        """Write all changes, timers and messages, and commit."""
        self.flush()
        for which, _ in self._deleted:
            for message in self.connection.execute(deletions.in_slack(which)):
                self._add_deletion_lane(message)
        # Lock order: lanes (sorted), then their messages. Relays use the same order, so no
        # deadlock. The upsert locks an existing lane without changing it; a relay that wants to
        # delete the empty lane waits for this commit, and then sees the new messages.
        lanes = [
            {"workspace": workspace, "conversation": conversation, "next_at": due + self._skew}
            for (workspace, conversation), due in sorted(self._lanes.items())
        ]
        self.upsert(Lane, lanes, change=())
        for workspace, key, method in self._replaced:
            self.execute(_SUPERSEDE, {"workspace": workspace, "key": key, "method": method})
        for which, vault in self._deleted:
            self.connection.execute(deletions.drop_unsent(which))
            self.connection.execute(deletions.delete_in_slack(which, vault))
        if self._outgoing:
            self.execute(_INSERT_OUTBOUND, self._outgoing)
        if self._quotes:
            self.execute(_insert_statement(Quote), self._quotes)
        self._lanes, self._replaced, self._outgoing = {}, set(), []
        self._quotes, self._deleted = [], []
        self.db.commit()
        self._connection = None

    def flush(self) -> None:
        """Write the changes so far, timers last and sorted, which is their lock order."""
        self.db.flush()
        timers = [
            {"workspace": workspace, "subject": subject, "name": name, "due_at": due}
            for (workspace, subject, name), due in sorted(self._timers.items())
        ]
        self.upsert(Timer, timers, change=("due_at",))
        self._timers.clear()

    def execute(
        self, statement: Prepared, values: Mapping[str, Any] | Sequence[Mapping[str, Any]]
    ) -> Rows:
        """Run a statement past the ORM: objects of `db` do not see what it changes."""
        return statement.run(self.connection, values)

    @property
    def connection(self) -> Connection:
        """The connection of this transaction."""
        if self._connection is None:
            self._connection = self.db.connection()
        return self._connection

    def insert(self, table: type[Base], values: Mapping[str, Any]) -> None:
        """Insert a row past the ORM, after writing the rows that it may refer to."""
        self.db.flush()
        self.execute(_insert_statement(table), values)

    def upsert(
        self,
        table: type[Base],
        rows: Sequence[Mapping[str, Any]],
        *,
        change: Sequence[str],
        add: Sequence[str] = (),
    ) -> None:
        """Insert rows, or update existing ones; either way they are locked.

        An existing row gets the new values of the columns in `change`; the values of those in
        `add` are added to it.
        """
        if rows:
            upserting = _upsert_statement(table, self.is_postgres, tuple(change), tuple(add))
            self.execute(upserting, rows)

    def upsert_returning(
        self, table: type[Base], rows: Sequence[Mapping[str, Any]], *, change: Sequence[str]
    ) -> Sequence[Row[Any]]:
        """Insert or update rows as `upsert` does, and return them as they are now."""
        if not rows:
            return []
        upserting = _upsert_statement(table, self.is_postgres, tuple(change), returning=True)
        return self.execute(upserting, rows)

    # the inbox

    def first_time(self, workspace: str, delivery: str, now: datetime) -> bool:
        """Record a delivery; return whether it was not received before."""
        return _is_first(self.connection, workspace, delivery, now)

    def was_received(self, workspace: str, delivery: str) -> bool:
        """Check whether a delivery was recorded."""
        return self.db.get(Delivery, (workspace, delivery)) is not None

    def post_at(self, workspace: str, channel: str, ts: str) -> str | None:
        """Return the key of our post at a place in Slack; None for anybody else's message."""
        return self.db.scalar(
            select(Post.key).where(
                Post.workspace == workspace, Post.channel == channel, Post.ts == ts
            )
        )

    # content

    def new_vault(self, workspace: str) -> str:
        """Create a vault with a new data key, and return its id."""
        id_, key = new_id(), Fernet.generate_key()
        self.db.add(Vault(id=id_, workspace=workspace, wrapped=self._keys.seal(key)))
        self.db.flush()
        self._opened[id_] = Fernet(key)
        return id_

    def drop_vault(self, vault: str, *, keep: str | None = None) -> None:
        """Delete a vault, so that what its data key encrypted can never be read again.

        Messages that wait with its content are deleted; those that are in Slack are deleted
        there by the relay, except the post with the key `keep`.
        """
        self.db.execute(delete(Vault).where(Vault.id == vault))
        self._opened[vault] = None
        shows = deletions.shows(vault)
        if keep is not None:
            kept = update(Outbound).where(Outbound.key == keep, Outbound.ts.is_not(None), shows)
            self.db.execute(kept.values(vault_id=None, payload=None))
        self._deleted.append((shows, vault))
        self.erase(Vault, Outbound)

    def erase(self, *tables: type[Base]) -> None:
        """Remove, after the commit, what these tables still hold on disk of changed rows."""
        self.erased |= {table.__tablename__ for table in tables}

    def seal(self, vault: str, text: str) -> bytes:
        """Encrypt a text with a vault's data key.

        Raises `KeyError` for a vault that is gone, and `WrongKey` without its key in the ring.
        """
        key = self._vault(vault)
        if key is None:
            raise KeyError(vault)
        return key.encrypt(text.encode())

    def open(self, vault: str, sealed: bytes) -> str | None:
        """Decrypt a text, or return None if its vault is gone. Raises `WrongKey`."""
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

    def seal_by_ring(self, text: str) -> bytes:
        """Encrypt a text with the newest key of the ring."""
        return self._keys.seal(text.encode())

    def open_by_ring(self, sealed: bytes) -> str:
        """Decrypt a text that the key ring encrypted. Raises `WrongKey`."""
        return self._keys.open(sealed).decode()

    # the outbox

    def send(self, out: Outgoing, *others: str) -> None:
        """Put a message in the outbox; a relay sends it after the commit.

        The same message goes to each conversation in `others` too. One that is too long for
        Slack goes in parts; the first of them has the key.
        """
        if out.coalesce:
            replaced = (out.workspace, out.key, out.method)
            self._replaced.add(replaced)
            self._outgoing = [
                each
                for each in self._outgoing
                if (each["workspace"], each["key"], each["method"]) != replaced
            ]
        asks, _, part = (out.prompt or "").partition("|")
        if out.prompt is not None:
            self.close_prompt(out.workspace, out.prompt)
        whole = out.method not in (SendMethod.POST, SendMethod.EPHEMERAL)
        payloads = [out.payload] if whole else in_parts(out.payload)
        parts = [self._sealed_payload(payload, out.vault) for payload in payloads]
        for conversation, (n, sealed) in product((out.conversation, *others), enumerate(parts)):
            marker = token_hex(16)
            self._quotes += [
                {"marker": marker, "vault_id": vault, "workspace": out.workspace}
                for vault in dict.fromkeys(out.quotes)
            ]
            self._outgoing.append(
                {
                    "workspace": out.workspace,
                    "conversation": conversation,
                    "method": out.method,
                    "key": None if n else out.key,
                    "thread": out.thread,
                    "user": out.user,
                    "coalesce": out.coalesce,
                    "vault_id": out.vault,
                    "payload": sealed,
                    "marker": marker,
                    "state": OutboxState.WAITING,
                    "due_at": out.due,
                    "prompt": asks or None,
                    "prompt_part": part or None,
                }
            )
            lane = (out.workspace, conversation)
            self._lanes[lane] = min(self._lanes.get(lane, out.due), out.due)

    def _sealed_payload(self, payload: dict[str, Any], vault: str | None) -> bytes:
        text = json.dumps(payload)
        return self.seal_by_ring(text) if vault is None else self.seal(vault, text)

    def has_post(self, workspace: str, key: str) -> bool:
        """Check whether a message with this key was posted, or waits to be."""
        waiting = (each for each in self._outgoing if each["method"] == SendMethod.POST)
        if any((each["workspace"], each["key"]) == (workspace, key) for each in waiting):
            return True
        if self.db.get(Post, (workspace, key)) is not None:
            return True
        posts = select(Outbound.id).where(
            Outbound.workspace == workspace,
            Outbound.key == key,
            Outbound.method == SendMethod.POST,
        )
        return self.db.scalar(posts.limit(1)) is not None

    def delete_messages(self, which: ColumnElement[bool]) -> None:
        """Delete these messages; those that are in Slack are deleted there by the relay."""
        self._deleted.append((which, None))

    def change_post(self, message: Outbound) -> None:
        """Put the new payload of a message that was sent in its place in Slack."""
        message.method, message.state = SendMethod.UPDATE, OutboxState.WAITING
        message.conversation = deletions.deletion_lane(message.conversation)
        message.attempts, message.unexpected, message.error = 0, 0, None
        self._add_deletion_lane(message)

    def close_prompt(self, workspace: str, prompt: str) -> None:
        """Take the buttons off the messages of a prompt (`bot.store.prompts`), and of its parts.

        One that is being sent just now keeps its buttons: its relay would have to be waited for.
        """
        asks, _, part = prompt.partition("|")
        asked = select(Outbound).where(
            Outbound.workspace == workspace,
            Outbound.prompt == asks,
            Outbound.state.in_((OutboxState.WAITING, OutboxState.SENT)),
        )
        if part:
            asked = asked.where(Outbound.prompt_part == part)
        for message in self.db.scalars(asked.with_for_update(skip_locked=True)).all():
            message.prompt = message.prompt_part = None
            vault, sealed = message.vault_id, message.payload
            if sealed is None:
                continue
            text = self.open_by_ring(sealed) if vault is None else self.open(vault, sealed)
            payload = json.loads(text or "{}")
            blocks = payload.get("blocks", [])
            left = [block for block in blocks if block["type"] != "actions"]
            if len(left) < len(blocks):
                message.payload = self._sealed_payload({**payload, "blocks": left}, vault)
                if message.state is OutboxState.SENT:
                    self.change_post(message)

    def _add_deletion_lane(self, message: Outbound | Row[*tuple[Any, ...]]) -> None:
        lane = (message.workspace, deletions.deletion_lane(message.conversation))
        self._lanes[lane] = min(self._lanes.get(lane, message.due_at), message.due_at)

    # timers

    def set_timer(self, workspace: str, subject: str, name: str, due: datetime) -> None:
        """Set a timer; an earlier one of the same subject and name is replaced."""
        self._timers[(workspace, subject, name)] = due

    def cancel_timer(self, workspace: str, subject: str, name: str) -> None:
        """Cancel a timer, if there is one."""
        self._timers.pop((workspace, subject, name), None)
        self.execute(_CANCEL, {"workspace": workspace, "subject": subject, "name": name})

    def take_due(
        self, now: datetime, limit: int, prefix: str = "", *, forgets: bool = True
    ) -> list[Row[Any]]:
        """Delete and return due timers whose subject begins with `prefix`, oldest first.

        Timers that another transaction has locked are skipped, and so are those that forget
        something, until a second reading of the clock confirms their time, or without `forgets`.
        """
        values = {"now": now, "limit": limit, "prefix": prefix, "forgets": forgets}
        taken = self.execute(_TAKE, values)
        return sorted(taken, key=lambda timer: timer.due_at)

    # sessions

    def session(self, workspace: str, id_: str, by: str | None = None) -> SessionRow | None:
        """Return a session of this workspace, or None.

        The same query loads its group, case and vault, and the person `by`, so that getting
        these by their keys costs no query.
        """
        values = {"workspace": workspace, "id": id_, "person": by}
        row: SessionRow | None = self.db.scalar(_SESSION, values)
        return row

    def lock_session_if_free(self, workspace: str, id_: str) -> SessionRow | None:
        """Return a session as `session` does, locked; None if another transaction locked it."""
        values = {"workspace": workspace, "id": id_, "person": None}
        row: SessionRow | None = self.db.scalar(_FREE_SESSION, values)
        return row

    def session_at(
        self, workspace: str, channel: str, ts: str, by: str | None = None
    ) -> SessionRow | None:
        """Return the session whose board is, or was, the message `ts` in `channel`."""
        values = {"workspace": workspace, "channel": channel, "ts": ts, "person": by}
        row: SessionRow | None = self.db.scalar(_SESSION_AT, values)
        return row


@event.listens_for(DbSession, "loaded_as_persistent")
def _keep_loaded(db: DbSession, row: object) -> None:
    """Refer to each loaded row until the unit ends, so that a get by its key needs no query."""
    db.info.setdefault("loaded", []).append(row)


# Statements of every request.

_INSERT_OUTBOUND = Prepared(insert(Outbound.__table__).inline())
_SUPERSEDE = Prepared(
    delete(Outbound.__table__).where(
        Outbound.workspace == bindparam("workspace"),
        Outbound.key == bindparam("key"),
        Outbound.method == bindparam("method"),
        Outbound.state == OutboxState.WAITING,
    )
)
_CANCEL = Prepared(
    delete(Timer.__table__).where(
        Timer.workspace == bindparam("workspace"),
        Timer.subject == bindparam("subject"),
        Timer.name == bindparam("name"),
    )
)
_PREFIX = bindparam("prefix", type_=String)
_CONFIRMED_AT = select(ClockReading.confirmed_at).where(ClockReading.id == 1).scalar_subquery()
_DUE = (
    select(Timer.workspace, Timer.subject, Timer.name)
    .where(Timer.due_at <= bindparam("now", type_=Timer.due_at.type))
    .where(
        or_(
            Timer.name != FORGET,
            and_(bindparam("forgets", type_=Boolean), Timer.due_at <= _CONFIRMED_AT),
        )
    )
    .where(func.substr(Timer.subject, 1, func.length(_PREFIX)) == _PREFIX)
    .order_by(Timer.due_at)
    .limit(bindparam("limit", type_=Integer))
    .with_for_update(skip_locked=True)
    .cte("due")  # evaluated once; PostgreSQL may evaluate a subquery again, and lock more rows
)
_TAKE = Prepared(
    delete(Timer.__table__)
    .where(tuple_(Timer.workspace, Timer.subject, Timer.name).in_(select(_DUE)))
    .returning(Timer.workspace, Timer.subject, Timer.name, Timer.due_at)
)
SESSION_WITH_CONTEXT = (
    select(SessionRow, Group, Case, Vault)
    .join(Group, Group.id == SessionRow.group_id)
    .join(Case, Case.id == SessionRow.case_id)
    .outerjoin(Vault, Vault.id == SessionRow.vault_id)
)
"""Sessions, each with its group, its case and its vault, if it still has one."""
_SESSION_WITH_PERSON = (
    SESSION_WITH_CONTEXT.add_columns(Person)
    .outerjoin(
        Person, and_(Person.workspace == SessionRow.workspace, Person.user == bindparam("person"))
    )
    .where(SessionRow.workspace == bindparam("workspace"))
)
_SESSION = _SESSION_WITH_PERSON.where(SessionRow.id == bindparam("id"))
_FREE_SESSION = _SESSION.with_for_update(of=SessionRow, skip_locked=True)
BOARD_PREFIX, OLDER_BOARD_PREFIX = "board:", "older:"
"""Before a session's id: the keys of its board, and of the board's place before it was deleted."""
_SESSION_AT = _SESSION_WITH_PERSON.join(
    Post, func.substr(Post.key, len(BOARD_PREFIX) + 1) == SessionRow.id
).where(
    Post.workspace == bindparam("workspace"),
    Post.channel == bindparam("channel"),
    Post.ts == bindparam("ts"),
)


def _is_first(connection: Connection, workspace: str, delivery: str, now: datetime) -> bool:
    """Record a delivery; return whether it was not received before."""
    values = {"workspace": workspace, "delivery": delivery, "received_at": now}
    is_postgres = connection.dialect.name == "postgresql"
    done = _upsert_statement(Delivery, is_postgres, None).run(connection, values)
    return done.first() is not None


@lru_cache
def _insert_statement(table: type[Base]) -> Prepared:
    return Prepared(insert(table.__table__).inline())


@lru_cache
def _upsert_statement(
    table: type[Base],
    postgres: bool,
    change: tuple[str, ...] | None,
    add: tuple[str, ...] = (),
    *,
    returning: bool = False,
) -> Prepared:
    """Build the statement that inserts rows, or updates existing ones.

    Without `change` (None) it leaves existing rows alone, and returns the keys of new ones.
    """
    if postgres:  # imported here: each loads a whole dialect, and a process needs one
        from sqlalchemy.dialects.postgresql import insert
    else:
        from sqlalchemy.dialects.sqlite import insert  # type: ignore[assignment]
    statement = insert(table.__table__)
    columns, keys = inspect(table).columns, inspect(table).primary_key
    if change is None:
        return Prepared(statement.on_conflict_do_nothing().returning(*keys))
    new: dict[Any, Any] = {columns[name]: statement.excluded[name] for name in change}
    new |= {columns[name]: columns[name] + statement.excluded[name] for name in add}
    new = new or {keys[0]: keys[0]}
    upserting = statement.on_conflict_do_update(index_elements=keys, set_=new)
    return Prepared(upserting.returning(*columns) if returning else upserting.inline())
