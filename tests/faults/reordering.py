"""Duplicates and disorder: each delivery comes one to three times, shuffled within two seconds."""

from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import heappop, heappush
from itertools import count
from threading import Lock

from playground.slack.delivery import Send
from playground.slack.records import Delivery, Reply
from tests.faults.actors import PEOPLE, Play
from tests.faults.audit import Outcome, audit, difference, outcome
from tests.faults.harness import INSTALLED, Ground, LateDeliveries, Rig, set_up_rig

WITHIN = 2.0
"""Seconds within which all copies of a delivery arrive, on the drill's clock."""

MOST_COPIES = 3


@dataclass(order=True)
class _Copy:
    at: datetime
    number: int
    delivery: Delivery = field(compare=False)
    first: bool = field(compare=False)


class Disorder(LateDeliveries):
    """Carries deliveries, each as often and as late as chance has it.

    Slack waits for the answer to a command or a press, so its first copy goes at once; an
    event's first copy is late too, and what was sent after it may come before it.
    """

    def __init__(self, rig: Rig) -> None:
        self._rig = rig
        self._send: Send = rig.slack.dispatcher.send
        self._numbers = count()
        self._late: list[_Copy] = []
        self._lock = Lock()
        self.brought: Counter[str] = Counter()

    def __call__(self, delivery: Delivery, extra: dict[str, str]) -> Reply:
        """Take a delivery on its way; returns the answer to its first copy."""
        waits = delivery.kind == "event"
        with self._lock:
            copies = self._rig.chance.randint(1, MOST_COPIES)
            for number in range(0 if waits else 1, copies):
                self._lay(delivery, first=number == 0)
        if waits:
            return Reply(200)
        self.brought[delivery.kind] += 1
        return self._send(delivery, extra)

    def bring(self) -> None:
        """Deliver what has arrived by now, all of it at the same time."""
        with self._lock:
            due = []
            while self._late and self._late[0].at <= self._rig.clock.now():
                due.append(heappop(self._late))
        if due:
            with ThreadPoolExecutor(len(due)) as pool:
                list(pool.map(self._arrive, due))

    def next(self) -> datetime | None:
        """Return when the next first copy arrives; further copies are waited for by nobody."""
        with self._lock:
            return min((copy.at for copy in self._late if copy.first), default=None)

    def rest(self) -> None:
        """Deliver everything that is still on its way."""
        with self._lock:
            for copy in self._late:
                copy.first = True

    def _lay(self, delivery: Delivery, *, first: bool) -> None:
        after = timedelta(seconds=self._rig.chance.uniform(0, WITHIN))
        at = self._rig.clock.now() + after
        heappush(self._late, _Copy(at, next(self._numbers), delivery, first))

    def _arrive(self, copy: _Copy) -> None:
        reply = self._send(copy.delivery, {})
        self.brought[copy.delivery.kind if copy.first else "copy"] += 1
        assert reply.status == 200, (reply, copy.delivery.kind)


def disorder(
    ground: Ground,
    *,
    expected: Outcome,
    people: Sequence[str] = PEOPLE,
) -> Counter[str]:
    """Play one session in disorder; returns how many deliveries of each kind came.

    `expected`: how it ends in good order. Raises `AssertionError` when it ended otherwise.
    """
    with set_up_rig(ground) as rig:
        rig.install(*INSTALLED[ground.database])
        rig.late_deliveries = rig.slack.dispatcher.send = carrier = Disorder(rig)
        play = Play(rig, people)
        play.whole()
        carrier.rest()
        rig.settle()
        audit(rig)
        found = outcome(rig, play.channel)
        assert found == expected, difference(found, expected)
        return carrier.brought
