"""Buttons stay as long as what they ask is open; then they go, and the words stay."""

from datetime import timedelta

import pytest

from bot.store.tables import Outbound
from playground.testing import ESTHER, JOOST, MEHMET, SANNE, Team, elements, find


@pytest.fixture
def team(stage):
    return Team(stage)


def offered(messages):
    """The actions that can be pressed on these messages, message by message, if any."""
    pressable = ([each["action_id"] for _, each in elements(m.blocks)] for m in messages)
    return [actions for actions in pressable if actions]


def in_thread(team):
    _, *posts = team.thread()
    return offered(m for m in posts if not m.ephemeral_to)


def test_a_steps_buttons_go_with_it(team):
    team.comes_to_questions(MEHMET, [SANNE, ESTHER])
    assert in_thread(team) == [["hunch:park"]]
    for _ in (SANNE, ESTHER):
        team.writes(team.turn(), "Wat zag je?")
        team.writes(MEHMET, "Dat ik bang was.")
    team.writes(MEHMET, "Hoe blijf ik rustig?")
    assert in_thread(team) == [["session:yes", "session:no"]]
    team.presses(MEHMET, "session:yes")
    assert in_thread(team) == [["session:contribute", "session:pass"]]
    assert "Wat zag je?" in team.thread_says()
    team.chooses(MEHMET, "stop")
    assert in_thread(team) == []


def test_an_offer_of_a_step_goes_with_it(team):
    team.comes_to_questions(MEHMET, [SANNE, ESTHER])
    for _ in (SANNE, ESTHER):
        team.writes(team.turn(), "Wat zag je?")
        team.writes(MEHMET, "Dat ik bang was.")
    before = offered(team.direct_messages(MEHMET))
    assert ["session:opened"] in before
    team.writes(MEHMET, "Hoe blijf ik rustig?")
    team.presses(MEHMET, "session:yes")
    for who in (SANNE, ESTHER):
        team.presses(who, "session:contribute")
        team.sends(who, text="Ik zou even wachten.")
    assert offered(team.direct_messages(MEHMET)) == [*before, ["session:tray"]]
    team.presses(MEHMET, "session:tray")
    team.sends(MEHMET)
    assert offered(team.direct_messages(MEHMET)) == before


def test_an_answered_invitation_has_no_buttons(year):
    year.founds(accept=False)
    year.presses(MEHMET, "member:accept", on=year.direct_messages(MEHMET)[-1])
    year.types(ESTHER, "meedoen")
    year.presses(JOOST, "member:decline", on=year.direct_messages(JOOST)[-1])
    for who in (MEHMET, ESTHER, JOOST):
        assert offered(year.direct_messages(who)) == []
    assert "nodigt je uit" in year.reads(year.direct_messages(MEHMET)[0])
    assert not [m for m in year.rows(Outbound) if m.prompt and "invitation" in m.prompt]


def test_a_meetings_buttons_go_when_it_begins(year):
    year.founds()
    year.until(year.next().starts_at - timedelta(days=5))
    asked = year.direct_messages(SANNE)[-1]
    assert find(asked.blocks, "meeting:pass")
    year.presses(SANNE, "meeting:pass", on=asked)
    assert [first for first, *_ in offered(year.direct_messages(SANNE))] == ["meeting:unpass"]
    year.until(year.next().starts_at)
    assert offered(year.direct_messages(SANNE)) == []
    assert offered([year.announcement()]) == [["group:rota"]]
