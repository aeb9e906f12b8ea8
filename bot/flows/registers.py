"""Rules of professional registers, as far as counts can tell whether they are met.

The rules themselves are data (`config/registers/*.yaml`), each with its source and the day
it was read. A register changes its rules when it likes: what is shown here is a help.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Annotated, Literal, NamedTuple

from pydantic import Field, HttpUrl

from bot.flows.method import Texts
from bot.flows.types import Frozen

Id = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{1,19}$")]

RuleKind = Literal["people", "minutes", "meetings", "hours", "hours_a_day", "brought"]


class Rule(Frozen):
    """What a register asks.

    `people`: in each meeting, from `least` to `most`. `minutes`: `least`, of each meeting.
    `hours_a_day`: `most` that count. `meetings`, `hours` and `brought` (cases of one's own):
    `least`, in so many `years`.
    """

    kind: RuleKind
    least: int | None = None
    most: int | None = None
    years: Annotated[int, Field(ge=1)] = 1


class Register(Frozen):
    """A register: where its rules stand, and when they were read there."""

    id: Id
    name: str
    source: HttpUrl
    read: date
    rules: tuple[Rule, ...]
    notes: tuple[Texts[str], ...]


class Been(NamedTuple):
    """Something that somebody was at: `minutes` is None when it was written over days."""

    day: date
    minutes: int | None
    people: int
    brought: bool
    facilitated: bool
    group: str


class RuleResult(NamedTuple):
    """Of a rule, how much there is (`done`) of how much (`of`); `met` is None when years remain."""

    rule: Rule
    met: bool | None
    done: float
    of: float


def hours(been: Sequence[Been]) -> float:
    """Return the hours of what a person attended, in quarters of an hour, rounded down."""
    return sum(each.minutes or 0 for each in been) // 15 / 4


def found(register: Register, been: Sequence[Been]) -> list[RuleResult]:
    """Hold what somebody was at in a year against a register's rules."""
    return [_finding(rule, been) for rule in register.rules]


def _finding(rule: Rule, been: Sequence[Been]) -> RuleResult:
    match rule.kind:
        case "people":
            least, most = (
                rule.least or 0,
                rule.most or max((each.people for each in been), default=0),
            )
            return _each(rule, [least <= each.people <= most for each in been])
        case "minutes":
            return _each(rule, [(each.minutes or 0) >= (rule.least or 0) for each in been])
        case "hours_a_day":
            days: Counter[date] = Counter()
            for each in been:
                days[each.day] += each.minutes or 0
            return _each(rule, [n <= (rule.most or 24) * 60 for n in days.values()])
        case "meetings":
            done = float(len(been))
        case "brought":
            done = float(sum(each.brought for each in been))
        case "hours":
            done = hours(been)
    wanted = float(rule.least or 0)
    short = None if rule.years > 1 else False
    return RuleResult(rule, True if done >= wanted else short, done, wanted)


def _each(rule: Rule, kept: Sequence[bool]) -> RuleResult:
    return RuleResult(rule, all(kept) and bool(kept), float(sum(kept)), float(len(kept)))
