"""Who is not in the channel is not in the group, whatever events Slack sends and when."""

from datetime import timedelta

import pytest

from bot.store.tables import Member
from playground.testing import ESTHER, FATIMA, JOOST, MEHMET, SANNE, deliver


def is_member(year, who):
    return any(row.user == who and row.left_at is None for row in year.rows(Member))


def opens(year):
    """Found a group without Fatima, and open a session of it."""
    year.founds()
    year.brings(MEHMET)
    year.types(MEHMET, "start")


def test_a_late_event_of_leaving_removes_nobody_who_came_back(year):
    year.founds()
    late = {"type": "member_left_channel", "user": ESTHER, "channel": year.channel}
    deliver(year, late)
    assert is_member(year, ESTHER)


def test_whoever_left_unseen_is_out_when_a_session_begins(year):
    opens(year)
    for who in (SANNE, ESTHER, JOOST):
        year.presses(who, "session:join")
    year.slack.channels[year.channel].members.discard(ESTHER)  # and Slack loses the event
    year.stage.pass_time(timedelta(minutes=1))
    year.presses(MEHMET, "session:begin")
    assert not is_member(year, ESTHER)
    assert "Esther" not in year.board_says()
    assert "niet meer bij *Wijkteam Noord*" in year.last_direct(ESTHER)
    assert is_member(year, JOOST)


def test_whoever_left_unseen_is_out_when_somebody_types_next(year):
    opens(year)
    for who in (SANNE, ESTHER, JOOST):
        year.presses(who, "session:join")
    year.slack.channels[year.channel].members.discard(ESTHER)
    year.stage.pass_time(timedelta(minutes=1))
    year.types(MEHMET, "verder")
    assert "Esther" not in year.board_says()
    assert year.session().status == "running"


def test_nobody_is_out_while_slack_does_not_say_who_is_in(year):
    opens(year)
    for who in (SANNE, ESTHER):
        year.presses(who, "session:join")
    year.stage.slack.api.fail("conversations.members", "internal_error")
    year.presses(MEHMET, "session:begin")
    assert is_member(year, ESTHER)
    assert year.session().status == "running"


def test_the_address_of_a_feed_is_dead_after_leaving_and_joining(year):
    year.founds()
    member = next(row for row in year.rows(Member) if row.user == ESTHER)
    with year.stage.bot.store.unit() as unit:
        unit.db.get(Member, (member.group_id, ESTHER)).feed = "secret"
        unit.commit()
    year.presses(ESTHER, "member:leave", on=year.answer_message(ESTHER, "groep"))
    year.types(ESTHER, "meedoen")
    assert is_member(year, ESTHER)
    assert year.stage.bot.calendars.feed("secret") is None


@pytest.mark.parametrize("action", ["session:join", "session:begin", "session:contribute"])
def test_a_session_is_taken_from_its_own_channel_alone(year, action):
    opens(year)
    koffie = next(c.id for c in year.slack.channels.values() if c.name == "koffie")
    said = year.slack.post(SANNE, koffie, "Hoi")
    year.slack.press(SANNE, action, value=year.session().id, message=said)
    year.stage.settle()
    assert "Sanne" not in year.board_says()
    assert year.session().status == "lobby"


@pytest.mark.parametrize(
    ("became", "told"),
    [
        ("uninvited", "Typ `/intervisie meedoen` in #intervisie, dan doe je mee"),
        ("invited", "Kies ‘Ik doe mee’ onder de uitnodiging"),
        ("left", "Wil je er weer bij? Typ `/intervisie meedoen` in #intervisie"),
        ("ended", "Typ `/intervisie stand` in #intervisie, dan doe je mee"),
        ("gone", "vraag een collega om je toe te voegen"),
    ],
)
def test_who_is_outside_hears_how_they_come_in(year, became, told):
    year.founds(members=[SANNE, MEHMET, ESTHER, FATIMA], accept=False)
    for who in (MEHMET, ESTHER):
        year.presses(who, "member:accept", on=year.direct_messages(who)[-1])
    who = FATIMA if became == "invited" else JOOST if became == "uninvited" else ESTHER
    group = year.group().id
    match became:
        case "left":
            year.presses(ESTHER, "member:leave", on=year.answer_message(ESTHER, "groep"))
        case "ended":
            year.presses(SANNE, "member:end", on=year.answer_message(SANNE, "beëindig"))
        case "gone":
            year.slack.leave(ESTHER, year.channel)
    year.stage.settle()
    year.home(who)
    year.slack.press(who, "growth:supported", value=group, view=year.slack.home(who))
    year.stage.settle()
    assert told in year.last_direct(who)
    if became == "gone":
        year.slack.join(ESTHER, year.channel)
    year.types(who, "stand" if became == "ended" else "meedoen")
    assert is_member(year, who)


def test_an_invited_lead_who_types_to_join_leads(year):
    year.types(SANNE, "groep")
    people = {"members": [SANNE, MEHMET, ESTHER], "leads": [SANNE, ESTHER]}
    year.sends(SANNE, name="Wijkteam Noord", **people)
    year.types(ESTHER, "meedoen")
    assert next(row.lead for row in year.rows(Member) if row.user == ESTHER)


def test_a_session_of_a_founded_group_is_for_its_members(year):
    opens(year)
    year.presses(FATIMA, "session:join")
    assert "meedoen" in year.whispered(FATIMA)[-1]
    assert "Fatima" not in year.board_says()
