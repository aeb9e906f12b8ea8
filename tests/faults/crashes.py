"""Kill -9: at named points and at random moments, while six people take a case to its end."""

import random
from collections import Counter
from collections.abc import Sequence
from threading import Timer as Later

from tests.faults.actors import PEOPLE, Play, SpokenPlay
from tests.faults.audit import Outcome, audit, difference, outcome
from tests.faults.harness import INSTALLED, Ground, TestedProcess, set_up_rig
from tests.faults.process import POINTS

MOST_PASSES = {"in a tick": 1, "before a commit": 20, "after a commit": 20}
"""How often a point is passed at most before a process dies there; elsewhere four times."""


def undisturbed(ground: Ground, *, people: Sequence[str] = PEOPLE) -> Outcome:
    """Return how the session ends when nothing goes wrong."""
    with set_up_rig(ground) as rig:
        rig.install("run")
        play = Play(rig, people)
        play.whole()
        audit(rig)
        return outcome(rig, play.channel)


def kill(
    ground: Ground,
    *,
    most: int,
    expected: Outcome,
    people: Sequence[str] = PEOPLE,
) -> Counter[str]:
    """Play one session with at most so many kills; returns where the processes died.

    One in three is held spoken. Raises `AssertionError` when anything was lost, came twice, or
    ended otherwise.
    """
    with set_up_rig(ground) as rig:
        executioner = _Killer(random.Random(ground.seed), most)
        rig.restart = executioner.restart
        rig.install(*INSTALLED[ground.database])
        spoken = ground.seed % 3 == 0
        play = SpokenPlay(rig, people) if spoken else Play(rig, people)
        play.whole()
        play.founds()
        executioner.left = 0
        for process in rig.processes:
            process.kill()
        rig.settle()
        audit(rig)
        found = outcome(rig, play.channel)
        if isinstance(play, SpokenPlay):
            assert found.endings == expected.endings, found.endings
            held = str([*found.contributions, *found.reflections])
            lost = [text for text in play.kept if held.count(text) != 1]
            assert play.kept, "nothing was written in the spoken session"
            assert not lost, f"lost, or kept twice: {lost}"
        else:
            assert found == expected, difference(found, expected)
        return rig.deaths


class _Killer:
    """Starts processes, and says at birth how each will end."""

    def __init__(self, chance: random.Random, most: int) -> None:
        self.chance = chance
        self.left = most

    def restart(self, process: TestedProcess) -> None:
        if self.left <= 0:
            process.start()
            return
        self.left -= 1
        if self.chance.random() < 0.3:
            process.start()
            soon = Later(self.chance.uniform(0, 0.4), process.kill)
            soon.daemon = True
            soon.start()
        else:
            point = self.chance.choice(POINTS)
            process.start(point, self.chance.randint(1, MOST_PASSES.get(point, 4)))
