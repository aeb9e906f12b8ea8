"""A group ends, by a word, with its last member or with its channel, and then is at peace."""

from datetime import timedelta

import pytest

from bot.store.tables import Attendance, Case, Invitation, MeetingRow, Member, Timer
from playground.testing import DAY, ESTHER, FATIMA, FOUR, JOOST, MEHMET, SANNE, deliver


def goes_on_for(year, days):
    for _ in range(days):
        year.stage.pass_time(DAY)


def left(year):
    return all(member.left_at for member in year.rows(Member))


def planned(year):
    return [row for row in year.rows(MeetingRow) if row.status in ("planned", "open")]


def is_silent(year, days=60):
    """Check that nobody is spoken to for some days, in the channel or directly."""

    def said():
        direct = sum(len(year.direct_messages(who)) for who in FOUR)
        return len(year.slack.messages(FATIMA, year.channel)) + direct

    before = said()
    goes_on_for(year, days)
    return said() == before


def ends(year, who):
    year.presses(who, "member:end", on=year.answer_message(who, "groep beëindigen"))


def test_a_lead_ends_the_group_and_it_is_at_peace(year):
    year.founds(accept=False)
    year.presses(MEHMET, "member:accept", on=year.direct_messages(MEHMET)[-1])
    ends(year, SANNE)
    said = year.reads(year.slack.messages(SANNE, year.channel)[-1])
    assert "heeft *Wijkteam Noord* beëindigd" in said
    assert left(year)
    assert planned(year) == year.rows(Invitation) == []
    assert [t for t in year.rows(Timer) if not t.subject.startswith("home:")] == []
    assert is_silent(year)


def test_only_a_lead_ends_a_group_that_has_leads(year):
    year.founds()
    assert "wie de groep regelt" in year.answered(MEHMET, "beëindig")
    year.stage.slack.workspace.press(MEHMET, "member:end", value=year.group().id)
    assert not left(year)


def test_without_leads_any_member_ends_the_group(year):
    year.founds()
    year.presses(SANNE, "member:leave", on=year.answer_message(SANNE, "groep"))
    ends(year, JOOST)
    assert left(year)


def test_what_was_held_stays_counted_when_a_group_ends(year):
    year.founds()
    year.meets(MEHMET, [SANNE, ESTHER])
    year.brings(JOOST)
    held = len(year.rows(Attendance))
    ends(year, SANNE)
    assert len(year.rows(Attendance)) == held == 3
    assert {case.status for case in year.rows(Case) if case.bringer == JOOST} == {"draft"}


def test_a_meeting_under_way_counts_when_its_group_ends(year):
    year.founds()
    year.brings(MEHMET)
    year.until(year.next().starts_at)
    for who in (SANNE, ESTHER):
        year.presses(who, "session:join")
    year.presses(MEHMET, "session:begin")
    ends(year, SANNE)
    assert year.session().status == "closed"
    assert {row.user for row in year.rows(Attendance)} == {SANNE, MEHMET, ESTHER}
    assert is_silent(year, 20)


def test_members_with_the_dates_hear_that_they_are_off(year):
    year.founds()
    year.presses(MEHMET, "member:calendar", on=year.answer_message(MEHMET, "agenda"))
    ends(year, SANNE)
    assert "METHOD:CANCEL" in str(year.direct_messages(MEHMET)[-1].files[0].content)


def test_a_group_is_founded_anew_where_one_ended(year):
    year.founds()
    ends(year, SANNE)
    year.founds(by=JOOST)
    assert len(planned(year)) > 10
    assert year.group().plan is not None


def test_a_group_that_everybody_left_is_silent(year):
    year.founds()
    for who in FOUR:
        year.presses(who, "member:leave", on=year.answer_message(who, "groep"))
    assert is_silent(year)
    assert planned(year) == []


@pytest.mark.parametrize("told", [True, False])
def test_an_archived_channel_is_told_of_a_few_times(year, told):
    year.founds()
    year.stage.pass_time(2 * DAY)
    if told:
        year.slack.archive(SANNE, year.channel)
    else:
        year.slack.channels[year.channel].archived = True
    before = len(year.direct_messages(SANNE))
    goes_on_for(year, 60)
    assert len(year.direct_messages(SANNE)) - before <= 6
    assert "Het kanaal van *Wijkteam Noord* is gesloten" in year.last_direct(SANNE)
    assert left(year)


def test_a_channel_taken_out_of_the_archive_keeps_its_group(year):
    year.founds()
    year.slack.archive(SANNE, year.channel)
    year.stage.pass_time(DAY)
    year.slack.channels[year.channel].archived = False
    deliver(year, {"type": "channel_unarchive", "channel": year.channel, "user": SANNE})
    goes_on_for(year, 5)
    assert not left(year)


def test_a_private_channel_that_is_deleted_ends_its_group(year):
    year.founds()
    year.slack.channels[year.channel].members.clear()  # nobody posts or reads there any more
    deliver(year, {"type": "group_deleted", "channel": year.channel})
    year.stage.pass_time(timedelta(seconds=1))
    assert left(year)


def test_a_bot_that_is_taken_out_for_days_ends_the_group(year):
    year.founds()
    year.slack.channels[year.channel].members.discard(year.slack.bot.id)
    deliver(year, {"type": "channel_left", "channel": year.channel, "actor_id": SANNE})
    goes_on_for(year, 2)
    assert not left(year)
    goes_on_for(year, 2)
    assert left(year)


def test_a_group_without_a_rhythm_that_everybody_left_is_silent(year):
    year.begins(MEHMET, [SANNE, ESTHER])
    year.plays_on([MEHMET, SANNE, ESTHER])
    year.stage.pass_time(DAY)
    assert [t for t in year.rows(Timer) if t.name == "year"]
    for who in (MEHMET, SANNE, ESTHER):
        year.slack.leave(who, year.channel)
    year.stage.pass_time(DAY)
    assert not [t for t in year.rows(Timer) if t.name == "year"]
