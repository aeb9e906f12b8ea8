"""A case comes from a complaint to a work question, and its aim steers the session."""

import pytest

from playground.testing import ESTHER, MEHMET, SANNE, Team


@pytest.fixture
def team(stage):
    return Team(stage)


def test_a_theme_becomes_a_question_and_its_aim_is_shown(team):
    team.types(MEHMET, "casus")
    for text in ("Doe ik het goed genoeg?", "een thema of dilemma", "Ik twijfel vaak."):
        team.tells_bot(MEHMET, text)
    assert "Wat doe je er nu mee" in team.last_direct(MEHMET)
    team.presses(MEHMET, "intake:pass", on=team.direct_messages(MEHMET)[-1])
    assert "voor *jou* een probleem" in team.last_direct(MEHMET)
    team.tells_bot(MEHMET, "Ik meet me aan iedereen.")
    team.tells_bot(MEHMET, "overslaan")
    asks = team.tells_bot(MEHMET, "Tussen streng en mild.")
    assert "Ik meet me aan iedereen." in asks
    assert "Tussen streng en mild." in asks
    team.tells_bot(MEHMET, "Hoe kan ik milder naar mezelf kijken?")
    team.tells_bot(MEHMET, "gehoord worden")
    assert "horen geen tips" in team.tells_bot(MEHMET, "ja")
    team.presses(MEHMET, "intake:submit", on=team.direct_messages(MEHMET)[-1])

    team.types(MEHMET, "start basis")
    for other in (SANNE, ESTHER):
        team.presses(other, "session:join")
    team.presses(SANNE, "session:begin")
    team.checks_in([SANNE, MEHMET, ESTHER])
    assert "Gehoord worden" in team.thread_says()
    assert "Hoe kan ik milder" in team.thread_says()
    team.presses(MEHMET, "session:done")
    said = team.thread_says()
    assert "wil vooral gehoord worden" in said
    assert "Ik meet me aan iedereen." not in said
    assert "Tussen streng en mild." not in said
