"""`/intervisie start METHOD` begins with that method, by whichever way it comes to a session."""

import pytest

from playground.reading import block, find
from playground.testing import ESTHER, JOOST, MEHMET, SANNE, Team
from tests.scenarios.test_group_methods import composes


@pytest.fixture
def team(stage) -> Team:
    return Team(stage)


def answer_with(team, who, action):
    seen = [m for m in team.slack.everything(who, team.channel) if m.ephemeral_to == who]
    return next(m for m in reversed(seen) if find(m.blocks, action))


def test_a_method_is_kept_while_a_case_is_chosen(team):
    team.brings(MEHMET)
    team.brings(ESTHER)
    team.types(SANNE, "start gossip")
    team.presses(SANNE, "case:start", on=answer_with(team, SANNE, "case:start"))
    assert team.session().method == "gossip"


def test_a_method_is_kept_while_a_case_is_written(team):
    team.types(MEHMET, "start gossip")
    team.presses(MEHMET, "intake:for", on=answer_with(team, MEHMET, "intake:for"))
    team.brings(MEHMET)
    team.types(JOOST, "start")
    assert team.session().method == "gossip"


@pytest.mark.parametrize("typed", ["Stil en warm", "stil en warm!"])
def test_a_method_starts_by_its_name(team, typed):
    own = composes(team)
    team.brings(SANNE)
    team.types(SANNE, f"start {typed}")
    assert team.session().method == own


def test_the_lobby_does_not_tell_what_its_bringer_hopes_for(team):
    team.brings(MEHMET)  # and hopes to choose from advice
    team.types(SANNE, "start")
    suggested = [block(team.board().blocks, f"suggestion-{n}") for n in range(3)]
    assert all(suggested)
    assert not any(MEHMET in each or "adviezen" in each for each in suggested)


def test_a_method_that_is_not_there_is_refused(team):
    team.brings(SANNE)
    assert "ken ik niet" in team.answered(SANNE, "start onbekend")
