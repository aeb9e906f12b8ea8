"""All benchmarks: `make bench`, or `python -m bench reply calls` for some of them.

Prints a line for each row and, when all were run, a table for docs/measured.md; writes
`bench/results.json`.
"""

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from time import perf_counter

from bench import handling, rhythm
from bench.apart import apart
from bench.calls import calls
from bench.measure import Row, machine, table
from bench.relay import relay
from bench.reminders import reminders
from bench.scale import scale
from bench.start import start
from bench.world import template
from bench.years import years

RESULTS = Path(__file__).with_name("results.json")

PARTS: dict[str, Callable[[], Sequence[Row]]] = {
    "reply": lambda: [handling.thread_reply(template(), k) for k in ("sqlite", "postgresql")],
    "acknowledge": lambda: handling.acknowledge(template()),
    "scale": scale,
    "reminders": reminders,
    "relay": relay,
    "calls": calls,
    "start": start,
    "apart": apart,
    "rhythm": rhythm.reminders,
    "years": years,
}


def main(wanted: Sequence[str]) -> None:
    """Run the named parts; all when none is named."""
    rows: list[Row] = []
    began = perf_counter()
    for name in wanted or PARTS:
        for row in PARTS[name]():
            rows.append(row)
            print(row.line(), flush=True)
    if not wanted:
        found = {**machine(), "seconds": round(perf_counter() - began)}
        found["rows"] = [asdict(row) for row in rows]
        print(table(rows))
        RESULTS.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
