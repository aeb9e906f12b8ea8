"""In the form the coach speaks before something is sent, once, and never stands in the way."""

import pytest

from tests.scenarios.team import ESTHER, MEHMET, SANNE, Team


@pytest.fixture
def team(stage):
    team = Team(stage)
    team.begins(MEHMET, [SANNE, ESTHER])
    team.checks_in([SANNE, MEHMET, ESTHER])
    team.presses(MEHMET, "session:done")
    team.presses(team.turn(), "session:contribute")
    return team


def shown(team, who):
    return str(team.slack.views(who)[-1].spec["blocks"])


def test_a_closed_question_is_caught_rephrased_and_sent(team):
    asker = team.turn()
    team.sends(asker, text="Heb je het gemeld?")
    assert "ja, nee of één feit" in shown(team, asker)
    assert "Heb je het gemeld?" in shown(team, asker)
    assert len(team.contributions()) == 3
    team.sends(asker, text="Wat maakte dat je het meldde?")
    assert team.slack.views(asker) == []
    assert "Wat maakte dat je het meldde?" in team.thread_says()


def test_advice_in_disguise_is_caught_and_may_be_sent_all_the_same(team):
    asker = team.turn()
    team.sends(asker, text="Heb je al geprobeerd om te bellen?")
    assert "klinkt als advies" in shown(team, asker)
    team.sends(asker, text="Heb je al geprobeerd om te bellen?")
    assert team.slack.views(asker) == []
    assert len(team.contributions()) == 4


def test_an_open_question_passes_without_a_word(team):
    asker = team.turn()
    team.sends(asker, text="Wat raakte je het meest?")
    assert team.slack.views(asker) == []
    assert len(team.contributions()) == 4


def test_the_coach_is_silent_where_a_step_does_not_listen(team):
    team.slack.close(team.turn(), team.slack.views(team.turn())[-1].id)
    team.presses(MEHMET, "session:next")
    team.presses(MEHMET, "session:contribute")
    team.sends(MEHMET, text="Moet ik het melden?")
    assert team.slack.views(MEHMET) == []
