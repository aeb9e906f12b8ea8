"""Meetings as they really happen: early, late, with who came, and with several cases."""

import json
from datetime import timedelta

import pytest

from bot.flows.participation import period_of
from bot.repositories.participation import attended_in_year, figures_of
from bot.store.tables import Attendance, Case, Group, SessionRow
from playground.reading import find
from playground.slack.records import TEAM
from playground.testing import DAY, ESTHER, FOUR, JOOST, MEHMET, SANNE, Year, local
from tests.scenarios.test_guidance import PEOPLE, holds_a_session, said

MINUTES = timedelta(minutes=5)


def with_cases(year: Year, number: str = "2") -> None:
    year.founds()
    year.presses(SANNE, "group:details", on=year.answer_message(SANNE, "groep"))
    year.sends(SANNE, cases=number)


def handed_in(year: Year, *bringers: str):
    """Let these hand in a case two days before the next meeting, and the hour come."""
    meeting = year.next()
    year.until(meeting.starts_at - 2 * DAY)
    for who in bringers:
        year.brings(who)
    year.until(meeting.starts_at)
    return meeting


def begins(year: Year, bringer: str, *others: str) -> None:
    for who in others:
        year.presses(who, "session:join")
    year.presses(bringer, "session:begin")


def bringers(year: Year) -> list[str]:
    """Return the bringers of the sessions, in the order in which they were opened."""
    of = {case.id: case.bringer for case in year.rows(Case)}
    sessions = sorted(year.rows(SessionRow), key=lambda row: row.created_at)
    return [of[row.case_id] for row in sessions]


def attendances(year: Year) -> dict[str, Attendance]:
    return {row.user: row for row in year.rows(Attendance)}


def hours(year: Year, who: str) -> list:
    with year.stage.bot.store.unit() as unit:
        return attended_in_year(unit, TEAM, who, 2027)


def figures(year: Year):
    with year.stage.bot.store.unit() as unit:
        group = unit.db.get(Group, year.group().id)
        names = [(who, who) for who in FOUR]
        period = period_of("2027", year.now().date())
        return figures_of(unit, group, names, period, year.now())


def first_in_turn(year: Year) -> str:
    return json.loads(year.group().rota)["bringing"][0]


def channel_says(year: Year) -> str:
    return "\n".join(year.reads(m) for m in year.slack.messages(SANNE, year.channel))


# who is there


def test_the_case_of_who_cannot_come_waits(year):
    year.founds()
    year.until(year.next().starts_at - 5 * DAY)
    year.brings(SANNE)
    year.presses(SANNE, "meeting:away", on=year.announcement())
    year.until(year.next().starts_at)
    assert bringers(year) == []
    year.types(MEHMET, "start")  # the others may open it, and it waits for her
    for who in (ESTHER, JOOST):
        year.presses(who, "session:join")
    assert "Sanne is er nog niet bij" in year.board_says()
    year.presses(MEHMET, "session:begin")
    assert "Zodra die meedoet" in year.whispered(MEHMET)[-1]
    year.chooses(MEHMET, "stop")
    year.until(year.now() + 2 * DAY)
    assert hours(year, SANNE) == []
    assert year.rows(Attendance) == []


def test_who_comes_after_all_counts(year):
    year.founds()
    year.until(year.next().starts_at - 5 * DAY)
    year.presses(ESTHER, "meeting:away", on=year.announcement())
    year.brings(SANNE)
    year.until(year.next().starts_at)
    year.holds(SANNE, [MEHMET, ESTHER])
    assert hours(year, ESTHER)


def test_nobody_led_who_was_only_meant_to(year):
    year.founds()
    year.until(year.next().starts_at)
    year.types(SANNE, "eerste")
    begins(year, SANNE, MEHMET, ESTHER, JOOST)
    year.chooses(SANNE, "stop")
    year.until(year.now() + 2 * DAY)
    assert not any(row.facilitated for row in year.rows(Attendance))


def test_who_hands_the_lead_back_did_not_lead(year):
    year.founds()
    handed_in(year, SANNE)
    year.presses(ESTHER, "session:join")  # whose turn it is to lead
    begins(year, SANNE, MEHMET, JOOST)
    sheets = year.direct_messages(ESTHER)
    sheet = next(m for m in reversed(sheets) if find(m.blocks, "session:hand_back"))
    year.presses(ESTHER, "session:hand_back", on=sheet)
    year.stage.pass_time(MINUTES)
    year.chooses(SANNE, "stop")
    year.until(year.now() + 2 * DAY)
    assert not any(row.facilitated for row in year.rows(Attendance))


def test_who_leaves_in_the_last_step_was_there(year):
    year.founds()
    handed_in(year, SANNE)
    begins(year, SANNE, MEHMET, ESTHER, JOOST)
    while "Terugblik" not in year.board_says():
        year.presses(SANNE, "session:next")
    year.chooses(JOOST, "leave")
    year.until(year.now() + 2 * DAY)
    assert JOOST in attendances(year)


def test_who_joins_days_later_was_there(year):
    year.founds()
    handed_in(year, SANNE)
    begins(year, SANNE, MEHMET, ESTHER)
    year.until(year.now() + 3 * DAY)
    assert year.meetings()[0].status == "held"
    assert JOOST not in attendances(year)
    year.chooses(JOOST, "join")
    year.stage.pass_time(MINUTES)
    assert JOOST in attendances(year)


def test_a_bringer_who_leaves_half_way_keeps_their_place_once(year):
    year.founds()
    for kept in (True, False):
        handed_in(year, SANNE)
        begins(year, SANNE, MEHMET, ESTHER, JOOST)
        year.chooses(SANNE, "leave")
        year.until(year.now() + 2 * DAY)
        row = next(row for row in figures(year).rows if row.user == SANNE)
        assert row.brought == figures(year).learning == 0
        told = [year.reads(m) for m in year.direct_messages(SANNE)]
        assert any("Je houdt je plek" in text for text in told)
        assert any("eerst een ander" in text for text in told) == (not kept)
        assert (first_in_turn(year) == SANNE) == kept
    assert attendances(year)[SANNE].broke_off


# early, late, and by themselves


def test_a_session_before_the_hour_is_the_meetings(year):
    year.founds()
    meeting = year.next()
    year.until(meeting.starts_at - 2 * DAY)
    year.brings(SANNE)
    year.until(meeting.starts_at - MINUTES)
    year.types(SANNE, "start")
    begins(year, SANNE, MEHMET, ESTHER, JOOST)
    year.stage.pass_time(timedelta(minutes=6))
    assert year.plays_on(FOUR)
    year.until(year.now() + 2 * DAY)
    assert "er ligt nog geen casus" not in channel_says(year).split("Kun je erbij zijn?")[-1]
    assert "kwam er deze keer niet" not in channel_says(year)
    assert year.meetings()[0].status == "held"
    assert year.brought() == [SANNE]


def test_a_session_while_the_clock_was_down_counts(year):
    year.founds()
    meeting = year.next()
    year.until(meeting.starts_at - 2 * DAY)
    year.brings(SANNE)
    year.slack.clock.wind(meeting.starts_at - year.now() + 3 * MINUTES)
    year.types(SANNE, "start")
    begins(year, SANNE, MEHMET, ESTHER, JOOST)
    year.slack.clock.wind(2 * DAY)
    year.stage.pass_time(timedelta())
    assert year.meetings()[0].status == "held"
    assert figures(year).occasions == 1
    assert "er ligt nog geen casus" not in channel_says(year).split("Kun je erbij zijn?")[-1]


@pytest.mark.parametrize("days", [6, 9])
def test_a_lobby_that_begins_days_later_counts(year, days):
    year.founds()
    meeting = handed_in(year, SANNE)
    year.until(meeting.starts_at + 4 * DAY)
    year.presses(MEHMET, "session:join")
    year.until(meeting.starts_at + days * DAY)
    begins(year, SANNE, ESTHER, JOOST)
    assert year.plays_on(FOUR)
    year.until(year.now() + 2 * DAY)
    assert figures(year).occasions == 1
    assert figures(year).loose == 0
    assert hours(year, SANNE)
    assert year.meetings()[0].status == "held"


def test_a_session_soon_after_a_missed_meeting_makes_up_for_it(year):
    year.founds()
    meeting = year.next()
    year.until(meeting.starts_at + 2 * DAY)
    assert year.meetings()[0].status == "missed"
    year.brings(SANNE)
    year.types(SANNE, "start")
    year.holds(SANNE, [MEHMET, JOOST])
    assert [row.status for row in year.meetings()][:2] == ["held", "planned"]
    assert year.brought() == [SANNE]
    assert year.meetings()[0].sequence == 2  # called off in calendars, and on again


def test_a_session_between_two_meetings_is_outside_of_them(year):
    year.founds()
    year.until(year.next().starts_at + 10 * DAY)
    year.brings(SANNE)
    year.types(SANNE, "start")
    year.holds(SANNE, [MEHMET, JOOST])
    assert figures(year).loose == figures(year).occasions == 1
    assert year.meetings()[0].status == "missed"


def test_a_lobby_moves_to_the_meeting_that_opens(year):
    year.founds(rule="2 weeks")
    first = handed_in(year, SANNE)
    for days in (5, 10):  # somebody looks in, so that the lobby is not forgotten
        year.until(first.starts_at + days * DAY)
        year.presses(JOOST if days == 5 else ESTHER, "session:join")
    year.until(year.meetings()[1].starts_at)
    assert "er ligt nog geen casus" not in channel_says(year).split("Kun je erbij zijn?")[-1]
    year.holds(SANNE, [MEHMET])
    assert [row.status for row in year.meetings()][:2] == ["missed", "held"]


def test_a_meeting_to_which_nobody_can_come_is_missed(year):
    year.founds()
    year.until(year.next().starts_at - 5 * DAY)
    year.brings(SANNE)
    for who in FOUR:
        year.presses(who, "meeting:away", on=year.announcement())
    year.until(year.next().starts_at + 2 * DAY)
    assert bringers(year) == []
    assert "er ligt nog geen casus klaar" in channel_says(year)
    assert year.meetings()[0].status == "missed"
    assert year.rows(Attendance) == []


def test_two_who_are_left_hear_what_they_need(year):
    year.founds()
    for who in (ESTHER, JOOST):
        year.presses(who, "member:leave", on=year.answer_message(who, "groep"))
    handed_in(year, SANNE)
    for who in (SANNE, MEHMET):
        year.presses(who, "session:join")
    assert "Nog 1 persoon erbij" in year.board_says()
    year.presses(SANNE, "session:begin")
    assert "Er is nog 1 persoon nodig" in year.whispered(SANNE)[-1]
    year.until(year.now() + 9 * DAY)
    assert year.meetings()[0].status == "missed"
    assert "Hij blijft klaarstaan" in year.last_direct(SANNE)
    assert first_in_turn(year) == SANNE


def test_a_meeting_that_ends_after_midnight_is_of_its_day(year):
    year.founds(at="23:30")
    meeting = handed_in(year, SANNE)
    begins(year, SANNE, MEHMET, ESTHER)
    year.stage.pass_time(timedelta(hours=2))
    year.chooses(SANNE, "stop")
    year.until(year.now() + 2 * DAY)
    assert [been.day for been in hours(year, SANNE)] == [local(meeting.starts_at).date()]
    assert year.meetings()[0].status == "held"


def test_a_session_of_a_meeting_that_is_skipped_stands_alone(year):
    year.founds()
    meeting = year.next()
    year.until(meeting.starts_at - 2 * DAY)
    year.brings(SANNE)
    year.until(meeting.starts_at - timedelta(hours=5))
    year.types(SANNE, "start")
    year.types(MEHMET, "bijeenkomst")
    year.sends(MEHMET, what="skip", reason="Te druk.")
    year.holds(SANNE, [MEHMET, JOOST])
    assert year.meetings()[0].status == "skipped"
    assert figures(year).loose == figures(year).occasions == 1
    assert hours(year, SANNE)


def test_a_turn_comes_back_when_the_session_does(year):
    year.founds()
    handed_in(year, SANNE)
    begins(year, SANNE, MEHMET, ESTHER, JOOST)
    year.chooses(SANNE, "stop")
    year.until(year.now() + 2 * DAY)
    assert year.brought() == [SANNE]
    assert first_in_turn(year) == MEHMET
    year.presses(SANNE, "session:resume")
    year.chooses(SANNE, "leave")
    year.stage.pass_time(MINUTES)
    assert year.brought() == []
    assert first_in_turn(year) == SANNE


# several cases


def test_the_second_case_opens_days_after_the_first(year):
    with_cases(year)
    handed_in(year, MEHMET, SANNE)
    begins(year, SANNE, MEHMET, ESTHER)
    year.until(year.now() + 2 * DAY)
    year.chooses(SANNE, "stop")
    year.until(year.now() + 2 * DAY)
    assert bringers(year) == [SANNE, MEHMET]
    begins(year, MEHMET, ESTHER, JOOST)
    year.chooses(MEHMET, "stop")
    year.until(year.now() + DAY)
    assert sorted(year.brought()) == sorted([SANNE, MEHMET])
    assert JOOST in attendances(year)


def test_a_lobby_that_is_stopped_makes_way_for_the_other(year):
    with_cases(year)
    handed_in(year, MEHMET, SANNE)
    year.chooses(SANNE, "stop")
    year.stage.pass_time(MINUTES)
    assert bringers(year) == [SANNE, MEHMET]
    year.chooses(MEHMET, "stop")
    year.stage.pass_time(MINUTES)
    assert bringers(year) == [SANNE, MEHMET]


def test_who_was_not_reached_hears_what_becomes_of_it(year):
    with_cases(year)
    handed_in(year, SANNE, MEHMET)
    begins(year, SANNE, ESTHER, JOOST)
    year.chooses(SANNE, "stop")
    year.stage.pass_time(MINUTES)
    assert bringers(year) == [SANNE, MEHMET]
    year.until(year.now() + 2 * DAY)

    def heard(who):
        told = [year.reads(m, who) for m in year.direct_messages(who)]
        return [text for text in told if "nog niet aan toe" in text]

    assert [len(heard(who)) for who in FOUR] == [0, 1, 0, 0]
    assert "de volgende bijeenkomst is dinsdag 9 februari" in heard(MEHMET)[0]
    year.presses(ESTHER, "session:join")
    year.until(year.next().starts_at - timedelta(hours=6))
    assert "Je casus staat al klaar" in year.last_direct(MEHMET)
    year.home(MEHMET)
    assert "je casus is er nog niet" not in year.home_says(MEHMET)
    eve = year.reads(year.posts("eve")[-1])
    assert "Mehmet en Esther brengen een casus in" in eve
    assert "nog geen casus klaar" not in eve
    year.until(year.next().starts_at)
    assert len(heard(MEHMET)) == 1
    assert first_in_turn(year) == MEHMET


def test_who_has_three_cases_has_one_place(year):
    with_cases(year)
    handed_in(year, SANNE, SANNE, SANNE, MEHMET)
    begins(year, SANNE, ESTHER, JOOST)
    year.chooses(SANNE, "stop")
    year.stage.pass_time(MINUTES)
    assert bringers(year) == [SANNE, MEHMET]


def test_they_look_back_once_when_the_second_is_withdrawn(year):
    with_cases(year)
    handed_in(year, SANNE, MEHMET)
    begins(year, SANNE, MEHMET, ESTHER, JOOST)
    with year.stage.bot.store.unit() as unit:
        for case in unit.db.query(Case):
            case.status = "draft" if case.bringer == MEHMET else case.status
        unit.commit()
    assert year.plays_on(FOUR)
    assert "Terugblik" in year.thread_says()


def test_they_look_back_once_when_the_second_comes_later(year):
    with_cases(year)
    handed_in(year, SANNE)
    begins(year, SANNE, MEHMET, ESTHER, JOOST)
    year.brings(MEHMET)
    assert year.plays_on(FOUR)
    assert "Terugblik" not in year.thread_says()
    year.stage.pass_time(MINUTES)
    begins(year, MEHMET, SANNE, ESTHER, JOOST)
    assert "Inchecken" not in year.board_says()
    assert year.plays_on(FOUR)
    assert "Terugblik" in year.thread_says()


def test_each_who_led_goes_to_the_end(year):
    with_cases(year)
    handed_in(year, SANNE, MEHMET)
    for bringer, leader in ((SANNE, ESTHER), (MEHMET, JOOST)):
        others = [who for who in FOUR if who not in (bringer, leader)]
        year.presses(leader, "session:join")
        year.presses(leader, "session:lead")  # whoever is meant to lead does already
        begins(year, bringer, *others)
        year.chooses(bringer, "stop")
        year.stage.pass_time(MINUTES)
    year.until(year.now() + 2 * DAY)
    assert {row.user for row in year.rows(Attendance) if row.facilitated} == {ESTHER, JOOST}
    assert set(json.loads(year.group().rota)["facilitating"][-2:]) == {ESTHER, JOOST}


# thresholds


def test_two_sessions_that_end_at_once_are_two(year):
    holds_a_session(year, MEHMET)
    for bringer in (ESTHER, JOOST):
        year.gathers(bringer, [who for who in PEOPLE if who != bringer])
        year.presses(SANNE, "session:begin")
        while find(year.board().blocks, "session:next"):
            year.presses(SANNE, "session:next")
    year.stage.pass_time(timedelta(minutes=20))
    assert said(year, "3 sessies achter de rug")


def trials(year: Year, who: str) -> list:
    said = year.direct_messages(who)
    return [m for m in said if "Wil je met deze groep verder?" in year.reads(m)]


def meets_twice(year: Year, absent: str = "") -> None:
    for bringer in (SANNE, MEHMET):
        year.until(year.next().starts_at - 2 * DAY)
        others = [who for who in FOUR if who not in (bringer, absent)]
        year.meets(bringer, others)


def test_each_is_asked_once_after_the_trial(year):
    year.founds()
    meets_twice(year, absent=JOOST)
    assert [len(trials(year, who)) for who in FOUR] == [1, 1, 1, 1]
    for who in FOUR[:3]:
        year.presses(who, "member:confirm", on=trials(year, who)[-1])
    year.until(year.next().starts_at - 2 * DAY)
    year.meets(ESTHER, [SANNE, MEHMET, JOOST])
    assert [len(trials(year, who)) for who in FOUR] == [1, 1, 1, 1]


@pytest.mark.parametrize(("leave", "told"), [(3, "er is één lid over"), (2, "met z'n 2")])
def test_who_is_left_is_not_everyone(year, leave, told):
    year.founds()
    meets_twice(year)
    asked = {who: trials(year, who)[-1] for who in FOUR}
    for who in FOUR[:leave]:
        year.presses(who, "member:leave", on=asked[who])
    for who in FOUR[leave:]:
        year.presses(who, "member:confirm", on=asked[who])
    year.stage.pass_time(timedelta(minutes=2))
    assert "wil met elkaar verder" not in channel_says(year)
    assert told in channel_says(year)
    year.presses(JOOST, "member:confirm", on=asked[JOOST])
    assert "proeftijd is voorbij" in year.last_direct(JOOST)


def test_an_evaluation_with_one_answer_is_said_to_be_none(year):
    holds_a_session(year, MEHMET)
    year.types(SANNE, "start evaluatie")
    for who in PEOPLE[1:]:
        year.presses(who, "session:join")
    year.presses(SANNE, "session:begin")
    while find(year.board().blocks, "session:next"):
        year.presses(SANNE, "session:next")
    year.stage.pass_time(timedelta(minutes=2))
    assert said(year, "te weinig antwoorden")
