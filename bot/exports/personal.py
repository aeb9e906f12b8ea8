"""What is kept of one person, as files: JSON with everything, and a page that people can read."""

import json
from collections.abc import Mapping
from datetime import date, datetime
from html import escape
from typing import Any

from bot.i18n import LANGUAGES, Words

FORMAT = "intervisie-mydata-1"
"""Says, in the JSON, how the rest is to be read."""

SECTIONS: Mapping[str, tuple[str, ...]] = {
    "people": (
        "sealed_name", "locale", "tz", "language", "reminders", "away_from", "away_until",
        "coached", "guest", "stranger", "organisation", "gone", "seen_at",
    ),
    "homes": ("opened_at", "greeted_at"),
    "members": (
        "group", "joined_at", "left_at", "lead", "asked_at", "confirmed_at", "feed", "calendar",
    ),
    "invitations": ("group", "lead", "created_at"),
    "groups": ("group", "where"),
    "cases": ("group", "kind", "created_at", "changed_at", "open_at", "content"),
    "sessions": ("group", "created_at", "where"),
    "participants": ("group", "joined_at", "left_at", "attended", "brought", "led"),
    "contributions": ("group", "created_at", "content", "picture", "picked"),
    "reflections": ("group", "created_at", "useful", "safe", "content"),
    "hunches": ("group", "created_at", "content", "returned"),
    "asked": ("group", "session", "open", "closed", "suggestive", "advice", "other"),
    "follow_ups": ("group", "session", "content", "question", "shared", "told"),
    "tools": ("group", "created_at", "content", "shared"),
    "learners": ("group", "rung", "since"),
    "meetings": ("group", "day", "where"),
    "attendances": ("group", "day", "brought", "broke_off", "facilitated", "passed"),
    "statements": ("created_at", "code", "facts"),
    "signatures": ("group", "signed_at", "version"),
    "installations": ("org_wide", "installed_at", "uninstalled_at"),
    "outbox": (),
}  # fmt: skip
"""The tables in the order of the page, and the columns that it shows; only counted without."""

CHOICES = {"kind": "choice.kind.", "reminders": "wishes.reminders_", "rung": "ladder.rung_"}
"""Columns whose values have texts of their own, by the beginning of these texts' keys."""

STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;"
    "color:#1d1c1d;background:#fff}dl{display:grid;grid-template-columns:14rem 1fr;gap:.2rem 1rem;"
    "margin:0 0 1rem;padding:.6rem 0;border-top:1px solid #ccc}dt{color:#454245}dd{margin:0;"
    "white-space:pre-wrap;overflow-wrap:anywhere}@media(max-width:40rem){dl{display:block}"
    "dt{margin-top:.4rem}}"
)


def as_json(user: str, rows: Mapping[str, list[dict[str, Any]]], now: datetime) -> bytes:
    """Return everything that is kept of a person, by table and column, as JSON."""
    whole = {"format": FORMAT, "person": user, "made_at": now.isoformat(), "kept": rows}
    return json.dumps(whole, ensure_ascii=False, indent=2).encode()


def as_page(rows: Mapping[str, list[dict[str, Any]]], words: Words, now: datetime) -> bytes:
    """Return what is kept of a person as a page of HTML that needs nothing else."""
    title = words("mydata.title")
    parts = [
        f"<h1>{escape(title)}</h1>",
        f"<p>{escape(words('mydata.intro', day=words.day(now.date())))}</p>",
    ]
    for table, columns in SECTIONS.items():
        if not rows.get(table):
            continue
        parts.append(f"<h2>{escape(words(f'mydata.table.{table}'))}</h2>")
        if not columns:
            parts.append(f"<p>{escape(words.count('mydata.messages', len(rows[table])))}</p>")
            continue
        parts += (_row(columns, row, words) for row in rows[table])
    return (
        f'<!doctype html><html lang="{words.language}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head>"
        f"<body><main>{''.join(parts)}</main></body></html>"
    ).encode()


def _row(columns: tuple[str, ...], row: Mapping[str, Any], words: Words) -> str:
    shown = (
        f"<dt>{escape(words(f'mydata.column.{column}'))}</dt>"
        f"<dd>{escape(_said(column, row.get(column), words))}</dd>"
        for column in columns
        if row.get(column) not in (None, "", [], {})
    )
    return f"<dl>{''.join(shown)}</dl>"


def _said(column: str, value: Any, words: Words) -> str:
    """Return a value as people read it."""
    key = f"{CHOICES.get(column, '')}{value}"
    match value:
        case bool():
            return words("mydata.yes" if value else "mydata.no")
        case _ if column in CHOICES and words.has(key):
            return words(key)
        case str() if column == "language" and value in LANGUAGES:
            return LANGUAGES[value].name
        case str() if column == "picture" and words.has(f"picture.{value}"):
            return words(f"picture.{value}")
        case str() if column.endswith(("_at", "_from", "_until")) or column in DAYS:
            return words.day(_day(value))
        case dict():
            said = (_answer(field, each, words) for field, each in value.items())
            return "\n".join(filter(None, said))
        case list():
            return ", ".join(map(str, value))
        case _:
            return str(value)


def _answer(field: str, value: Any, words: Words) -> str:
    """Return an answer about a case as people read it: in words, where it was a choice."""
    key = f"choice.{field}.{value}"
    return words(key) if words.has(key) else "" if value is None else str(value)


DAYS = frozenset({"since", "session", "day"})
"""Columns with a date whose name does not say so."""


def _day(value: str) -> date:
    return datetime.fromisoformat(value).date()
