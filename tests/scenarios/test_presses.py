"""Every press says on what: one that has gone by does nothing, and its presser is told so."""

from datetime import timedelta

import pytest

from bot.flows.session.state import Session
from bot.flows.types import Phase
from playground.reading import find
from playground.testing import ESTHER, JOOST, MEHMET, SANNE, Team

OTHERS = [SANNE, ESTHER, JOOST]
GONE_BY = "Er is net iets veranderd"


@pytest.fixture
def team(stage) -> Team:
    return Team(stage)


def state(team) -> Session:
    return Session.model_validate_json(team.session().state)


def speaks(team):
    """Begin a spoken session on Mehmet's case."""
    team.gathers(MEHMET, OTHERS)
    team.presses(MEHMET, "session:live")
    team.presses(MEHMET, "session:begin")


def chooses(team, who, move):
    board = team.board()
    option = next(
        each
        for name in ("session:how", "session:more")
        for each in find(board.blocks, name)[1]["options"]
        if each["value"].startswith(f"{move}:")
    )
    team.slack.press(who, "session:how", option=option, message=board, kind="overflow")
    team.stage.settle()


def test_next_by_three_in_one_second_is_one_step(team):
    speaks(team)
    board = team.board()
    for who in OTHERS:
        team.presses(who, "session:next", on=board)
    assert len(state(team).entered) == 2
    assert all(GONE_BY in team.whispered(who)[-1] for who in OTHERS[1:])
    team.presses(JOOST, "session:next")
    assert len(state(team).entered) == 3


def test_done_twice_by_who_leads_passes_nobody_over(team):
    speaks(team)
    chooses(team, SANNE, "lead")
    sheet = team.direct_messages(SANNE)[-1]
    queue = state(team).position.queue
    for _ in range(2):
        team.presses(SANNE, "session:done", on=sheet)
    assert state(team).position.queue == queue[1:]
    assert GONE_BY in team.last_direct(SANNE)


def test_more_time_by_three_is_given_once(team):
    speaks(team)
    board, until = team.board(), state(team).position.until
    for who in OTHERS:
        team.presses(who, "session:more_time", on=board)
    assert state(team).position.until - until == timedelta(minutes=5)


def test_buttons_without_a_version_still_work(team):
    speaks(team)
    team.slack.press(SANNE, "session:next", value=team.session().id, message=team.board())
    team.stage.settle()
    assert len(state(team).entered) == 2


def test_a_board_of_last_year_answers_kindly(team):
    team.begins(MEHMET, OTHERS)
    board = team.board()
    team.stage.pass_time(timedelta(days=365))
    team.presses(SANNE, "session:next", on=board)
    assert team.session().status is Phase.CLOSED
    assert team.whispered(SANNE) or team.direct_messages(SANNE)


def test_words_of_a_form_that_has_gone_by_stay_there(team):
    team.begins(MEHMET, OTHERS)
    team.presses(team.turn(), "session:contribute")
    asker = team.turn()
    team.presses(SANNE, "session:next")
    reply = team.sends(asker, text="Hier ben ik.")
    assert "stap verder" in str(reply.body["errors"])
    assert team.slack.views(asker)


def test_who_left_is_not_taken_up_again(team):
    team.begins(SANNE, [MEHMET, ESTHER, JOOST])
    team.chooses(SANNE, "stop")
    team.slack.leave(JOOST, team.channel)
    team.forgets(ESTHER)
    team.stage.settle()
    team.types(SANNE, "hervat")
    assert state(team).participants == (SANNE, MEHMET)
    assert team.session().status is Phase.RUNNING


def test_the_case_of_who_left_is_not_gone_on_with(team):
    team.begins(SANNE, [MEHMET, ESTHER, JOOST])
    team.chooses(SANNE, "stop")
    assert find(team.board().blocks, "session:resume")
    team.slack.change_user(SANNE, deleted=True)
    team.stage.settle()
    assert not find(team.board().blocks, "session:resume")
    said = team.answered(MEHMET, "hervat")
    assert "afgelopen" in said or "voorbij" in said, said
    assert team.session().status is Phase.CLOSED


def test_coming_back_opens_no_session_again(team):
    team.begins(SANNE, [MEHMET, ESTHER, JOOST])
    team.chooses(SANNE, "stop")
    team.slack.leave(JOOST, team.channel)
    team.slack.join(JOOST, team.channel)
    team.stage.settle()
    team.types(SANNE, "hervat")
    assert JOOST not in state(team).participants


def test_a_harvest_says_that_the_group_talked(team):
    speaks(team)
    team.presses(MEHMET, "session:next")
    team.chooses(MEHMET, "stop")
    said = team.last_direct(MEHMET)
    assert "niets voor je op papier" in said
    assert "wat er gezegd is, staat hier niet bij" in said
