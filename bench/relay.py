"""The relay: two hundred workspaces, and a Slack that takes 150 ms to answer."""

from collections.abc import Mapping
from contextlib import ExitStack
from time import monotonic, sleep

import httpx

from bench.measure import Row, at_least
from bench.start import environment, process, wait_for_answer
from bench.world import KEY, databases
from bot.app import utc_now
from bot.outbox.relay import WORKERS
from bot.store.crypto import KeyRing
from bot.store.tables import SendMethod
from bot.store.unit import Outgoing, Store
from tests.faults.harness import free_port

WORKSPACES, ANSWER = 200, 0.15
SECONDS = 20
WARM = 4
"""The first seconds, with their burst, which are not counted."""

FEW_HANDS = 8
"""Hands of each process when one is measured against two: few enough for Slack's 150 ms to be
what they wait for, and not this machine, on which the database and that Slack run too."""


def relay() -> list[Row]:
    """Compare one process with the rate that Slack permits, and two processes with one."""
    alone, refused = _sent(1, WORKERS, channels=1, limited=True)
    one, _ = _sent(1, FEW_HANDS, channels=4, limited=False)
    two, _ = _sent(2, FEW_HANDS, channels=4, limited=False)
    return [
        at_least(
            f"relay over {WORKSPACES} workspaces, postgresql",
            "Slack's rate limit, one message a second in each",
            0.95,
            alone / WORKSPACES,
            a_second=round(alone, 1),
            permitted=WORKSPACES,
            refused_429=refused,
        ),
        at_least(
            f"relay in two processes of {FEW_HANDS} workers, postgresql",
            "in one process",
            1.8,
            two / one,
            one_a_second=round(one, 1),
            two_a_second=round(two, 1),
        ),
    ]


def _sent(processes: int, hands: int, *, channels: int, limited: bool) -> tuple[float, int]:
    """Return the messages a second in steady state, and the number refused."""
    with databases("postgresql") as place, ExitStack() as stack:
        url, port = place.new("relay"), free_port()
        _lay(url, channels, (SECONDS + WARM + 4) if channels == 1 else 4)
        there = environment("", url, port)
        how = "limited" if limited else "patient"
        stack.enter_context(process(("-m", "bench.faraway", str(port), str(ANSWER), how), there))
        wait_for_answer(f"http://127.0.0.1:{port}/figures")
        api = f"http://127.0.0.1:{port}/api/"
        for _ in range(processes):
            stack.enter_context(process(("-m", "bench.sender", url, api, str(hands)), there))
        began = monotonic()
        while not (found := _figures(port))["taken"] and monotonic() < began + 30:
            sleep(0.05)
        sleep(WARM + SECONDS + 0.5)
        found = _figures(port)
    taken, refused = (
        sum(found[what].get(str(second), 0) for second in range(WARM, WARM + SECONDS))
        for what in ("taken", "refused")
    )
    return taken / SECONDS, refused


def _figures(port: int) -> Mapping[str, Mapping[str, int]]:
    found: Mapping[str, Mapping[str, int]] = httpx.get(
        f"http://127.0.0.1:{port}/figures", trust_env=False
    ).json()
    return found


def _lay(url: str, channels: int, each: int) -> None:
    """Write messages to the outbox: `each` for every channel of every workspace."""
    store = Store(url, KeyRing([KEY]))
    now = utc_now()
    with store.unit() as unit:
        for n in range(WORKSPACES):
            for channel in range(channels):
                for number in range(each):
                    unit.send(
                        Outgoing(
                            f"T{n}", f"C{channel}", SendMethod.POST, {"text": f"{number}"}, due=now
                        )
                    )
        unit.commit()
    store.close()
