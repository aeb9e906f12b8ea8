"""A meeting: one date of a group, from the first announcement until it has been held.

Each meeting goes through its stages in order, and each stage has its time. Time that was
missed is not made up for one by one: only what is still of use is done (`step`).
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum
from typing import NamedTuple

from bot.flows.rhythm import Rhythm, holidays_of, polite, working_day_before, zone_of
from bot.flows.rota import Roles, Rota, after, roles
from bot.flows.types import Frozen

ASK_BEFORE = timedelta(days=14)
NUDGE_BEFORE = timedelta(days=7)
APART = timedelta(days=3)
"""How long there is at least between the two times that somebody is asked for a case."""

CLOSE_AFTER = timedelta(hours=20)
"""How long after its end a meeting counts as held or not, at least: writing takes longer."""


LOBBY_GRACE = timedelta(days=4)
"""How long after its start a meeting with an open lobby can still be held."""


class Plan(Frozen):
    """What a founded group agreed on: its rhythm, a meeting's length and cases, its size.

    `trial` counts the meetings after which everyone is asked whether they go on together.
    """

    rhythm: Rhythm
    minutes: int = 90
    cases: int = 1
    least: int = 3
    most: int = 8
    trial: int = 2
    methods: tuple[str, ...] = ()


class Stage(IntEnum):
    """How far a meeting has come."""

    PLANNED = 0
    ASKED = 1
    NUDGED = 2
    EVE = 3
    OPEN = 4
    OVER = 5


class Status(StrEnum):
    """What became of a meeting.

    `missed` when nobody came, or when we were not there; `cancelled` when the group's rhythm
    changed and it has no such day any more.
    """

    PLANNED = "planned"
    OPEN = "open"
    HELD = "held"
    SKIPPED = "skipped"
    MISSED = "missed"
    CANCELLED = "cancelled"


class Meeting(Frozen):
    """What people said about a meeting to come.

    `offered` want to bring a case, or were asked by a lead; `passed` would rather not this
    time; `leading` was asked to facilitate; `coming` and `away` answered whether they come;
    `told` heard that it is their turn. `swaps` are the swaps that are asked and not answered:
    who asked, and whom.
    """

    offered: tuple[str, ...] = ()
    passed: tuple[str, ...] = ()
    leading: str | None = None
    coming: tuple[str, ...] = ()
    away: tuple[str, ...] = ()
    told: tuple[str, ...] = ()
    swaps: tuple[tuple[str, str], ...] = ()

    def with_(self, field: str, who: str) -> "Meeting":
        """Return the meeting with a person added to one of these lists."""
        return self.model_copy(update={field: (*self._less(field, who), who)})

    def without(self, field: str, who: str) -> "Meeting":
        """Return the meeting with a person removed from one of these lists."""
        return self.model_copy(update={field: self._less(field, who)})

    def asking(self, asker: str, other: str) -> "Meeting":
        """Return the meeting with a swap asked for, in place of an earlier one of the asker."""
        rest = tuple(pair for pair in self.swaps if pair[0] != asker)
        return self.model_copy(update={"swaps": (*rest, (asker, other))})

    def answered(self, asker: str, other: str) -> "Meeting":
        """Return the meeting without a swap that was answered."""
        rest = tuple(pair for pair in self.swaps if pair != (asker, other))
        return self.model_copy(update={"swaps": rest})

    def _less(self, field: str, who: str) -> tuple[str, ...]:
        return tuple(m for m in getattr(self, field) if m != who)

    def roles(self, rota: Rota, *, cases: int, away: frozenset[str] = frozenset()) -> Roles:
        """Return who brings and who facilitates; `away` are people absent for other reasons."""
        return roles(
            rota,
            cases=cases,
            away=away | set(self.away),
            passed=self.passed,
            offered=self.offered,
            leading=self.leading,
        )


def forecast(
    rota: Rota, meetings: Iterable[tuple[Meeting, frozenset[str]]], *, cases: int
) -> list[Roles]:
    """Return who will do what in meetings to come, in order, if nothing changes."""
    found: list[Roles] = []
    for meeting, away in meetings:
        found.append(meeting.roles(rota, cases=cases, away=away))
        rota = after(rota, found[-1])
    return found


class Step(NamedTuple):
    """What is to be done about a meeting now: the stage it comes to, and when to look again."""

    stage: Stage | None
    again: datetime | None


def moments(starts: datetime, minutes: int, rhythm: Rhythm) -> dict[Stage, datetime]:
    """Return the time of each stage of a meeting that begins at `starts`.

    All but the beginning itself fall in working hours where the group is, on no holiday of it.
    """
    zone, holidays = zone_of(rhythm.zone), holidays_of(rhythm.country)
    return {
        Stage.ASKED: polite(starts - ASK_BEFORE, zone, holidays),
        Stage.NUDGED: polite(starts - NUDGE_BEFORE, zone, holidays),
        Stage.EVE: working_day_before(starts, zone, holidays),
        Stage.OPEN: starts,
        Stage.OVER: polite(starts + timedelta(minutes=minutes) + CLOSE_AFTER, zone, holidays),
    }


def collide(one: datetime, other: datetime) -> bool:
    """Check whether of two meetings the second may begin before the first is over."""
    return abs(one - other) < LOBBY_GRACE


def step(reached: Stage, times: dict[Stage, datetime], now: datetime) -> Step:
    """Return what to do about a meeting, and when to look at it again.

    Of several stages that are past due, only the last is done. A person who is asked late is
    not asked again soon after.
    """
    due = [stage for stage, at in times.items() if at <= now and stage > reached]
    came = max(due, default=None)
    if came is Stage.ASKED and times[Stage.NUDGED] - now < APART:
        came = Stage.NUDGED
    still = [at for stage, at in times.items() if at > now and stage > (came or reached)]
    return Step(came, min(still, default=None))
