"""What the question coach costs: `python -m bench.coach`, on the rows in tests/unit/coach/data.

Milliseconds depend on the machine and on who else uses it, so each is also given as a ratio
to something plain that was timed in turn with it: counting the words of the same text, and
parsing the same tables.
"""

import csv
import re
import tomllib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median, quantiles
from time import process_time

from bot.coach import Coach, load
from bot.i18n import LANGUAGES
from bot.resources import config_dir

ROUNDS = 7
LONG = 40_000
ROOT = Path(__file__).parents[1]
WORD = re.compile(r"\w+")


def main() -> None:
    """Print one line a measurement."""
    for language in LANGUAGES:
        file = config_dir() / "coach" / f"{language}.toml"
        written = file.read_text(encoding="utf-8")
        loading = best(partial(fresh, file))
        print(line(f"{language} load", loading, best(partial(tomllib.loads, written))))
        coach, texts = load(language), read(language)
        times = [best(partial(coach.read, text)) for text in texts]
        plain = median(best(partial(WORD.findall, text)) for text in texts)
        print(line(f"{language} middle of {len(texts)} texts", median(times), plain))
        print(line(f"{language} slowest but 1 in 100", quantiles(times, n=100)[98], plain))
        for name, text in long(texts).items():
            counting = best(partial(WORD.findall, text))
            reading = best(partial(coach.read, text))
            print(line(f"{language} {LONG:,} characters, {name}", reading, counting))


def fresh(file: Path) -> Coach:
    """Load a language's rules as a new process does, with nothing compiled yet."""
    re.purge()
    with file.open("rb") as source:
        return Coach(tomllib.load(source))


def read(language: str) -> list[str]:
    """Return the texts of one language."""
    folder = ROOT / "tests" / "unit" / "coach" / "data"
    found: list[str] = []
    for part in ("own", "kept"):
        with (folder / f"{language}_{part}.csv").open(newline="", encoding="utf-8") as source:
            found += [row["text"] for row in csv.DictReader(source)]
    return found


def long(texts: list[str]) -> dict[str, str]:
    """Return very long texts: an ordinary one, and some made to be slow to read."""
    return {
        "ordinary": " ".join(texts * 9)[:LONG],
        "one verb": ("kun je " * LONG)[:LONG],
        "commas": ("a, " * LONG)[: LONG - 1] + "?",
        "commas and question marks": ("a, " * 32 + "? ") * (LONG // 98),
        "one word": "a" * LONG,
        "other script": "為" * LONG,
    }


def best(work: Callable[[], object]) -> float:
    """Return the least CPU seconds that some work took in several rounds."""
    found = []
    for _ in range(ROUNDS):
        began = process_time()
        work()
        found.append(process_time() - began)
    return min(found)


def line(what: str, seconds: float, plain: float) -> str:
    """Return a line: milliseconds, and the ratio to the plain alternative."""
    return f"{what:36} {seconds * 1000:9.3f} ms {seconds / plain:9.1f} x"


if __name__ == "__main__":
    main()
