"""Sheets: the figures as CSV and as a workbook, in which no cell is ever a formula."""

import csv
from collections.abc import Iterator
from datetime import datetime
from io import BytesIO, StringIO
from typing import NamedTuple

from babel.numbers import get_decimal_symbol
from xlsxwriter import Workbook
from xlsxwriter.format import Format

from bot.flows.participation import Figures
from bot.i18n import Words

COLUMNS = ("name", "present", "brought", "facilitated", "passed", "reflected")

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""How a cell begins that a program for sheets takes for a formula (OWASP: CSV injection)."""

PALE, A4 = "#e5efe9", 9
"""Behind a head; and the paper that a sheet is printed on, as XlsxWriter counts it."""

Cell = str | int | float


def csv_of(figures: Figures, words: Words) -> bytes:
    """Return the figures as CSV that Excel opens in the reader's language."""
    text = StringIO(newline="")
    comma = get_decimal_symbol(words.calendar) == ","  # Excel then separates cells otherwise
    writer = csv.writer(text, delimiter=";" if comma else ",")
    for row in _rows(figures, words):
        writer.writerow([_text(cell, words) for cell in row])
    return text.getvalue().encode("utf-8-sig")


def workbook_of(figures: Figures, words: Words, made: datetime) -> bytes:
    """Return the figures as an Excel workbook."""
    out = BytesIO()
    plain = {"strings_to_formulas": False, "strings_to_urls": False, "in_memory": True}
    with Workbook(out, plain) as book:
        book.set_properties({"title": words("stats.file_title"), "created": made})
        looks = _looks(book)
        sheet = book.add_worksheet(words("stats.sheet"))
        sheet.hide_gridlines(2)
        sheet.set_landscape()
        sheet.set_paper(A4)
        sheet.fit_to_pages(1, 0)
        heads = _heads(figures, words)
        for n, row in enumerate(_rows(figures, words)):
            for column, cell in enumerate(row):
                if isinstance(cell, str):
                    look = looks.title if n == 0 else looks.head[min(column, 1)]
                    sheet.write_string(n, column, cell, look if n in heads else None)
                else:
                    number = looks.mean if isinstance(cell, float) else None
                    sheet.write_number(n, column, cell, number)
        sheet.set_column(0, 0, 34)
        sheet.set_column(1, len(COLUMNS) - 1, 14)
    return out.getvalue()


class _Looks(NamedTuple):
    """How cells look; a head stands to the left above names and to the right above numbers."""

    title: Format
    head: tuple[Format, Format]
    mean: Format


def _looks(book: Workbook) -> _Looks:
    head = {"bold": True, "bottom": 1, "bg_color": PALE}
    return _Looks(
        title=book.add_format({"bold": True, "font_size": 14}),
        head=(book.add_format(head), book.add_format({**head, "align": "right"})),
        mean=book.add_format({"num_format": "0.0"}),
    )


def _heads(figures: Figures, words: Words) -> set[int]:
    """Return the indexes of heading rows: the first, and those above members and quarters."""
    members = len(list(_summary(figures, words))) + 1
    return {0, members, members + len(figures.rows) + 2}


def _rows(figures: Figures, words: Words) -> Iterator[list[Cell]]:
    """Return all rows: what the group did, a table of members, and the quarters."""
    yield from _summary(figures, words)
    yield []
    yield [words(f"stats.column_{name}") for name in COLUMNS]
    for row in figures.rows:
        yield [getattr(row, name) for name in COLUMNS]
    if figures.trend:
        yield []
        yield [words("stats.quarter"), words("stats.useful"), words("stats.safe")]
        for quarter in figures.trend:
            name = words("stats.quarter_name", n=quarter.number, year=quarter.year)
            yield [name, *("" if s is None else s for s in (quarter.useful, quarter.safe))]


def _summary(figures: Figures, words: Words) -> Iterator[list[Cell]]:
    yield [words("stats.file_title"), str(figures.period), figures.group]
    for name in ("planned", "held", "skipped", "missed", "to_come"):
        yield [words(f"stats.dates_{name}"), getattr(figures.dates, name)]
    yield [words("stats.loose"), figures.loose]
    yield [words("stats.learning"), figures.learning]
    yield [words("stats.positive"), figures.positive]


def _text(cell: Cell, words: Words) -> str:
    if isinstance(cell, float):
        return words.number(cell)
    return _harmless(cell) if isinstance(cell, str) else str(cell)


def _harmless(cell: str) -> str:
    """Put an apostrophe before what would be a formula; a sheet shows it as text then."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell
