"""All rows about a person, found by the schema: `PERSON` and `PEOPLE_INSIDE` mark their columns.

A table that is about one person gives its rows whole. One that is about several people, such as
a meeting, gives which row it is, and where in it the person stands.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from enum import Enum
from typing import Any

from sqlalchemy import Column, Row, Table, false, or_, select

from bot.store.tables import (
    PEOPLE_INSIDE,
    PERSON,
    SEALED_BY_RING,
    Base,
    Group,
    MeetingRow,
    Member,
    SessionRow,
)
from bot.store.unit import Unit

MACHINERY = frozenset({"workspace", "vault_id", "payload", "marker", "shown", "hinted", "attempts"})
"""Columns that say nothing of a person, or that hold what others wrote (`payload`)."""

SECRETS = frozenset({"feed", "file", "token", "refresh"})
"""Columns of which only is said whether they hold something."""

JSON_CONTENT = frozenset({"answers", "facts"})
JSON_TABLES = frozenset({"cases", "reflections", "hunches"})
"""Columns, and tables whose content, hold texts by field as JSON."""

WHICH = ("id", "group_id", "channel", "name", "day", "starts_at", "method", "created_at")
"""Columns that say which row it is, of a table about several people."""

Rows = list[dict[str, Any]]


def tables_about_people() -> list[Table]:
    """List the tables in which a person can stand, those that others refer to first."""
    return [table for table in Base.metadata.sorted_tables if _persons(table) or _inside(table)]


def rows_about(unit: Unit, workspace: str, user: str) -> dict[str, Rows]:
    """Return all rows about a person, by table; each by column, ready for JSON.

    Rows also name their `group`, and the day of their `session` or meeting.
    """
    groups = {
        row.id: row.name or row.channel
        for row in unit.db.scalars(select(Group).where(Group.workspace == workspace))
    }
    found = {}
    for table in tables_about_people():
        several = _inside(table)
        rows = (
            _in_several(table, row, user) if several else _whole(unit, table, row)
            for row in unit.db.execute(_query(table, workspace, user))
        )
        found[table.name] = [_placed(unit, row, groups) for row in rows if row is not None]
    return found


def _marked(table: Table, mark: Mapping[str, str]) -> list[Column[Any]]:
    return [column for column in table.c if mark.items() <= column.info.items()]


def _persons(table: Table) -> list[Column[Any]]:
    return _marked(table, PERSON)


def _inside(table: Table) -> list[Column[Any]]:
    return _marked(table, PEOPLE_INSIDE)


def _query(table: Table, workspace: str, user: str) -> Any:
    """Return the statement for the rows of a table in which a person may stand."""
    theirs = [column == user for column in _persons(table)]
    if _inside(table):  # only of the groups in which they were
        group = table.c.id if table.name == Group.__tablename__ else table.c.group_id
        joined = select(Member.group_id).where(Member.workspace == workspace, Member.user == user)
        theirs.append(group.in_(joined))
    order = table.c.get("created_at", table.primary_key.columns.values()[0])
    here = table.c.workspace == workspace
    return select(table).where(here, or_(false(), *theirs)).order_by(order)


def _whole(unit: Unit, table: Table, row: Row[Any]) -> dict[str, Any]:
    persons = {column.name for column in _persons(table)}
    return {
        column.name: _value(unit, column, row)
        for column in table.c
        if column.name not in MACHINERY | persons
    }


def _in_several(table: Table, row: Row[Any], user: str) -> dict[str, Any] | None:
    """Return which row it is and where a person stands in it, or None if they do not."""
    values = row._mapping
    where = [column.name for column in _persons(table) if values[column] == user]
    for column in _inside(table):
        where += _paths(json.loads(values[column] or "{}"), user)
    if not where:
        return None
    known = {name: _plain(values[table.c[name]]) for name in WHICH if name in table.c}
    return {**known, "where": sorted({*where})}


def _paths(state: object, user: str, path: str = "") -> Iterator[str]:
    """Yield the names under which a person stands in a state, such as "away"."""
    match state:
        case str() if state == user:
            yield path
        case dict():
            for name, value in state.items():
                if name == user:
                    yield path
                inner = path if name == user else f"{path}.{name}".strip(".")
                yield from _paths(value, user, inner)
        case list():
            for value in state:
                yield from _paths(value, user, path)


def _value(unit: Unit, column: Column[Any], row: Row[Any]) -> Any:
    value = row._mapping[column]
    if column.name in SECRETS:
        return value is not None
    if isinstance(value, bytes):
        value = _opened(unit, column, row, value)
    if value is None:
        return None
    table = column.table.name
    if column.name in JSON_CONTENT and isinstance(value, str) and value[:1] in "{[":
        return json.loads(value)
    if column.name == "content" and table in JSON_TABLES:
        return json.loads(value)
    return _plain(value)


def _opened(unit: Unit, column: Column[Any], row: Row[Any], sealed: bytes) -> str | None:
    """Decrypt what a column holds; None once it is forgotten."""
    if SEALED_BY_RING.items() <= column.info.items():
        return unit.open_by_ring(sealed)
    values = row._mapping
    vault = values.get("vault_id")
    if vault is None and "session_id" in values:
        session = unit.db.get(SessionRow, values["session_id"])
        vault = session.vault_id if session is not None else None
    return unit.open(vault, sealed) if vault is not None else None


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    return value.value if isinstance(value, Enum) else value


def _placed(unit: Unit, row: dict[str, Any], groups: Mapping[str, str]) -> dict[str, Any]:
    """Return a row with its group's name and its session's or meeting's day, where it has them."""
    session = unit.db.get(SessionRow, row["session_id"]) if "session_id" in row else None
    meeting = unit.db.get(MeetingRow, row["meeting_id"]) if "meeting_id" in row else None
    group = row.get("group_id") or (session.group_id if session is not None else None)
    if "channel" in row:  # a group itself
        group = row["id"]
    return {
        **({"group": groups[group]} if group is not None and group in groups else {}),
        **({"session": session.created_at.date().isoformat()} if session is not None else {}),
        **({"day": meeting.day.isoformat()} if meeting is not None else {}),
        **row,
    }
