"""When Slack takes nothing more in a channel, somebody who can act hears it, and it all comes."""

from datetime import timedelta

import pytest

from bot.outbox.files import File
from bot.store.tables import Post, SendMethod
from bot.store.unit import Outgoing
from playground.slack.records import TEAM
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
    assert any("Dit bewaar ik van jou" in text for text in direct_texts(team, JOOST))


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
    told = "Vraag je beheerder"
    reply = team.slack.slash(MEHMET, team.channel, "/intervisie", "stand")
    assert told in str(reply.body)
    team.stage.slack.api.faults.clear()
    team.stage.pass_time(timedelta(minutes=6))
    assert told not in str(team.types(MEHMET, "stand").body)
    assert team.unsent() == []


def test_a_message_that_slack_will_never_take_is_told_of_once(team):
    for _ in range(2):
        team.stage.slack.api.fail("chat.postMessage", "invalid_blocks")
        team.presses(MEHMET, "session:next")
    told = [m for m in team.direct_messages(MEHMET) if "kwam niet aan" in team.reads(m)]
    assert len(told) == 1


def enqueue(team, conversation, method, payload, *, key=None):
    out = Outgoing(TEAM, conversation, method, payload, team.slack.clock.now(), key=key)
    with team.stage.bot.store.unit() as unit:
        unit.send(out)
        unit.commit()
    team.stage.settle()


def direct_texts(team, who):
    return [team.reads(m) for m in team.direct_messages(who)]


def test_who_does_not_get_a_direct_message_hears_of_it(team):
    team.stage.slack.api.fail("chat.postMessage", "msg_blocks_too_long")
    team.types(SANNE, "mijndata")
    assert "kwam niet aan" in team.last_direct(SANNE)


def test_who_does_not_get_a_file_hears_of_it_each_time(team):
    for asked in (1, 2):
        team.stage.slack.api.fail("files.getUploadURLExternal", "file_uploads_disabled")
        enqueue(team, SANNE, SendMethod.FILE, File("a.csv", "A", b"x").payload())
        told = [text for text in direct_texts(team, SANNE) if "Het bestand dat" in text]
        assert len(told) == asked
        team.stage.pass_time(timedelta(minutes=2))


def test_who_misses_two_files_of_one_answer_hears_of_it_once(team):
    team.stage.slack.api.fail("files.getUploadURLExternal", "file_uploads_disabled", times=2)
    team.slack.slash(SANNE, team.direct(SANNE), "/intervisie", "mijndata")
    team.stage.settle()
    assert sum("Het bestand dat" in text for text in direct_texts(team, SANNE)) == 1


def test_the_home_tells_what_did_not_arrive(team):
    team.slack.open_home(SANNE)
    team.stage.settle()
    team.stage.slack.api.fail("chat.postMessage", "messages_tab_disabled", times=2)
    enqueue(team, SANNE, SendMethod.POST, {"text": "Hallo"})
    team.stage.pass_time(timedelta(minutes=1))
    assert "kwamen de afgelopen twee weken niet aan" in team.home_says(SANNE)
    assert not any("kwam niet aan" in text for text in direct_texts(team, SANNE))


def test_a_home_that_slack_refuses_is_told_of_once_a_day(team):
    team.stage.slack.api.fail("views.publish", "invalid_arguments", times=3)
    for _ in range(3):
        team.slack.open_home(SANNE)
        team.stage.settle()
        team.stage.pass_time(timedelta(minutes=1))
    assert sum("kan ik nu niet bijwerken" in text for text in direct_texts(team, SANNE)) == 1


def test_a_pin_that_fails_is_told_of_in_its_own_words(team):
    team.stage.slack.api.fail("pins.add", "too_many_pins")
    board = next(post.key for post in team.rows(Post) if post.key.startswith("board:"))
    enqueue(team, team.channel, SendMethod.PIN, {}, key=board)
    assert "niet vastzetten" in team.last_direct(MEHMET)


def test_a_board_that_was_deleted_is_posted_anew(team):
    board = team.board()
    team.stage.slack.api.fail("chat.update", "cant_update_message")
    team.presses(MEHMET, "session:next")
    assert team.board().ts != board.ts
    assert team.unsent() == []


def test_who_presses_from_outside_the_channel_is_answered_directly(team):
    team.slack.channels[team.channel].members.discard(JOOST)
    team.slack.press(JOOST, "session:next", value=team.session().id, message=team.board())
    team.stage.settle()
    assert "Je doet niet mee aan deze sessie" in team.last_direct(JOOST)
    assert team.unsent() == []
