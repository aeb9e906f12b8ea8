"""What people wrote arrives whole, however much it is."""

import pytest
from sqlalchemy import select

from bot.repositories.toolkit import add_tools
from bot.store.tables import Group
from playground.slack.records import User
from playground.testing import ESTHER, FATIMA, GRACE, JOOST, MEHMET, SANNE, Team

LONG = "Wat zou er gebeuren als je een keer niets doet, en hoe erg is dat over een jaar? " * 24
EIGHTH = "U1EXTRA"


@pytest.fixture
def team(stage):
    return Team(stage)


def in_round(team, askers):
    team.begins(MEHMET, askers)
    while "Vragenronde" not in team.reads(team.board()):
        team.presses(MEHMET, "session:next")


def test_a_harvest_of_seven_long_questions_arrives(team):
    team.slack.users[EIGHTH] = User(EIGHTH, "extra", "Extra")
    team.slack.join(EIGHTH, team.channel)
    askers = [SANNE, ESTHER, JOOST, FATIMA, GRACE, "U0DANIEL", EIGHTH]
    in_round(team, askers)
    while "Vragenronde" in team.reads(team.board()):
        who = team.turn()
        team.writes(who, "Dat raakt me." if who == MEHMET else LONG)
    assert team.plays_on([MEHMET, *askers])
    harvest = [team.reads(each) for each in team.direct_messages(MEHMET)]
    assert sum(text.count(LONG[:80]) for text in harvest) >= len(askers)
    assert team.unsent() == []


def test_all_that_is_stored_about_somebody_arrives(team):
    in_round(team, [SANNE, ESTHER])
    asker = team.turn()
    for _ in range(7):
        team.writes(asker, LONG)
    team.types(asker, "mijndata")
    assert team.unsent() == []
    shown = "".join(team.reads(each) for each in team.direct_messages(asker))
    assert shown.count(LONG[:80]) >= 7


def test_a_toolkit_longer_than_a_message_is_answered_in_parts(team):
    team.begins(MEHMET, [SANNE, ESTHER])
    with team.stage.bot.store.unit() as unit:
        group = unit.db.scalars(select(Group)).one()
        add_tools(unit, group, SANNE, [f"{n} {LONG}" for n in range(8)], team.slack.clock.now())
        unit.commit()
    before = len(team.slack.everything(SANNE, team.channel))
    team.types(SANNE, "toolkit")
    answer = team.slack.everything(SANNE, team.channel)[before:]
    shown = "".join(team.reads(each) for each in answer)
    assert all(f"{n} {LONG[:80]}" in shown for n in range(8))
