"""Who tells a case hears privately, once, that somebody may be recognised in it."""

import pytest

from playground.testing import ESTHER, MEHMET, SANNE, Team

TOLD = "Zou iemand diegene herkennen?"


@pytest.fixture
def team(stage):
    return Team(stage)


def heard(team):
    return sum(TOLD in team.reads(said) for said in team.direct_messages(MEHMET))


def test_a_name_in_the_conversation_is_told_of_once(team):
    team.types(MEHMET, "casus")
    team.tells_bot(MEHMET, "Een gesprek dat misliep")
    team.presses(MEHMET, "intake:choose:learning", on=team.direct_messages(MEHMET)[-1])
    team.tells_bot(MEHMET, "Mevrouw Yilmaz liep boos weg.")
    assert heard(team) == 1
    assert "misschien een naam" in "".join(map(team.reads, team.direct_messages(MEHMET)))
    team.tells_bot(MEHMET, "Ik belde meneer De Boer op 06 12345678.")
    assert heard(team) == 1


def test_a_case_that_names_nobody_hears_nothing(team):
    team.types(MEHMET, "casus")
    team.tells_bot(MEHMET, "Een roos voor de leerling")
    assert heard(team) == 0


def test_a_name_in_the_thread_is_told_of_once_and_to_its_writer_alone(team):
    team.begins(MEHMET, [SANNE, ESTHER])
    team.checks_in([SANNE, MEHMET, ESTHER])
    team.writes(MEHMET, "Het ging om leerling Kevin, en om mevrouw Yilmaz.")
    team.writes(MEHMET, "Mevrouw Yilmaz belde later terug.")
    assert sum(TOLD in text for text in team.whispered(MEHMET)) == 1
    assert not any(TOLD in text for text in team.whispered(SANNE))
