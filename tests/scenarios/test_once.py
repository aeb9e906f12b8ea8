"""What comes twice is carried out once, whatever brings it."""

import pytest

from bot.flows.session.state import Session
from bot.store.tables import Outbound
from playground.colleagues import repertoire
from playground.reading import find
from playground.testing import ESTHER, MEHMET, SANNE, Team


@pytest.fixture
def team(stage):
    """Three people in a session, the check-in just begun."""
    team = Team(stage)
    team.begins(MEHMET, [SANNE, ESTHER])
    return team


@pytest.fixture
def again(team):
    """Each delivery comes twice, one right after the other."""
    team.stage.slack.dispatcher.copies = 2


def step(team):
    position = Session.model_validate_json(team.session().state).position
    return position.step if position is not None else None


def test_a_button_that_is_pressed_once_moves_on_once(team, again):
    before = step(team)
    team.presses(MEHMET, "session:next")
    assert step(team) == before + 1


def test_two_presses_of_one_button_are_two(team):
    before = step(team)
    team.presses(MEHMET, "session:next")
    team.presses(MEHMET, "session:next")
    assert step(team) == before + 2


def test_a_slash_command_is_carried_out_once(team, again):
    before = step(team)
    team.types(MEHMET, "verder")
    assert step(team) == before + 1


def test_a_form_that_is_sent_once_is_saved_once(team):
    team.types(SANNE, "casus")
    question = team.direct_messages(SANNE)[-1]
    assert find(question.blocks, "intake:form")
    team.presses(SANNE, "intake:form", on=question)
    told = len(team.direct_messages(SANNE))
    team.stage.slack.dispatcher.copies = 2
    team.sends(SANNE, **repertoire("nl")["cases"]["learning"])
    assert len(team.direct_messages(SANNE)) == told + 1
    assert all(row.state == "sent" for row in team.rows(Outbound))


def test_a_form_with_a_mistake_may_be_sent_again(team):
    asker = team.turn()
    team.presses(asker, "session:contribute")
    team.sends(asker, text=" ")
    team.sends(asker, text="Ik ben er.")
    assert len(team.contributions()) == 1
