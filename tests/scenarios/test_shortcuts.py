"""A case begins from Slack's own menus, and from a message of which nothing is read."""

import pytest

from playground.testing import ESTHER, MEHMET, SANNE, Team


@pytest.fixture
def team(stage):
    return Team(stage)


def uses(team, who, callback, message=None):
    assert team.slack.use_shortcut(who, callback, message).status == 200
    team.stage.settle()


def blocks(team, who):
    """All that stands in somebody's direct messages, with the addresses of links."""
    return str([message.blocks for message in team.direct_messages(who)])


def test_a_case_begins_from_a_message_of_which_nothing_is_read(team):
    uses(team, SANNE, "bring_case")
    assert "/intervisie" in team.last_direct(SANNE)  # she is in no group yet
    team.begins(MEHMET, [SANNE, ESTHER])
    said = team.slack.post(ESTHER, team.channel, "Het overleg liep weer uit.")
    uses(team, SANNE, "take_message", said)
    told = blocks(team, SANNE)
    link = f"playground.slack.com/archives/{team.channel}/p{said.ts.replace('.', '')}"
    assert link in told
    for text in ("Het overleg liep weer uit", ESTHER):
        assert text not in told
    assert link not in blocks(team, MEHMET)
    uses(team, SANNE, "take_message", said)  # again: the same draft, the same link once
    assert team.directs_say(SANNE).count("Ik heb het niet gelezen") == 1


def test_with_two_groups_the_link_goes_along_with_the_choice(team):
    team.begins(MEHMET, [SANNE])
    other = team.slack.create_channel("tweede", [SANNE, MEHMET, team.slack.bot.id], private=True)
    team.types(SANNE, "casus", channel=other.id)
    said = team.slack.post(MEHMET, team.channel, "Iets van Mehmet.")
    uses(team, SANNE, "take_message", said)
    question = team.direct_messages(SANNE)[-1]
    assert team.presses(SANNE, "intake:from", on=question).status == 200
    assert f"p{said.ts.replace('.', '')}" in blocks(team, SANNE)
    assert "Iets van Mehmet" not in blocks(team, SANNE)
