"""A process check over HTTP: the others say where they are, and the bringer chooses in private."""

from playground.reading import find
from playground.testing import ESTHER, MEHMET, SANNE, Team


def asks(team, who):
    team.chooses(who, "check")


def says(team, who, text):
    team.presses(who, "session:contribute")
    team.sends(who, text=text)


def test_the_group_pauses_and_goes_on_as_the_bringer_chooses(stage):
    team = Team(stage)
    team.comes_to_questions(MEHMET, [SANNE, ESTHER])
    team.writes(team.turn(), "Wat maakte dat je bleef zitten?")
    asks(team, SANNE)
    assert "Pas op de plaats" in team.board_says()
    assert "vraagt om even stil te staan" in team.thread_says()
    says(team, SANNE, "Ik zou het even laten zakken.")
    assert "even laten zakken" not in team.thread_says()
    says(team, ESTHER, "Stilte.")
    assert "even laten zakken" in team.thread_says()
    assert not find(team.board().blocks, "session:to_silence")
    assert not any(find(m.blocks, "session:to_silence") for m in team.thread())
    choice = team.direct_messages(MEHMET)[-1]
    team.presses(MEHMET, "session:to_silence", on=choice)
    says(team, MEHMET, "Ik ben nog boos.")
    assert "Ik ben nog boos." not in team.thread_says()
    for who in (SANNE, ESTHER):
        team.presses(who, "session:pass")
    assert "Ik ben nog boos." in team.last_direct(MEHMET)
    assert "We gaan verder waar we waren." in team.thread_says()
    assert team.turn() == MEHMET
    team.writes(MEHMET, "Ik was moe.")
    assert team.plays_on([MEHMET, SANNE, ESTHER])


def test_simulated_colleagues_take_part_in_it(stage):
    team = Team(stage)
    team.begins(MEHMET, [SANNE, ESTHER])
    team.types(SANNE, "check")
    team.plays_on([MEHMET, SANNE, ESTHER], acts=4)
    assert "Laat me hier nog even mee zitten." in team.thread_says()
    assert "We gaan verder waar we waren." in team.thread_says()


def test_it_can_be_typed_and_is_refused_kindly_the_third_time(stage):
    team = Team(stage)
    team.begins(MEHMET, [SANNE, ESTHER])
    assert "Neem" not in team.answered(ESTHER, "pas op de plaats")
    assert "We staan al even stil" in team.answered(SANNE, "plaats")
    choice = "Hoe verder?"
    for asker in (SANNE, None):
        team.types(SANNE, "verder")
        assert choice in team.board_says()
        team.types(SANNE, "verder")
        assert choice not in team.board_says()
        if asker:
            team.types(asker, "check")
    assert "al 2 keer stilgestaan" in team.answered(ESTHER, "werkwijze")
    assert "check:" not in str(team.board().blocks)
