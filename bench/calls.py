"""The calls to Slack in a whole session, for each act, compared with the fewest possible.

The least is counted on paper, in docs/calls.md, for a session of six in `basic`, from the
first word to the last.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from bench.measure import Row, at_most
from playground.reading import find
from playground.speech import repertoire
from playground.testing import ESTHER, FATIMA, GRACE, JOOST, MEHMET, SANNE, Stage, Team, staged

BRINGER, *OTHERS = PEOPLE = [MEHMET, SANNE, ESTHER, JOOST, FATIMA, GRACE]
MOST = 1.1

LEAST: Mapping[str, int] = {
    "brings a case": 8,
    "opens the session": 4,
    "joins": 10,
    "begins": 4,
    "checks in": 12,
    "tells": 3,
    "asks": 5,
    "answers": 12,
    "puts the question anew": 3,
    "opens the gate": 3,
    "writes advice": 12,
    "takes from the tray": 5,
    "says the next step": 3,
    "looks back": 15,
}
"""The fewest calls that each kind of act needs; docs/calls.md says why."""


@dataclass
class Tally:
    """Counts the calls of each act."""

    stage: Stage
    found: dict[str, int]

    def __call__(self, act: str, *_: object) -> None:
        """Return the calls since the last act."""
        calls = self.stage.slack.api.calls
        assert all(ok == "ok" for _, _, ok in calls), calls
        self.found[act] = self.found.get(act, 0) + len(calls)
        calls.clear()


def calls() -> list[Row]:
    """Play a session, and compare its calls."""
    found = counted()
    total, least = sum(found.values()), sum(LEAST.values())
    more = {act: f"{found[act]} for {n}" for act, n in LEAST.items() if found[act] != n}
    return [
        at_most(
            "Slack calls in a whole session of six",
            "the minimum, counted in docs/calls.md",
            MOST,
            total / least,
            calls=total,
            least=least,
            **more,
        )
    ]


def counted() -> dict[str, int]:
    """Play a session of six from the first word to the last; return the calls of each act."""
    with staged() as stage:
        team, tally = Team(stage), Tally(stage, {})
        team.types(BRINGER, "casus")
        direct = team.direct_messages(BRINGER)
        form = next(m for m in reversed(direct) if find(m.blocks, "intake:form"))
        team.presses(BRINGER, "intake:form", on=form)
        team.sends(BRINGER, **repertoire("nl")["cases"]["learning"])
        summary = team.direct_messages(BRINGER)[-1]
        tally("brings a case", team.presses(BRINGER, "intake:submit", on=summary))
        tally("opens the session", team.types(BRINGER, "start basic"))
        for who in OTHERS:
            tally("joins", team.presses(who, "session:join"))
        tally("begins", team.presses(BRINGER, "session:begin"))
        for _ in PEOPLE:
            tally("checks in", team.writes(team.turn(), "Ik ben er."))
        team.writes(BRINGER, "Vorige week ging het mis.")
        tally("tells", team.presses(BRINGER, "session:done"))
        for _ in OTHERS:
            tally("asks", team.writes(team.turn(), "Wat zag je?"))
            tally("answers", team.writes(BRINGER, "Dat ik bang was."))
        tally("puts the question anew", team.writes(BRINGER, "Hoe blijf ik rustig?"))
        tally("opens the gate", team.presses(BRINGER, "session:yes"))
        for who in OTHERS:
            team.presses(who, "session:contribute")
            tally("writes advice", team.sends(who, text="Ik zou even wachten."))
        team.presses(BRINGER, "session:tray")
        tally("takes from the tray", team.sends(BRINGER))
        tally("says the next step", team.writes(BRINGER, "Ik bel haar."))
        for who in PEOPLE:
            team.presses(who, "session:reflect")
            team.sends(who, takeaway="Rust.", asking="Open.", useful="4", safe="4")
            tally("looks back")
        assert not find(team.board().blocks, "session:more"), "the session has not ended"
        return tally.found
