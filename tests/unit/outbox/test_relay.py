"""The relay sends each message once, in order, within Slack's rate limits, despite failures."""

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


def enqueue(team, *texts, conversation=None, **more):
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


def test_messages_keep_order_and_rate_limits(team):
    texts = [f"bericht {n}" for n in range(8)]
    enqueue(team, *texts)
    team.stage.settle()
    assert said(team) == texts
    assert all(ok == "ok" for _, _, ok in team.stage.slack.api.calls)


def test_a_sent_message_loses_its_payload(team):
    enqueue(team, "geheim")
    team.stage.settle()
    assert [row.payload for row in team.rows(Outbound)] == [None]


@pytest.mark.parametrize("fault", ["500", "drop", "429", "internal_error"])
def test_a_transient_error_delays_and_loses_nothing(team, fault):
    team.stage.slack.api.fail("chat.postMessage", fault)
    enqueue(team, "een", "twee")
    team.stage.settle()
    team.stage.pass_time(timedelta(minutes=1))
    assert said(team) == ["een", "twee"]


def test_a_connection_broken_after_sending_causes_no_duplicate(team):
    team.stage.slack.api.fail("chat.postMessage", "drop_after")
    enqueue(team, "een", "twee")
    team.stage.settle()
    team.stage.pass_time(timedelta(minutes=1))
    assert said(team) == ["een", "twee"]


def test_a_failing_conversation_delays_no_other(team):
    enqueue(team, "kan niet", conversation="C0NOWHERE")
    enqueue(team, "kan wel")
    team.stage.settle()
    assert said(team) == ["kan wel"]
    assert ("waiting", "channel_not_found") in states(team).values()


def test_of_several_updates_the_newest_is_sent(team):
    enqueue(team, "bord", key="board:x")
    team.stage.settle()
    enqueue(team, "oud", "ouder", "nieuw", method="update", key="board:x", coalesce=True)
    team.stage.settle()
    assert said(team) == ["nieuw"]
    assert team.stage.slack.api.counts()["chat.update"] == 1


def test_messages_of_a_post_never_sent_fail_and_others_go_on(team):
    enqueue(team, "draad", thread="board:unknown")
    enqueue(team, "gewoon")
    team.stage.settle()
    assert said(team) == ["gewoon"]
    assert ("failed", "post_unknown") in states(team).values()


def test_a_post_is_stored_under_its_key(team):
    enqueue(team, "bord", key="board:x")
    team.stage.settle()
    posts = team.rows(Post)
    assert [(p.key, p.channel) for p in posts] == [("board:x", team.channel)]
    assert posts[0].ts == team.slack.messages(SANNE, team.channel)[0].ts


def test_after_an_ended_lease_a_message_is_looked_up_first(team):
    enqueue(team, "een")
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


def test_an_ephemeral_message_is_never_sent_twice(team):
    team.stage.slack.api.fail("chat.postEphemeral", "drop_after")
    enqueue(team, "pst", method="ephemeral", user=MEHMET)
    team.stage.settle()
    team.stage.pass_time(timedelta(minutes=1))
    whispers = [m for m in team.slack.everything(MEHMET, team.channel) if m.ephemeral_to]
    assert len(whispers) == 1


FILE = File("deelname.csv", "Deelname", b"naam;aantal\n", comment="Hier is het.")


def lay_file(team, file=FILE, to=SANNE):
    out = Outgoing(TEAM, to, "file", file.payload(), due=team.stage.slack.clock.now())
    with team.stage.bot.store.unit() as unit:
        unit.send(out)
        unit.commit()


def shared(team, who=SANNE):
    return [file for said in team.direct_messages(who) for file in said.files]


def test_a_file_arrives_and_its_content_is_not_kept(team):
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
def test_a_file_arrives_once_whichever_call_fails(team, call, fault):
    team.stage.slack.api.fail(f"files.{call}", fault)
    lay_file(team)
    enqueue(team, "daarna", conversation=SANNE)
    for _ in range(3):
        team.stage.settle()
        team.stage.pass_time(timedelta(minutes=2))
    assert [f.content for f in shared(team)] == [FILE.content]
    assert team.last_direct(SANNE) == "daarna"


def test_a_file_lost_by_slack_is_uploaded_again(team):
    team.stage.slack.api.fail("files.completeUploadExternal", "file_not_found")
    lay_file(team)
    team.stage.settle()
    assert len(shared(team)) == 1
    assert team.stage.slack.api.counts()["files.getUploadURLExternal"] == 2


def test_a_file_shared_before_a_restore_is_not_shared_again(team):
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


def test_an_undecryptable_message_waits_and_delays_no_other(team):
    enqueue(team, "dicht", conversation="C0OTHER")
    with team.stage.bot.store.unit() as unit:
        unit.db.get(Outbound, 1).payload = KeyRing([new_key()]).seal(b"{}")
        unit.commit()
    enqueue(team, "open")
    team.stage.bot.relay.drain()
    assert said(team) == ["open"]
    assert states(team)[1] == ("waiting", None)


def test_unexpected_errors_fail_a_message_in_the_end(team):
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
    enqueue(team, "daarna")
    for _ in range(14):
        team.stage.bot.relay.drain()
        team.stage.slack.clock.wind(timedelta(minutes=7))
    assert states(team)[1][0] == "failed"
    assert said(team) == ["daarna"]


def client_of(team):
    return WebClient(token=TOKEN, base_url=team.stage.slack.url, retry_handlers=[])


def test_two_relays_send_everything_once_and_in_order(team):
    bot = team.stage.bot
    client = client_of(team)
    other = Relay(bot.store, lambda _: client, team.stage.slack.clock.now)
    texts = [f"bericht {n}" for n in range(6)]
    enqueue(team, *texts)
    for _ in range(60):
        threads = [Thread(target=relay.drain) for relay in (bot.relay, other)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        team.stage.slack.clock.wind(timedelta(seconds=2))
    assert said(team) == texts


def test_two_relays_together_keep_rate_limits(team):
    bot, clock = team.stage.bot, team.stage.slack.clock
    client = client_of(team)
    relays = [Relay(bot.store, lambda _: client, clock.now) for _ in range(2)]
    enqueue(team, *(f"bericht {n}" for n in range(8)))
    for _ in range(40):
        for relay in relays:
            relay.drain()
        clock.wind(timedelta(seconds=0.3))
    assert len(said(team)) == 8
    assert {ok for _, _, ok in team.stage.slack.api.calls} == {"ok"}
