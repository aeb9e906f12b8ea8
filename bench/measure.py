"""Measuring on a shared machine: both sides in turn, and the median of many rounds."""

import os
import platform
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any


@dataclass
class Row:
    """A row of the table: a ratio, its bound, and the two values behind it."""

    what: str
    against: str
    target: str
    ratio: float
    reached: bool
    details: dict[str, float | str] = field(default_factory=dict)

    def line(self) -> str:
        """Return the row as a line of text."""
        sign = "✓" if self.reached else "✗"
        made_of = ", ".join(f"{name} {value}" for name, value in self.details.items())
        return f"{sign} {self.what}: {self.ratio:.2f} × ({self.target}) {self.against}; {made_of}"


def table(rows: Iterable[Row]) -> str:
    """Return rows as a table in Markdown."""
    lines = ["| measured | baseline | target | ratio | details |", "|---|---|---|---|---|"]
    for row in rows:
        made_of = ", ".join(f"{name} {value}" for name, value in row.details.items())
        reached = f"{row.ratio:.2f} ×" if row.reached else f"**{row.ratio:.2f} ×**"
        lines.append(f"| {row.what} | {row.against} | {row.target} | {reached} | {made_of} |")
    return "\n".join(lines)


def at_most(what: str, against: str, most: float, ratio: float, **details: float | str) -> Row:
    """Return a row for a ratio with an upper bound."""
    return Row(what, against, f"≤ {most:g} ×", ratio, ratio <= most, details)


def at_least(what: str, against: str, least: float, ratio: float, **details: float | str) -> Row:
    """Return a row for a ratio with a lower bound."""
    return Row(what, against, f"≥ {least:g} ×", ratio, ratio >= least, details)


def timed(work: Callable[[], object], clock: Callable[[], float] = perf_counter) -> float:
    """Return the seconds that some work takes."""
    began = clock()
    work()
    return clock() - began


def in_turn(
    sides: Mapping[str, Iterator[Callable[[], object]]],
    *,
    rounds: int,
    each: int,
    clock: Callable[[], float] = perf_counter,
) -> dict[str, list[float]]:
    """Time both sides a few calls at a time, in turn; return each side's median, round by round."""
    found: dict[str, list[float]] = {name: [] for name in sides}
    for turn in range(rounds):
        names = list(sides) if turn % 2 else list(sides)[::-1]
        for name in names:
            found[name].append(median(timed(next(sides[name]), clock) for _ in range(each)))
    return found


def ratio(found: Mapping[str, list[float]], of: str, to: str) -> float:
    """Return the median, over the rounds, of one side's time divided by the other's."""
    return median(a / b for a, b in zip(found[of], found[to], strict=True))


def machine() -> dict[str, Any]:
    """Return what the figures depend on: the machine, its load, and the date."""
    info = Path("/proc/cpuinfo").read_text("utf-8") if Path("/proc/cpuinfo").exists() else ""
    model = next((line for line in info.splitlines() if line.startswith("model name")), "")
    return {
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "processor": model.partition(":")[2].strip() or platform.machine(),
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "load": round(os.getloadavg()[0], 1),
    }
