"""Wrong clocks: hosts minutes apart, clocks that are set back, and one that jumps ahead."""

import random
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

from bot.store.tables import Vault
from playground.slack.records import Message
from tests.faults.actors import PEOPLE, Play
from tests.faults.audit import Outcome, audit, difference, outcome
from tests.faults.harness import INSTALLED, Ground, set_up_rig

BACK = (timedelta(minutes=20), timedelta(hours=1), timedelta(days=1), timedelta(days=30))
AHEAD = timedelta(days=62)
"""Longer than any group keeps its texts by default."""

MOST_SKEW = timedelta(seconds=100)
"""How far the clock of a host may be from PostgreSQL's: two hosts differ by more than a lease."""

OFTEN = 0.15
"""How likely the clocks are set back, before each act."""


def wrong_clocks(
    ground: Ground,
    *,
    expected: Outcome,
    people: Sequence[str] = PEOPLE,
) -> Counter[str]:
    """Play one session while clocks are set back; returns how often, and by how much.

    Then the clocks jump ahead for a moment. Raises `AssertionError` when anything is lost,
    comes twice, ends otherwise, or is forgotten too early.
    """
    kind, chance = ground.database, random.Random(ground.seed)
    done: Counter[str] = Counter()
    with set_up_rig(ground) as rig:
        apart = [chance.uniform(-1, 1) * MOST_SKEW for _ in INSTALLED[kind]]
        rig.install(*INSTALLED[kind], skews=apart if kind == "postgresql" else ())

        def set_back(board: Message | None) -> None:
            if board is not None and chance.random() < OFTEN:
                back = chance.choice(BACK)
                rig.clock.set_hosts_off(rig.clock.off - back)
                done[f"back {back}"] += 1

        play = Play(rig, people)
        play.before_act = set_back
        play.whole()
        rig.settle()
        rig.pass_time(2 * MOST_SKEW)  # what is due at once to a host that is ahead
        audit(rig)
        found = outcome(rig, play.channel)
        assert found == expected, difference(found, expected)
        was = rig.clock.off
        rig.clock.set_hosts_off(was + AHEAD)
        rig.settle()
        rig.clock.set_hosts_off(was)
        rig.settle()
        assert rig.rows(Vault), "a clock that was ahead for a moment made it forget"
        done[f"ahead {AHEAD}"] += 1
        return done
