"""The start: seconds until the process is ready, and the memory that it then uses."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from statistics import median
from time import perf_counter, sleep

import httpx

from bench.measure import Row, at_most
from bench.world import KEY, databases
from playground.slack.api import SECRET, TOKEN
from playground.slack.server import serving
from playground.testing import WoundClock, seeded
from tests.faults.harness import free_port

TIMES = 9
MOST_TIME, MOST_MEMORY = 3.0, 2.5
ROOT = Path(__file__).parents[1]


def start() -> list[Row]:
    """Compare `intervisie run` on SQLite with Bolt's hello-world, each until it answers."""
    seconds: dict[str, list[float]] = {"ours": [], "floor": []}
    memory: dict[str, list[float]] = {"ours": [], "floor": []}
    with databases("sqlite") as place, serving(seeded(WoundClock()), limited=False) as slack:
        url = place.new("ours")
        sides: dict[str, tuple[Sequence[str], str]] = {
            "ours": (("-m", "bot", "run"), "/readyz"),
            "floor": (("bench/hello.py",), "/slack/events"),
        }
        for _ in range(TIMES):
            for name, (command, path) in sides.items():
                port = free_port()
                there = environment(slack.url, url, port)
                began = perf_counter()
                with process(command, there) as pid:
                    wait_for_answer(f"http://127.0.0.1:{port}{path}")
                    seconds[name].append(perf_counter() - began)
                    memory[name].append(_resident(pid))
    return [
        _row("start until ready", MOST_TIME, seconds, "s", 2),
        _row("resident memory when ready", MOST_MEMORY, memory, "mb", 1),
    ]


def _row(what: str, most: float, found: Mapping[str, list[float]], unit: str, digits: int) -> Row:
    middle = {name: median(values) for name, values in found.items()}
    return at_most(
        what,
        "a bare Bolt hello-world process",
        most,
        middle["ours"] / middle["floor"],
        **{f"{name}_{unit}": round(value, digits) for name, value in middle.items()},
    )


def environment(api: str, url: str, port: int) -> dict[str, str]:
    """Return the environment of a process that listens on a port."""
    return {
        **{name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ},
        "SLACK_BOT_TOKEN": TOKEN,
        "SLACK_SIGNING_SECRET": SECRET,
        "SLACK_API_URL": api,
        "DATABASE_URL": url,
        "INTERVISIE_KEYS": KEY,
        "PORT": str(port),
    }


@contextmanager
def process(command: Sequence[str], there: Mapping[str, str]) -> Iterator[int]:
    """Run a Python command until the block ends; returns its process id."""
    silent = subprocess.DEVNULL
    running = subprocess.Popen(
        [sys.executable, *command], cwd=ROOT, env=dict(there), stdout=silent, stderr=silent
    )
    try:
        yield running.pid
    finally:
        running.terminate()
        running.wait()


def wait_for_answer(url: str) -> None:
    """Wait until the process at a URL answers and is ready."""
    while True:
        with suppress(httpx.TransportError):
            if httpx.get(url, trust_env=False).status_code != 503:
                return
        sleep(0.005)


def _resident(pid: int) -> float:
    """Return the memory that a process has in use, in MB."""
    lines = Path(f"/proc/{pid}/status").read_text("utf-8").splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("VmRSS"))) / 1024
