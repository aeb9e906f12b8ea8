"""When Slack takes nothing more in a channel, somebody who can act hears it, and it all comes."""

from datetime import timedelta

import pytest

from playground.testing import ESTHER, JOOST, MEHMET, SANNE, Team


@pytest.fixture
def team(any_stage):
    made = Team(any_stage)
    made.begins(MEHMET, [SANNE, ESTHER])
    return made


def shut(team, how):
    if how == "is_archived":
        team.slack.channels[team.channel].archived = True
    else:
        team.slack.channels[team.channel].members.discard(team.slack.bot.id)


def open_again(team):
    team.slack.channels[team.channel].archived = False
    team.slack.channels[team.channel].members.add(team.slack.bot.id)


@pytest.mark.parametrize(
    ("how", "told"),
    [("is_archived", "Haal het uit het archief"), ("not_in_channel", "/invite @Intervisie")],
)
def test_the_bringer_hears_what_helps_and_then_it_all_comes_once(team, how, told):
    board = team.board()
    before = len(team.thread())
    shut(team, how)
    team.presses(MEHMET, "session:next", on=board)
    assert told in team.last_direct(MEHMET)
    for other in (SANNE, ESTHER):
        assert not any(told in team.reads(m) for m in team.direct_messages(other))
    heard = len(team.direct_messages(MEHMET))
    team.stage.pass_time(timedelta(hours=20))
    assert len(team.direct_messages(MEHMET)) == heard
    open_again(team)
    team.stage.pass_time(timedelta(minutes=6))
    assert len(team.thread()) == before + 1
    assert team.unsent() == []


def test_elsewhere_everything_goes_on(team):
    board = team.board()
    shut(team, "is_archived")
    team.presses(MEHMET, "session:next", on=board)
    team.slack.slash(JOOST, team.direct(JOOST), "/intervisie", "mijndata")
    team.stage.settle()
    assert "Dit bewaar ik van jou" in team.last_direct(JOOST)


def test_after_three_days_it_is_given_up(team):
    board = team.board()
    shut(team, "is_archived")
    team.presses(MEHMET, "session:next", on=board)
    team.stage.pass_time(timedelta(days=3, minutes=10))
    failed = [row for row in team.unsent() if row.state == "failed"]
    assert failed
    assert all(row.payload is None for row in failed)


@pytest.mark.parametrize("error", ["token_revoked", "account_inactive", "invalid_auth"])
def test_shut_out_of_slack_the_answer_to_a_command_says_so(team, error):
    team.stage.slack.api.fail("chat.postMessage", error, times=1000)
    team.types(MEHMET, "casus")
    told = "Vraag wie mij beheert"
    reply = team.slack.slash(MEHMET, team.channel, "/intervisie", "stand")
    assert told in str(reply.body)
    team.stage.slack.api.faults.clear()
    team.stage.pass_time(timedelta(minutes=6))
    reply = team.slack.slash(MEHMET, team.channel, "/intervisie", "stand")
    assert told not in str(reply.body)
    assert team.unsent() == []


def test_a_message_that_slack_will_never_take_is_told_of_once(team):
    for _ in range(2):
        team.stage.slack.api.fail("chat.postMessage", "invalid_blocks")
        team.presses(MEHMET, "session:next")
    told = [m for m in team.direct_messages(MEHMET) if "kwam niet aan" in team.reads(m)]
    assert len(told) == 1
