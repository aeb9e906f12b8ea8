"""What people know of Slack: reactions, unread replies, completions, Slackbot."""

import pytest

from bot.i18n import words
from playground.slack.manifest import Manifest
from playground.slack.records import Reply
from playground.testing import ESTHER, GRACE, MEHMET, SANNE, WoundClock, seeded
from playground.ui.completion import completions


@pytest.fixture
def workspace():
    return seeded(WoundClock())


@pytest.fixture
def channel(workspace):
    return next(c.id for c in workspace.channels.values() if c.name == "intervisie")


def test_a_reaction_is_given_once_and_taken_back(workspace, channel):
    told = []
    workspace.app = Manifest()  # an app that hears of everything
    workspace.deliver = lambda delivery: told.append(delivery.body["event"]) or Reply(200)
    said = workspace.post(SANNE, channel, "Wie heeft er koffie?")
    for who in (MEHMET, ESTHER, MEHMET):
        workspace.react(who, channel, said.ts, "heart")
    assert said.reactions == {"heart": [ESTHER]}
    workspace.react(ESTHER, channel, said.ts, "heart")
    assert said.reactions == {}
    kinds = [event["type"] for event in told if event["type"].startswith("reaction")]
    assert kinds == ["reaction_added", "reaction_added", "reaction_removed", "reaction_removed"]
    assert told[-1]["item"] == {"type": "message", "channel": channel, "ts": said.ts}


def test_replies_are_new_until_their_thread_was_read(workspace, channel):
    said = workspace.post(SANNE, channel, "Wie heeft er koffie?")
    for who in (MEHMET, ESTHER, SANNE):
        workspace.post(who, channel, "Ik.", said.ts)
    assert workspace.unread_replies(SANNE, channel, said.ts) == 2
    workspace.mark_thread_read(SANNE, channel, said.ts)
    assert workspace.unread_replies(SANNE, channel, said.ts) == 0
    workspace.post(MEHMET, channel, "Nog een kopje?", said.ts)
    assert workspace.unread_replies(SANNE, channel, said.ts) == 1
    assert workspace.unread_replies(MEHMET, channel, said.ts) == 2


@pytest.mark.parametrize(("who", "answer"), [(SANNE, "is geen geldige"), (GRACE, "isn't a valid")])
def test_slackbot_answers_an_unknown_command(workspace, channel, who, answer):
    workspace.slash(who, channel, "/koffie", "zwart")
    (seen,) = workspace.messages(who, channel)
    assert workspace.author(seen.user).real_name == "Slackbot"
    assert f"/koffie {answer}" in seen.text
    assert workspace.messages(MEHMET, channel) == []


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("/int", ["/intervisie"]),
        ("zeg /int", []),
        ("Hoi @me", ["@mehmet"]),
        ("@esther v", []),
        ("mail@es", []),
        ("#ko", ["#koffie"]),
        ("#sam", []),  # a private channel is no one else's business
        (":tad", ["🎉"]),
        (":t", []),
        ("om 10:30", []),
    ],
)
def test_the_word_at_the_end_is_completed(workspace, typed, offered):
    found = completions(typed, workspace, words("nl"))
    assert [each.text for each in found] == offered
