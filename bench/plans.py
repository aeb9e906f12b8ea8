"""The query plans of a tick among a hundred thousand groups: `python -m bench.plans`.

Prints what stands in docs/ticks.md: each statement of a tick with one group due, and its plan.
"""

import re
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Engine, event

from bench.rhythm import MANY, groups, ticks
from bench.world import databases
from bot.app import Intervisie
from bot.clock import tidy

READS = ("SELECT", "UPDATE", "DELETE", "WITH")


def main() -> None:
    """Print the plans of both kinds of database."""
    for kind in ("sqlite", "postgresql"):
        print(f"### {'SQLite' if kind == 'sqlite' else 'PostgreSQL'}\n")
        print("| table | index |\n|---|---|")
        with databases(kind) as place, groups(place.new("many"), MANY) as bot:
            for looked_up, by in sorted(set(_plans(bot))):
                print(f"| {looked_up} | {by} |")
        print()


def _plans(bot: Intervisie) -> Iterator[tuple[str, str]]:
    """Return the query plan for each table that a tick reads."""
    seen: dict[str, Any] = {}
    tick = next(ticks(bot, MANY))

    def note(
        _c: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, many: bool
    ) -> None:
        if statement.startswith(READS) and not many:
            seen.setdefault(statement, parameters)

    event.listen(bot.store.engine, "before_cursor_execute", note)
    tick()
    tidy(bot.store, bot.transactions.now())
    event.remove(bot.store.engine, "before_cursor_execute", note)
    explain = _sqlite if bot.store.engine.dialect.name == "sqlite" else _postgres
    for statement, parameters in seen.items():
        yield from explain(bot.store.engine, statement, parameters)


def _sqlite(engine: Engine, statement: str, parameters: Any) -> Iterator[tuple[str, str]]:
    with engine.connect() as connection:
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
    for *_, step in plan:
        found = re.match(
            r"(?:SEARCH|SCAN) (\w+)(?: USING (?:COVERING )?(INTEGER PRIMARY KEY|INDEX \w+))?(.*)",
            step,
        )
        if found and found[1] not in ("CONSTANT", "due"):  # what a statement itself looked up
            name, key = (found[2] or "").removeprefix("INDEX "), found[3].strip()
            own = name.startswith(("sqlite_auto", "INTEGER"))
            index = "its primary key" if own else f"`{name}`" if name else "THE WHOLE TABLE"
            yield f"`{found[1]}`", f"{index} {key}".strip()


def _postgres(engine: Engine, statement: str, parameters: Any) -> Iterator[tuple[str, str]]:
    with engine.connect() as connection:
        # A table that is nearly empty here would be read as a whole, which tells nothing.
        connection.exec_driver_sql("SET enable_seqscan TO off")
        asked = f"EXPLAIN (FORMAT JSON) {statement}"
        (found,) = connection.exec_driver_sql(asked, parameters).scalar_one()
    yield from _nodes(found["Plan"], "")


def _nodes(node: dict[str, Any], table: str) -> Iterator[tuple[str, str]]:
    table = node.get("Relation Name", table)
    if node["Node Type"] == "Seq Scan":
        yield f"`{table}`", "THE WHOLE TABLE"
    elif "Index Name" in node:
        known = re.sub(r"'[^']*'(::[\w ]+)?(\[\])?", "?", node.get("Index Cond", ""))
        known = re.sub(r"::text|[()\"]", "", known)
        yield f"`{table}`", f"`{node['Index Name']}` {known}"
    for inner in node.get("Plans", ()):
        yield from _nodes(inner, table)


if __name__ == "__main__":
    main()
