"""Kill -9: at named points and at random moments, while six people take a case to its end."""

import random
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from threading import Timer as Later

from tests.faults.actors import PEOPLE, Play
from tests.faults.audit import Outcome, audit, difference, outcome
from tests.faults.harness import INSTALLED, Nursery, Part, drilling
from tests.faults.process import POINTS

MOST_PASSES = {"in a tick": 1, "before a commit": 20, "after a commit": 20}
"""How often a point is passed at most before a process dies there; elsewhere four times."""


def undisturbed(
    url: str, folder: Path, nursery: Nursery, *, people: Sequence[str] = PEOPLE
) -> Outcome:
    """Return how the session ends when nothing goes wrong."""
    with drilling(url, folder, nursery, seed=0) as ground:
        ground.install("run")
        play = Play(ground, people)
        play.whole()
        audit(ground)
        return outcome(ground, play.channel)


def kill(
    url: str,
    folder: Path,
    nursery: Nursery,
    *,
    seed: int,
    most: int,
    expected: Outcome,
    people: Sequence[str] = PEOPLE,
) -> Counter[str]:
    """Play one session with at most so many kills; gives where the processes died.

    Raises `AssertionError` when anything was lost, came twice, or ended otherwise.
    """
    with drilling(url, folder, nursery, seed=seed) as ground:
        executioner = _Executioner(random.Random(seed), most)
        ground.revive = executioner.revive
        ground.install(*INSTALLED[url.partition(":")[0]])
        play = Play(ground, people)
        play.whole()
        executioner.left = 0
        for part in ground.parts:
            part.kill()
        ground.settle()
        audit(ground)
        found = outcome(ground, play.channel)
        assert found == expected, difference(found, expected)
        return ground.deaths


class _Executioner:
    """Starts processes, and says at birth how each will end."""

    def __init__(self, chance: random.Random, most: int) -> None:
        self.chance = chance
        self.left = most

    def revive(self, part: Part) -> None:
        if self.left <= 0:
            part.start()
            return
        self.left -= 1
        if self.chance.random() < 0.3:
            part.start()
            soon = Later(self.chance.uniform(0, 0.4), part.kill)
            soon.daemon = True
            soon.start()
        else:
            point = self.chance.choice(POINTS)
            part.start(point, self.chance.randint(1, MOST_PASSES.get(point, 4)))
