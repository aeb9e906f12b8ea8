"""What comes twice is carried out once, whatever brings it."""

import pytest

from bot.flows.session.state import Session
from bot.store.tables import Outbound
from playground.reading import find
from playground.speech import repertoire
from playground.testing import ESTHER, MEHMET, SANNE, Team, deliver, message_event


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


def test_who_adds_the_bot_is_greeted_once(team):
    joined = {"type": "member_joined_channel", "user": team.slack.bot.id, "inviter": SANNE}
    joined |= {"channel": team.channel, "event_ts": "1700000000.000100"}
    before = len(team.direct_messages(SANNE))
    for _ in range(2):
        deliver(team, joined)
    assert len(team.direct_messages(SANNE)) == before + 1


def test_a_file_that_gets_a_preview_is_not_taken_back(team):
    clip = {"subtype": "file_share", "files": [{"id": "F1", "name": "a.m4a"}]}
    said = message_event(team, team.turn(), "", **clip)
    place = {"channel": team.channel, "channel_type": "channel", "ts": team.slack.new_ts()}
    preview = {"type": "message", "subtype": "message_changed", **place, "message": said}
    deliver(team, said)
    deliver(team, preview | {"previous_message": {**said, "text": None}})
    later = {**said, "text": "Ik ben er.", "edited": {"user": "U1", "ts": team.slack.new_ts()}}
    deliver(team, preview | {"message": later, "previous_message": said})
    assert [each.ref for each in team.contributions()] == [said["ts"]]


def test_a_form_with_nothing_to_see_is_sent_back(team):
    asker = team.turn()
    team.presses(asker, "session:contribute")
    team.sends(asker, text="\u200b \u200d")
    assert team.contributions() == []
    assert team.slack.views(asker)[-1].errors
