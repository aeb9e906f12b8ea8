"""Which language the bot speaks in a channel, and where that is changed."""

import pytest

from bot.store.tables import Group
from playground.testing import ESTHER, FOUR, GRACE, JOOST, MEHMET, SANNE, Team


@pytest.fixture
def team(stage):
    return Team(stage)


def test_a_channel_without_a_group_speaks_as_who_starts(team):
    team.brings(MEHMET)
    team.types(GRACE, "start")
    assert "I write English here" in team.board_says()
    team.brings(ESTHER)
    team.types(SANNE, "start")
    assert "brengt een casus in" in team.board_says()


def test_a_language_that_was_chosen_stays_whoever_starts(team):
    team.brings(MEHMET)
    team.types(SANNE, "instellingen")
    team.sends(SANNE, language="en")
    team.types(JOOST, "start")
    assert team.rows(Group)[0].language == "en"
    assert "brengt een casus in" not in team.board_says()


def test_a_new_group_speaks_as_who_makes_it_and_says_where_to_change_it(year):
    year.types(SANNE, "wachtrij")  # a channel that began in Dutch
    year.types(GRACE, "group")
    year.sends(GRACE, name="Team North", members=[GRACE, *FOUR[:2]], leads=[GRACE])
    assert year.rows(Group)[0].language == "en"
    said = "\n".join(year.reads(m) for m in year.slack.messages(SANNE, year.channel))
    assert "I write English here" in said
    assert "/intervisie settings" in said


def test_a_founded_group_keeps_its_language_whoever_starts(year):
    year.founds(members=[*FOUR, GRACE])
    year.brings(GRACE)
    year.types(GRACE, "start")
    assert "brengt een casus in" in year.board_says()
