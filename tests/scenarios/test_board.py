"""The board: it comes back when it was deleted, and the session goes on in either thread."""

import pytest

from playground.testing import ESTHER, MEHMET, SANNE, Team, block, deliver


@pytest.fixture
def team(stage):
    team = Team(stage)
    team.comes_to_questions(MEHMET, [SANNE, ESTHER])
    return team


def entombs(team):
    """Somebody who may do so deletes the board; Slack keeps its thread under a tombstone."""
    board = team.board()
    before = team.slack._as_event(board)
    board.text, board.blocks, board.user = "This message was deleted.", [], "USLACKBOT"
    return {
        "type": "message",
        "subtype": "message_changed",
        "hidden": True,
        "channel": team.channel,
        "channel_type": "channel",
        "ts": team.slack.new_ts(),
        "message": {
            "type": "message",
            "subtype": "tombstone",
            "text": board.text,
            "user": "USLACKBOT",
            "hidden": True,
            "ts": board.ts,
            "thread_ts": board.ts,
        },
        "previous_message": before,
    }


def boards(team):
    seen = team.slack.messages(SANNE, team.channel)
    return [each for each in seen if block(each.blocks, "board-who")]


def loses(team, ts):
    """The bot's message is deleted, and the bot hears so."""
    team.slack.bot_delete(team.channel, ts)
    team.stage.slack.dispatcher.drain()
    team.stage.settle()


def test_a_board_that_was_deleted_comes_back_at_once(team):
    lost, event = team.board().ts, entombs(team)
    deliver(team, event)
    deliver(team, event)
    assert len(boards(team)) == 1
    assert team.board().ts != lost
    assert "Hier staat het opnieuw" in team.thread_says()
    assert team.unsent() == []


def test_a_tombstone_is_nobodys_words(team):
    counted = len(team.contributions())
    deliver(team, entombs(team))
    assert len(team.contributions()) == counted


def test_a_board_that_is_gone_without_a_thread_comes_back(team):
    loses(team, team.board().ts)
    assert len(boards(team)) == 1


def test_the_next_change_brings_back_a_lost_board(team):
    entombs(team)
    team.answered(MEHMET, "verder")
    assert len(boards(team)) == 1


def test_what_is_written_in_the_old_thread_counts_too(team):
    lost, asker = team.board().ts, team.turn()
    entombs(team)
    team.writes(asker, "Wat voelde je?", thread=lost)
    counted = len(team.contributions())
    team.writes(MEHMET, "Boosheid.", thread=lost)
    team.writes(team.turn(), "En toen?")
    assert len(team.contributions()) == counted + 2


def test_the_board_of_a_session_that_ended_stays_deleted(team):
    team.chooses(MEHMET, "stop")
    loses(team, team.slack.messages(SANNE, team.channel)[-1].ts)
    assert boards(team) == []
