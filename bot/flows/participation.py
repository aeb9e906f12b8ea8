"""Participation: what of a group's meetings can be counted, and what may be shown of it.

Counts and only counts. Usefulness and safety are the group's mean, of a quarter that is
over, from five answers of three people on. A quarter is always the same three months,
whatever period is asked for, so that nobody's answer can be found by taking one mean from
another; and the current one is not shown, because it moves with each answer.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from bot.errors import Refusal
from bot.flows.types import CaseKind, Frozen

LEAST_MEMBERS = 3
"""Of a smaller group nothing is shown: counts would be about one colleague."""

LEAST_ANSWERS, LEAST_WRITERS = 5, 3
"""Answers, and people who gave them, from which a mean is shown."""

FIRST_YEAR, LAST_YEAR = 2000, 2100

_MONTH = r"(\d{4})-(\d{1,2})"
_YEAR = re.compile(r"(\d{4})")
_ONE = re.compile(_MONTH)
_TWO = re.compile(_MONTH + r"(?:\s*(?:\.\.|/|–|t/m|to)\s*|\s+)" + _MONTH)


class Period(Frozen):
    """Whole months, from the first day to the last."""

    first: date
    last: date

    def __str__(self) -> str:
        """Return the period as one types it: "2026", "2026-03" or "2026-01..2026-06"."""
        first, last = (f"{day:%Y-%m}" for day in (self.first, self.last))
        if (self.first.month, self.last.month, self.first.year) == (1, 12, self.last.year):
            return first[:4]
        return first if first == last else f"{first}..{last}"


def period_of(text: str, today: date) -> Period:
    """Read a period as somebody types it; nothing typed is the last twelve months.

    Raises `Refusal` when it cannot be read, or ends before it starts.
    """
    typed = text.strip()
    if not typed:
        return _months((today.year - 1, today.month), (today.year, today.month), skip_first=True)
    if found := _YEAR.fullmatch(typed):
        return _months((int(found[1]), 1), (int(found[1]), 12))
    if found := _ONE.fullmatch(typed):
        month = int(found[1]), int(found[2])
        return _months(month, month)
    if found := _TWO.fullmatch(typed):
        first, last = (int(found[1]), int(found[2])), (int(found[3]), int(found[4]))
        if last < first:
            raise Refusal("period_backwards")
        return _months(first, last)
    raise Refusal("period_unread")


def year_of(text: str) -> int:
    """Read a year as somebody types it. Raises `Refusal`."""
    found = _YEAR.fullmatch(text.strip())
    if found is None or not FIRST_YEAR <= int(found[1]) <= LAST_YEAR:
        raise Refusal("year_unread")
    return int(found[1])


def _months(first: tuple[int, int], last: tuple[int, int], *, skip_first: bool = False) -> Period:
    for year, month in (first, last):
        if not (FIRST_YEAR <= year <= LAST_YEAR and 1 <= month <= 12):
            raise Refusal("period_unread")
    begins = date(*first, 1)
    return Period(
        first=_next_month(begins) if skip_first else begins,
        last=_next_month(date(*last, 1)) - timedelta(days=1),
    )


def _next_month(day: date) -> date:
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


class CountedDate(NamedTuple):
    """A meeting that was held, or a session outside of any: who was there, and did what."""

    present: frozenset[str]
    brought: frozenset[str]
    facilitated: frozenset[str]
    passed: frozenset[str]
    reflected: frozenset[str]
    kinds: tuple[CaseKind, ...]


class Answer(NamedTuple):
    """What somebody answered in a closing reflection, from 1 (hardly) to 5 (very), and when."""

    by: str
    day: date
    useful: int | None
    safe: int | None


class Dates(Frozen):
    """A group's meetings in a period, by what became of them."""

    planned: int = 0
    held: int = 0
    skipped: int = 0
    missed: int = 0
    to_come: int = 0


class Row(Frozen):
    """One member's participation."""

    user: str
    name: str
    present: int
    brought: int
    facilitated: int
    passed: int
    reflected: int


class Quarter(Frozen):
    """The group's mean of three months; None where too few answered."""

    year: int
    number: int
    useful: float | None
    safe: float | None


class Figures(Frozen):
    """All that is shown of a group's participation in a period.

    `occasions` are the meetings that were held and `loose` sessions outside of them.
    """

    group: str
    period: Period
    dates: Dates
    occasions: int
    loose: int
    rows: tuple[Row, ...]
    learning: int
    positive: int
    trend: tuple[Quarter, ...]


def figures(
    group: str,
    period: Period,
    dates: Dates,
    members: Sequence[tuple[str, str]],
    occasions: Sequence[CountedDate],
    answers: Iterable[Answer],
    *,
    loose: int,
    today: date,
) -> Figures:
    """Count; `members` are those of now, as id and name. Who has left is in no row."""
    kinds = [kind for occasion in occasions for kind in occasion.kinds]
    return Figures(
        group=group,
        period=period,
        dates=dates,
        occasions=len(occasions),
        loose=loose,
        rows=tuple(
            Row(
                user=user,
                name=name,
                present=sum(user in each.present for each in occasions),
                brought=sum(user in each.brought for each in occasions),
                facilitated=sum(user in each.facilitated for each in occasions),
                passed=sum(user in each.passed for each in occasions),
                reflected=sum(user in each.reflected for each in occasions),
            )
            for user, name in sorted(members, key=lambda member: (member[1].casefold(), member[0]))
        ),
        learning=kinds.count(CaseKind.LEARNING),
        positive=kinds.count(CaseKind.POSITIVE),
        trend=_trend(answers, period, today),
    )


def _trend(answers: Iterable[Answer], period: Period, today: date) -> tuple[Quarter, ...]:
    """Return the quarters that lie wholly in a period, are over, and got enough answers."""
    found: dict[tuple[int, int], list[Answer]] = defaultdict(list)
    for answer in answers:
        found[(answer.day.year, (answer.day.month - 1) // 3 + 1)].append(answer)
    shown = []
    for (year, number), given in sorted(found.items()):
        begins = date(year, number * 3 - 2, 1)
        ends = _next_month(date(year, number * 3, 1)) - timedelta(days=1)
        if begins < period.first or ends > period.last or ends >= today:
            continue
        useful = _mean([(a.by, a.useful) for a in given if a.useful is not None])
        safe = _mean([(a.by, a.safe) for a in given if a.safe is not None])
        if useful is not None or safe is not None:
            shown.append(Quarter(year=year, number=number, useful=useful, safe=safe))
    return tuple(shown)


def _mean(scores: Sequence[tuple[str, int]]) -> float | None:
    writers = {by for by, _ in scores}
    if len(scores) < LEAST_ANSWERS or len(writers) < LEAST_WRITERS:
        return None
    return round(sum(score for _, score in scores) / len(scores), 1)
