"""All benchmarks: `make bench`, or `python -m bench reply calls` for some of them.

Prints a table and writes `bench/results.json`; `python -m bench.report` puts it in
docs/measured.md.
"""

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from time import perf_counter

from bench import handling, years
from bench.measure import Row, machine
from bench.world import template

RESULTS = Path(__file__).with_name("results.json")

PARTS: dict[str, Callable[[], Sequence[Row]]] = {
    "acknowledge": lambda: handling.acknowledge(template()),
    "reply": lambda: [handling.thread_reply(template(), k) for k in ("sqlite", "postgresql")],
    "years": years.years,
}


def main(wanted: Sequence[str]) -> None:
    """Run the parts that are wanted, all when none is named."""
    rows: list[Row] = []
    began = perf_counter()
    for name in wanted or PARTS:
        for row in PARTS[name]():
            rows.append(row)
            print(row.line(), flush=True)
    if not wanted:
        found = {**machine(), "seconds": round(perf_counter() - began)}
        found["rows"] = [asdict(row) for row in rows]
        RESULTS.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
