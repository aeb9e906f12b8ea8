"""What a colleague parks before the questions, only they get back, at the end."""

import json
from datetime import timedelta

import pytest

from bot.store.tables import Hunch
from playground.reading import find
from playground.testing import ESTHER, MEHMET, SANNE, Team

PARKED = "Hij is vast bang voor zijn baas."


@pytest.fixture
def team(stage):
    """The round of questions is about to begin."""
    team = Team(stage)
    team.comes_to_questions(MEHMET, [SANNE, ESTHER])
    return team


def offer(team):
    return next(m for m in reversed(team.thread()) if find(m.blocks, "hunch:park"))


def parks(team, who, **texts):
    team.presses(who, "hunch:park", on=offer(team))
    return team.sends(who, **texts)


def back(team, who):
    return next((m for m in team.direct_messages(who) if find(m.blocks, "hunch:held")), None)


def test_a_hunch_is_sealed_and_given_back_to_its_writer_alone(team):
    team.home(SANNE)
    parks(team, SANNE, known="Iets anders.")
    parks(team, SANNE, known=PARKED, advice="Bel hem op.")
    parks(team, ESTHER, stirs="Haast.")
    assert all(b"bang" not in row.content for row in team.rows(Hunch))
    team.types(ESTHER, "mijndata")
    assert "Haast." in team.directs_say(ESTHER)
    assert PARKED not in team.directs_say(ESTHER)
    assert team.plays_on([MEHMET, SANNE, ESTHER])
    assert PARKED in team.reads(back(team, SANNE))
    assert "Bel hem op." in team.reads(back(team, SANNE))
    assert "Haast." in team.reads(back(team, ESTHER))
    assert back(team, MEHMET) is None
    for other in (MEHMET, ESTHER):
        seen = team.slack.everything(other, team.channel) + team.direct_messages(other)
        assert PARKED not in json.dumps([m.blocks for m in seen])
    team.presses(SANNE, "hunch:held", on=back(team, SANNE))
    team.presses(SANNE, "hunch:released", on=back(team, SANNE))
    team.stage.pass_time(timedelta(minutes=1))
    assert "0× klopte het, 1× liet je het los" in team.home_says(SANNE)
    team.home(ESTHER)
    assert "parkeerde" not in team.home_says(ESTHER)
    team.stage.pass_time(timedelta(days=31))
    assert back(team, SANNE) is None
    assert "1× liet je het los" in team.home_says(SANNE)
    team.forgets(SANNE)
    assert {row.user for row in team.rows(Hunch)} == {ESTHER}


def test_a_hunch_goes_with_who_leaves_and_an_empty_form_takes_it_back(team):
    parks(team, SANNE, known=PARKED)
    parks(team, ESTHER, advice="Bellen.")
    parks(team, ESTHER, advice="")
    assert {row.user for row in team.rows(Hunch)} == {SANNE}
    parks(team, ESTHER, advice="")
    assert team.slack.views(ESTHER)
    team.chooses(SANNE, "leave")
    assert team.rows(Hunch) == []


def test_the_bringer_and_who_comes_too_late_are_told_why_not(team):
    team.presses(MEHMET, "hunch:park", on=offer(team))
    assert "Het is jouw casus" in team.whispered(MEHMET)[-1]
    early = offer(team)
    team.types(MEHMET, "verder")
    team.presses(ESTHER, "hunch:park", on=early)
    assert "De vragenronde is voorbij" in team.whispered(ESTHER)[-1]
