"""The relay sends in order, at Slack's pace, and nothing twice, whatever Slack does."""

import json
from datetime import timedelta
from threading import Thread

import pytest
from slack_sdk import WebClient

from bot.outbox.files import File
from bot.outbox.relay import Relay
from bot.store.crypto import KeyRing, new_key
from bot.store.tables import Lane, Outbound, Post
from bot.store.unit import Outgoing
from playground.slack.api import TOKEN
from playground.slack.workspace import TEAM
from playground.testing import MEHMET, SANNE, Team


@pytest.fixture
def team(any_stage):
    return Team(any_stage)


def lay(team, *texts, conversation=None, **more):
    with team.stage.bot.store.unit() as unit:
        for text in texts:
            unit.send(
                Outgoing(
                    workspace=TEAM,
                    conversation=conversation or team.channel,
                    method=more.get("method", "post"),
                    payload={"text": text},
                    due=team.stage.slack.clock.now(),
                    **{k: v for k, v in more.items() if k != "method"},
                )
            )
        unit.commit()


def said(team):
    return [m.text for m in team.slack.messages(SANNE, team.channel)]


def states(team):
    return {row.id: (row.state, row.error) for row in team.rows(Outbound)}


def test_messages_stay_in_order_and_keep_slacks_pace(team):
    texts = [f"bericht {n}" for n in range(8)]
    lay(team, *texts)
    team.stage.settle()
    assert said(team) == texts
    assert all(ok == "ok" for _, _, ok in team.stage.slack.api.calls)


def test_what_was_sent_is_emptied(team):
    lay(team, "geheim")
    team.stage.settle()
    assert [row.payload for row in team.rows(Outbound)] == [None]


@pytest.mark.parametrize("fault", ["500", "drop", "429", "internal_error"])
def test_a_passing_fault_delays_and_loses_nothing(team, fault):
    team.stage.slack.api.fail("chat.postMessage", fault)
    lay(team, "een", "twee")
    team.stage.settle()
    team.stage.pass_time(timedelta(minutes=1))
    assert said(team) == ["een", "twee"]


def test_a_connection_that_breaks_after_slack_took_it_gives_no_second_message(team):
    team.stage.slack.api.fail("chat.postMessage", "drop_after")
    lay(team, "een", "twee")
    team.stage.settle()
    team.stage.pass_time(timedelta(minutes=1))
    assert said(team) == ["een", "twee"]


def test_a_conversation_that_fails_holds_up_no_other(team):
    lay(team, "kan niet", conversation="C0NOWHERE")
    lay(team, "kan wel")
    team.stage.settle()
    assert said(team) == ["kan wel"]
    assert ("waiting", "channel_not_found") in states(team).values()


def test_of_several_updates_the_newest_is_sent(team):
    lay(team, "bord", key="board:x")
    team.stage.settle()
    lay(team, "oud", "ouder", "nieuw", method="update", key="board:x", coalesce=True)
    team.stage.settle()
    assert said(team) == ["nieuw"]
    assert team.stage.slack.api.counts()["chat.update"] == 1


def test_what_belongs_to_a_post_that_never_came_fails_and_the_rest_goes_on(team):
    lay(team, "draad", thread="board:unknown")
    lay(team, "gewoon")
    team.stage.settle()
    assert said(team) == ["gewoon"]
    assert ("failed", "post_unknown") in states(team).values()


def test_a_post_is_remembered_under_its_key(team):
    lay(team, "bord", key="board:x")
    team.stage.settle()
    posts = team.rows(Post)
    assert [(p.key, p.channel) for p in posts] == [("board:x", team.channel)]
    assert posts[0].ts == team.slack.messages(SANNE, team.channel)[0].ts


def test_a_claim_that_ran_out_is_looked_up_before_it_is_sent_again(team):
    lay(team, "een")
    team.stage.settle()
    with team.stage.bot.store.unit() as unit:
        row = unit.db.get(Outbound, 1)
        row.state = "sending"
        row.payload = team.stage.bot.store.keys.seal(b'{"text": "een"}')
        lease = team.stage.slack.clock.now() + timedelta(seconds=5)
        unit.db.add(Lane(workspace=TEAM, conversation=team.channel, next_at=lease))
        unit.commit()
    team.stage.pass_time(timedelta(minutes=2))
    assert said(team) == ["een"]
    assert states(team)[1] == ("sent", None)


def test_a_whisper_that_may_have_been_sent_is_not_sent_again(team):
    team.stage.slack.api.fail("chat.postEphemeral", "drop_after")
    lay(team, "pst", method="ephemeral", user=MEHMET)
    team.stage.settle()
    team.stage.pass_time(timedelta(minutes=1))
    whispers = [m for m in team.slack.all_messages(MEHMET, team.channel) if m.ephemeral_to]
    assert len(whispers) == 1


FILE = File("deelname.csv", "Deelname", b"naam;aantal\n", comment="Hier is het.")


def lay_file(team, file=FILE, to=SANNE):
    out = Outgoing(TEAM, to, "file", file.payload(), due=team.stage.slack.clock.now())
    with team.stage.bot.store.unit() as unit:
        unit.send(out)
        unit.commit()


def shared(team, who=SANNE):
    return [file for said in team.direct_messages(who) for file in said.files]


def test_a_file_comes_with_its_content_and_leaves_none_behind(team):
    lay_file(team)
    assert all(b"naam" not in row.payload for row in team.rows(Outbound))
    team.stage.settle()
    assert [(f.name, f.title, f.content) for f in shared(team)] == [
        (FILE.name, FILE.title, FILE.content)
    ]
    assert team.last_direct(SANNE) == "Hier is het.\n[Deelname]"
    assert [row.payload for row in team.rows(Outbound)] == [None]


@pytest.mark.parametrize("call", ["getUploadURLExternal", "completeUploadExternal"])
@pytest.mark.parametrize("fault", ["drop", "drop_after", "500", "429", "internal_error"])
def test_a_file_comes_once_whatever_breaks_off(team, call, fault):
    team.stage.slack.api.fail(f"files.{call}", fault)
    lay_file(team)
    lay(team, "daarna", conversation=SANNE)
    for _ in range(3):
        team.stage.settle()
        team.stage.pass_time(timedelta(minutes=2))
    assert [f.content for f in shared(team)] == [FILE.content]
    assert team.last_direct(SANNE) == "daarna"


def test_a_file_that_slack_lost_is_uploaded_again(team):
    team.stage.slack.api.fail("files.completeUploadExternal", "file_not_found")
    lay_file(team)
    team.stage.settle()
    assert len(shared(team)) == 1
    assert team.stage.slack.api.counts()["files.getUploadURLExternal"] == 2


def test_a_file_that_was_shared_before_a_copy_came_back_is_not_shared_again(team):
    lay_file(team)
    team.stage.settle()
    with team.stage.bot.store.unit() as unit:
        row = unit.db.get(Outbound, 1)
        row.state, row.file = "sending", None
        row.payload = team.stage.bot.store.keys.seal(json.dumps(FILE.payload()).encode())
        unit.db.add(Lane(workspace=TEAM, conversation=SANNE, next_at=row.due_at))
        unit.commit()
    team.stage.settle()
    assert len(shared(team)) == 1
    assert states(team)[1] == ("sent", None)


def test_the_bot_does_not_answer_its_own_file(team):
    lay_file(team)
    team.stage.settle()
    assert team.stage.slack.dispatcher.drain()
    team.stage.settle()
    assert len(team.direct_messages(SANNE)) == 1


def test_a_row_that_cannot_be_opened_waits_and_holds_up_no_other(team):
    lay(team, "dicht", conversation="C0OTHER")
    with team.stage.bot.store.unit() as unit:
        unit.db.get(Outbound, 1).payload = KeyRing([new_key()]).seal(b"{}")
        unit.commit()
    lay(team, "open")
    team.stage.bot.relay.drain()
    assert said(team) == ["open"]
    assert states(team)[1] == ("waiting", None)


def test_a_message_that_nobody_foresaw_is_given_up_in_the_end(team):
    with team.stage.bot.store.unit() as unit:
        unit.send(
            Outgoing(
                workspace=TEAM,
                conversation=team.channel,
                method="post",
                payload={"text": "x", "channel": "twice"},
                due=team.stage.slack.clock.now(),
            )
        )
        unit.commit()
    lay(team, "daarna")
    for _ in range(14):
        team.stage.bot.relay.drain()
        team.stage.slack.clock.advance(timedelta(minutes=7))
    assert states(team)[1][0] == "failed"
    assert said(team) == ["daarna"]


def client_of(team):
    return WebClient(token=TOKEN, base_url=team.stage.slack.url, retry_handlers=[])


def test_two_relays_send_everything_once_and_in_order(team):
    bot = team.stage.bot
    client = client_of(team)
    other = Relay(bot.store, lambda _: client, team.stage.slack.clock.now)
    texts = [f"bericht {n}" for n in range(6)]
    lay(team, *texts)
    for _ in range(60):
        threads = [Thread(target=relay.drain) for relay in (bot.relay, other)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        team.stage.slack.clock.advance(timedelta(seconds=2))
    assert said(team) == texts


def test_two_relays_keep_slacks_pace_together(team):
    bot, clock = team.stage.bot, team.stage.slack.clock
    client = client_of(team)
    relays = [Relay(bot.store, lambda _: client, clock.now) for _ in range(2)]
    lay(team, *(f"bericht {n}" for n in range(8)))
    for _ in range(40):
        for relay in relays:
            relay.drain()
        clock.advance(timedelta(seconds=0.3))
    assert len(said(team)) == 8
    assert {ok for _, _, ok in team.stage.slack.api.calls} == {"ok"}
