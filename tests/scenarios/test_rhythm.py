"""A group's year: the meetings, what is said before and after each, and what comes between."""

from datetime import UTC, datetime, timedelta
from threading import Thread
from zoneinfo import ZoneInfo

import pytest

from bot.store.tables import Group, Timer
from bot.timers import RETRY_DELAY
from playground.reading import find
from playground.slack.records import TEAM
from playground.testing import (
    DAY,
    ESTHER,
    FOUR,
    JOOST,
    MEHMET,
    SANNE,
    Year,
    local,
    staged,
)


def test_a_year_of_twelve_meetings_with_all_that_happens_in_one(year):
    year.founds(nth="-1")  # every last Tuesday
    assert [local(m.starts_at).strftime("%m-%d %H:%M") for m in year.meetings()] == [
        *("01-26 16:00", "02-23 16:00", "03-30 16:00"),
        "05-04 16:00",  # 27 April is King's Day
        *("05-25 16:00", "06-29 16:00", "07-27 16:00", "08-31 16:00", "09-28 16:00"),
        *("10-26 16:00", "11-30 16:00", "12-28 16:00"),
    ]

    # January: two weeks before the first, Sanne is asked; the day before, the channel hears.
    year.until(datetime(2027, 1, 12, 14, 55, tzinfo=UTC))
    assert year.direct_messages(SANNE) == []
    year.until(datetime(2027, 1, 12, 15, 5, tzinfo=UTC))
    assert "Op dinsdag 26 januari 2027 om 16:00 ben jij" in year.last_direct(SANNE)
    assert "aan de beurt om iets in te brengen" in year.last_direct(SANNE)
    year.presses(MEHMET, "meeting:coming", on=year.announcement())
    year.presses(ESTHER, "meeting:away", on=year.announcement())
    shown = year.reads(year.announcement())
    assert "2 van de 4 hebben geantwoord" in shown
    assert "Sanne brengt een casus in" in shown
    year.meets(SANNE, [MEHMET, JOOST])
    assert "Intervisie: dinsdag 26 januari 2027 om 16:00." in year.reads(year.posts("eve")[0])

    # February: Mehmet swaps with Joost, who agrees.
    second = year.next()
    year.until(second.starts_at - timedelta(days=13))
    turn = year.direct_messages(MEHMET)[-1]
    assert find(turn.blocks, "meeting:swap")
    year.presses(MEHMET, "meeting:swap", on=turn)
    year.sends(MEHMET, colleague=JOOST)
    year.presses(JOOST, "meeting:swap_yes", on=year.direct_messages(JOOST)[-1])
    assert "Joost brengt een casus in" in year.reads(year.announcement())
    year.meets(JOOST, [SANNE, MEHMET])

    # March: Esther is away, so it is Mehmet's turn; she keeps her place.
    third = year.next()
    year.types(ESTHER, "afwezig")
    year.sends(ESTHER, away_from="2027-03-22", away_until="2027-04-02", reminders="all")
    year.until(third.starts_at - timedelta(days=13))
    assert "Mehmet brengt een casus in" in year.reads(year.announcement())
    year.meets(MEHMET, [SANNE, JOOST])

    # In April it is King's Day, so they meet a week later; Esther, first in line, is asked.
    fourth = year.next()
    assert local(fourth.starts_at).date().isoformat() == "2027-05-04"
    year.meets(ESTHER, [SANNE, JOOST])

    # May: the group skips a month, and the next one stands.
    fifth = year.next()
    year.until(fifth.starts_at - timedelta(days=5))
    year.types(SANNE, "bijeenkomst")
    year.sends(SANNE, what="skip", reason="Iedereen heeft vakantie.")
    assert "gaat niet door" in year.reads(year.posts("skipped")[-1])
    assert year.next().starts_at > fifth.starts_at + timedelta(days=20)
    year.until(fifth.starts_at + DAY)

    # The rest of the year goes by the rota.
    for bringer in (SANNE, JOOST, MEHMET, ESTHER, SANNE, JOOST, MEHMET):
        meeting = year.next()
        year.until(meeting.starts_at - timedelta(days=10))
        year.meets(bringer, [who for who in FOUR if who != bringer])
    held = [m for m in year.meetings() if m.status == "held"]
    assert len(held) == 11
    assert [m.status for m in year.meetings()][:12].count("skipped") == 1
    assert year.brought() == [
        SANNE,
        JOOST,
        MEHMET,
        ESTHER,
        SANNE,
        JOOST,
        MEHMET,
        ESTHER,
        SANNE,
        JOOST,
        MEHMET,
    ]
    assert year.now() > datetime(2027, 12, 28, tzinfo=UTC)
    # The coming year is planned, each meeting announced once, and no timer is left behind.
    assert year.meetings()[-1].starts_at > datetime(2028, 11, 1, tzinfo=UTC)
    assert len(year.posts("meeting")) == 12
    assert len([t for t in year.rows(Timer) if t.subject.startswith("group:")]) == 1


def test_after_a_month_of_silence_only_what_is_of_use_is_said(year):
    year.founds(rule="2 weeks", weekday="1")
    before = len(year.slack.messages(SANNE, year.channel))
    direct = len(year.direct_messages(SANNE))
    year.stage.pass_time(timedelta(days=45))
    year.stage.pass_time(DAY)
    year.stage.pass_time(DAY)
    said = [year.reads(m) for m in year.slack.messages(SANNE, year.channel)[before:]]
    assert len(said) == 1, said
    assert "De volgende bijeenkomst" in said[0]
    assert len(year.direct_messages(SANNE)) - direct <= 1
    assert [m.status for m in year.meetings()][:3] == ["missed"] * 3


def test_two_in_a_row_that_do_not_happen_and_the_bot_asks_openly(year):
    year.founds()
    for _ in range(3):
        meeting = year.next()
        year.until(meeting.starts_at - DAY)
        year.types(SANNE, "bijeenkomst")
        year.sends(SANNE, what="skip", reason="Te druk.")
        year.until(meeting.starts_at + DAY)
    assert len(year.posts("what-now")) == 1


def test_a_skipped_meeting_can_go_ahead_after_all(year):
    year.founds()
    meeting = year.next()
    year.types(MEHMET, "bijeenkomst")
    year.sends(MEHMET, what="skip", reason="Te druk.")
    year.presses(JOOST, "meeting:unskip", on=year.posts("skipped")[-1])
    assert year.next().id == meeting.id


def test_a_meeting_moves_and_its_reminders_with_it(year):
    year.founds()
    meeting = year.next()
    year.types(MEHMET, "bijeenkomst")
    year.sends(MEHMET, what="move", on="2027-02-01", at="10:00", reason="Zaal is bezet.")
    moved = year.next()
    assert moved.id == meeting.id
    assert local(moved.starts_at).isoformat() == "2027-02-01T10:00:00+01:00"
    assert moved.sequence == meeting.sequence + 1
    year.brings(SANNE)
    year.until(datetime(2027, 1, 12, 16, tzinfo=UTC))
    assert year.session is not None
    assert not year.posts("board-who")
    year.until(datetime(2027, 2, 1, 9, 1, tzinfo=UTC))
    assert year.posts("board-who")


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"away_from": "2027-02-10", "away_until": "2027-02-01"}, "ligt voor de eerste"),
        ({"away_from": "2026-12-01", "away_until": "2026-12-24"}, "al voorbij"),
        ({"away_from": "2027-02-10"}, "Tot en met wanneer"),
    ],
)
def test_days_away_that_cannot_be_are_told_at_their_place(year, values, why):
    year.types(MEHMET, "afwezig")
    reply = year.sends(MEHMET, **values)
    assert why in reply.body["errors"]["away_until"], reply.body


@pytest.mark.parametrize(
    ("values", "at", "why"),
    [
        ({"on": "2027-01-01", "reason": "x"}, "on", "al voorbij"),
        ({"on": "2027-09-01", "reason": "x"}, "on", "binnen 60 dagen"),
        ({"on": "2027-02-01", "reason": ""}, "reason", "staat nog niets"),
        ({"on": "2027-02-09", "reason": "x"}, "on", "9 februari 2027 komen jullie ook al"),
        ({"on": "2027-02-08", "reason": "x"}, "on", "minstens 4 dagen"),
    ],
)
def test_a_move_that_cannot_be_is_told_at_its_place(year, values, at, why):
    year.founds()
    year.types(MEHMET, "bijeenkomst")
    reply = year.sends(MEHMET, what="move", at="16:00", **values)
    assert why in reply.body["errors"][at], reply.body


def test_later_reminders_come_later(year):
    year.founds()
    first = year.next()
    year.until(first.starts_at - timedelta(days=6))
    year.presses(SANNE, "meeting:snooze", on=year.direct_messages(SANNE)[-1])
    assert "Ik kom erop terug" in year.last_direct(SANNE)
    year.stage.pass_time(2 * DAY)
    year.stage.pass_time(DAY)
    again = year.direct_messages(SANNE)[-1]
    assert "je casus is er nog niet" in year.reads(again)
    assert "0 van de 4 hebben geantwoord" in year.reads(again)
    year.until(first.starts_at - DAY)
    year.presses(SANNE, "meeting:snooze", on=again)
    assert "Dan is de bijeenkomst al geweest" in year.last_direct(SANNE)
    year.presses(SANNE, "meeting:pass", on=again)
    year.presses(SANNE, "meeting:snooze", on=again)
    assert "niet meer aan de beurt" in year.last_direct(SANNE)


def test_whose_case_waits_already_is_not_asked_for_one(year):
    year.founds()
    year.brings(SANNE)
    year.until(year.next().starts_at - timedelta(days=6))
    ready = year.direct_messages(SANNE)[-1]
    assert "Je casus staat al klaar" in year.reads(ready)
    assert not find(ready.blocks, "intake:for")
    assert find(ready.blocks, "meeting:swap")
    before = len(year.direct_messages(SANNE))
    year.until(year.next().starts_at - timedelta(days=2))
    assert len(year.direct_messages(SANNE)) == before


def test_the_channel_hears_all_the_day_before(year):
    year.founds()
    year.types(SANNE, "afspraken")
    year.presses(SANNE, "agreement:edit", on=year.answer_message(SANNE, "afspraken"))
    year.sends(SANNE, lines="We luisteren eerst.")
    year.brings(SANNE)
    year.until(year.next().starts_at - timedelta(days=6))
    year.presses(MEHMET, "meeting:coming", on=year.announcement())
    year.until(year.next().starts_at - timedelta(hours=1))
    told = year.reads(year.posts("eve")[-1])
    for said in (
        "Intervisie: dinsdag 12 januari 2027 om 16:00.",
        "Sanne brengt een casus in. Esther begeleidt.",
        "Methode: Basis.",
        "Dit spraken jullie af:",
        "We luisteren eerst.",
        "1 van de 4 heeft geantwoord.",
    ):
        assert said in told, told
    assert "Er ligt nog geen casus" not in told


def test_who_meets_in_writing_may_begin_days_later_and_it_counts(year):
    year.founds()
    first = year.next()
    year.brings(SANNE)
    year.until(first.starts_at + 2 * DAY)
    assert year.next().id == first.id  # the lobby is open still
    year.holds(SANNE, [MEHMET, JOOST])
    assert year.brought() == [SANNE]
    second = year.next()
    year.brings(MEHMET)
    year.until(second.starts_at + 7 * DAY)  # nobody begins
    assert [m.status for m in year.meetings()][:3] == ["held", "missed", "planned"]
    assert len([m for m in year.posts("line") if "kwam er deze keer niet" in year.reads(m)]) == 1


def test_the_day_before_anybody_may_bring(year):
    year.founds(rule="2 weeks")
    year.until(year.next().starts_at - timedelta(hours=1))
    eve = year.posts("eve")[-1]
    assert "Er ligt nog geen casus" in year.reads(eve)
    year.presses(ESTHER, "intake:for", on=eve)
    assert find(year.direct_messages(ESTHER)[-1].blocks, "intake:form")


def test_reminders_wait_for_working_hours_where_somebody_is(year):
    year.slack.change_user(SANNE, tz="America/New_York")
    year.founds()
    meeting = year.next()
    year.until(meeting.starts_at - timedelta(days=5))
    due = [m for m in year.direct_messages(SANNE) if find(m.blocks, "meeting:snooze")]
    said = datetime.fromtimestamp(float(due[0].ts), UTC).astimezone(ZoneInfo("America/New_York"))
    assert 9 <= said.hour < 18
    assert said.weekday() < 5


def test_who_wants_no_reminders_gets_none(year):
    year.founds()
    year.types(SANNE, "afwezig")
    year.sends(SANNE, reminders="none")
    year.until(year.next().starts_at - timedelta(hours=1))
    assert not [m for m in year.direct_messages(SANNE) if find(m.blocks, "meeting:snooze")]


def test_two_cases_share_check_in_and_reflection(year):
    year.founds()
    year.presses(SANNE, "group:details", on=year.answer_message(SANNE, "groep"))
    year.sends(SANNE, cases="2")
    year.until(year.next().starts_at - timedelta(days=2))
    assert "Sanne en Mehmet brengen een casus in" in year.reads(year.announcement())
    year.brings(MEHMET)
    year.brings(SANNE)
    year.until(year.next().starts_at)
    first = year.board()
    for who in (ESTHER, JOOST, MEHMET):
        year.presses(who, "session:join")
    year.presses(SANNE, "session:begin")
    assert "Inchecken" in year.board_says()
    assert year.plays_on(FOUR)
    assert "Terugblik" not in "\n".join(year.reads(m) for m in year.thread())
    year.stage.pass_time(timedelta(seconds=2))
    assert len(year.posts("board-who")) == 2
    assert year.board().ts != first.ts
    for who in (ESTHER, JOOST, SANNE):
        year.presses(who, "session:join")
    year.presses(MEHMET, "session:begin")
    assert "Inchecken" not in year.board_says()
    assert year.plays_on(FOUR)
    assert "Terugblik" in "\n".join(year.reads(m) for m in year.thread())


def test_wanted_reminders_come_unless_away(year):
    year.founds()
    for who in (MEHMET, ESTHER):
        year.types(who, "afwezig")
        year.sends(who, reminders="all")
    first = year.next()
    year.until(first.starts_at - timedelta(days=5))
    year.presses(ESTHER, "meeting:away", on=year.announcement())
    before = len(year.direct_messages(ESTHER))
    year.until(first.starts_at - timedelta(hours=20))
    assert "is er intervisie" in year.last_direct(MEHMET)
    assert "Sanne brengt een casus in" in year.last_direct(MEHMET)
    assert len(year.direct_messages(ESTHER)) == before
    assert "is er intervisie" not in year.last_direct(JOOST)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_locked_timer_comes_a_moment_later(database_url):
    with staged(database_url) as stage:
        year, store = Year(stage), stage.bot.store
        year.founds()
        meeting, group = year.next().id, year.group().id
        due = {f"group:{group}": "rhythm", f"reminder:{meeting}|{MEHMET}": "eve"}

        def let_be_due(unit, at):
            for subject, name in due.items():
                unit.set_timer(TEAM, subject, name, at)
            unit.commit()

        with store.unit() as unit:
            let_be_due(unit, year.now())
        before = len(year.direct_messages(MEHMET))
        with store.unit() as busy:
            busy.db.get(Group, group, with_for_update=True)
            tick = Thread(target=stage.bot.timers.tick)
            tick.start()
            tick.join(timeout=60)
            waited = tick.is_alive()
            let_be_due(busy, soon := year.now() + RETRY_DELAY)  # last, as who has a group does it
        tick.join()
        assert not waited
        left = {timer.subject: timer.due_at for timer in year.rows(Timer)}
        assert [left[subject] for subject in due] == [soon, soon]
        stage.pass_time(RETRY_DELAY)
        assert len(year.direct_messages(MEHMET)) == before + 1


def test_founding_and_two_meetings_on_either_database(database_url):
    with staged(database_url) as stage:
        year = Year(stage)
        year.founds(accept=True)
        year.until(datetime(2027, 1, 5, 10, tzinfo=UTC))
        year.presses(SANNE, "meeting:pass", on=year.direct_messages(SANNE)[-1])
        assert "Mehmet brengt een casus in" in year.reads(year.announcement())
        year.presses(ESTHER, "member:calendar", on=year.answer_message(ESTHER, "agenda"))
        year.meets(MEHMET, [SANNE, JOOST])
        assert year.brought() == [MEHMET]
        year.types(ESTHER, "bijeenkomst")
        year.sends(ESTHER, what="skip", reason="Vakantie.")
        assert [m.status for m in year.meetings()][:2] == ["held", "skipped"]


def test_a_changed_zone_keeps_the_local_hour(year):
    year.founds(nth="3")
    first = year.next()
    year.until(first.starts_at + timedelta(days=2))
    year.presses(SANNE, "group:details", on=year.answer_message(SANNE, "groep"))
    year.sends(SANNE, zone="America/New_York")
    starts = [m.starts_at for m in year.meetings() if m.starts_at > year.now()]
    new_york = [at.astimezone(ZoneInfo("America/New_York")) for at in starts]
    assert {(at.hour, at.weekday()) for at in new_york} == {(16, 1)}
    # In March the clocks there have changed and ours have not.
    assert [local(at).hour for at in starts[:3]] == [22, 21, 22]
    year.until(starts[0] - timedelta(days=10))
    assert "16 februari 2027 om 22:00" in year.reads(year.announcement())


def test_announcements_follow_a_moved_meeting(year):
    year.founds()
    year.until(year.next().starts_at - timedelta(days=6))
    year.types(MEHMET, "bijeenkomst")
    year.sends(MEHMET, what="move", on="2027-01-13", at="10:00", reason="Zaal is bezet.")
    assert len(year.posts("meeting")) == 1
    assert "woensdag 13 januari 2027 om 10:00" in year.reads(year.announcement())


def test_a_new_rhythm_leaves_room_around_a_meeting_that_stands(year):
    year.founds()
    year.until(year.next().starts_at - 5 * DAY)  # announced for Tuesday 12 January
    year.presses(SANNE, "group:founding", on=year.answer_message(SANNE, "groep"))
    year.sends(SANNE, weekday="2")  # the second Wednesday, the day after
    planned = [local(m.starts_at).date().isoformat() for m in year.meetings()]
    assert planned[:2] == ["2027-01-12", "2027-02-10"]
