"""A channel gets another id, and everything goes along."""

from bot.store.tables import UNSENT, Base, Group
from playground.testing import ESTHER, MEHMET, SANNE, Team, deliver, message_event

NEW = "C0NEWSHARED"


def moves(team):
    """Slack gives the team's channel another id, and tells the bot."""
    slack, old = team.slack, team.channel
    place = slack.channels.pop(old)
    place.id, slack.channels[NEW], slack._messages[NEW] = NEW, place, slack._messages.pop(old)
    for message in slack._messages[NEW]:
        message.channel = NEW
    team.channel = NEW
    event = {"type": "channel_id_changed", "old_channel_id": old, "new_channel_id": NEW}
    assert deliver(team, event | {"event_ts": "1.2"}).status == 200
    return old


def holding(team, id_):
    """The columns in which an id stands."""
    with team.stage.bot.store.unit() as unit:
        return {
            f"{table.name}.{column.name}"
            for table in Base.metadata.sorted_tables
            for column in table.c
            for (value,) in unit.db.execute(table.select().with_only_columns(column))
            if value == id_
        }


def test_a_group_and_its_dates_go_along_with_its_channel(year):
    year.founds()
    dates = [meeting.id for meeting in year.meetings()]
    moves(year)
    year.types(SANNE, "beurten")
    assert [(group.channel, group.name) for group in year.rows(Group)] == [(NEW, "Wijkteam Noord")]
    assert [meeting.id for meeting in year.meetings()] == dates


def test_a_session_goes_on_in_its_thread(any_stage):
    team = Team(any_stage)
    team.begins(MEHMET, [SANNE, ESTHER])
    old = moves(team)
    asker = team.turn()
    team.writes(asker, "Ik ben er.")
    assert team.turn() != asker
    assert [row for row in team.unsent() if row.state in UNSENT] == []
    assert holding(team, old) == set()


def test_what_waits_for_the_old_channel_is_sent_to_the_new_one(stage):
    team = Team(stage)
    team.brings(MEHMET)
    team.slack.slash(SANNE, team.channel, "/intervisie", "start")  # nothing is sent yet
    moves(team)
    assert team.board().channel == NEW


def test_two_groups_never_share_a_channel(year):
    year.founds()
    other = year.slack.create_channel("anders", [SANNE, MEHMET, year.slack.bot.id])
    year.types(SANNE, "wachtrij", channel=other.id)
    event = {"type": "channel_id_changed", "old_channel_id": year.channel}
    assert deliver(year, event | {"new_channel_id": other.id}).status == 200
    assert {group.channel for group in year.rows(Group)} == {year.channel, other.id}


def test_a_message_that_comes_under_both_ids_counts_once(stage):
    team = Team(stage)
    team.begins(MEHMET, [SANNE, ESTHER])
    said = message_event(team, team.turn(), "Ik ben er.")
    deliver(team, said)
    moves(team)
    deliver(team, {**said, "channel": NEW})
    assert len(team.contributions()) == 1
