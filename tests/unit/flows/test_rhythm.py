"""When a group meets: rules, holidays, the clock's leaps, and polite hours."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import Refusal
from bot.flows.rhythm import (
    Rhythm,
    comes,
    days,
    holidays_of,
    instant,
    polite,
    working_day_before,
    zone_of,
)

START = date(2027, 1, 1)
AMSTERDAM, NEW_YORK = ZoneInfo("Europe/Amsterdam"), ZoneInfo("America/New_York")


def year(holidays=(), **rule):
    return days(
        Rhythm(since=START, **rule), holidays, after=date(2026, 12, 31), until=date(2027, 12, 31)
    )


def test_every_second_tuesday_gives_twelve_days_a_year():
    found = year()
    assert len(found) == 12
    assert all(day.weekday() == 1 and 8 <= day.day <= 14 for day in found)


def test_every_six_weeks_goes_by_weeks():
    found = year(unit="weeks", every=6, weekday=3)
    assert found[0] == date(2027, 1, 7)
    assert {b - a for a, b in pairwise(found)} == {timedelta(weeks=6)}


def test_six_times_a_year():
    assert [day.month for day in year(every=2)] == [1, 3, 5, 7, 9, 11]


def test_no_meetings_in_july_and_august():
    assert {day.month for day in year(free=(7, 8))} == set(range(1, 13)) - {7, 8}


def test_a_fifth_friday_comes_when_there_is_one():
    assert [day.month for day in year(nth=5, weekday=4)] == [1, 4, 7, 10, 12]


def test_the_last_monday_may_be_the_fourth_or_the_fifth():
    found = year(nth=-1, weekday=0)
    assert len(found) == 12
    assert all((day + timedelta(days=7)).month != day.month for day in found)


def test_29_february_is_a_day_like_any_other():
    found = days(
        Rhythm(since=date(2027, 1, 1), nth=5, weekday=1),  # in 2028 a Tuesday, the fifth
        (),
        after=date(2028, 1, 31),
        until=date(2028, 3, 1),
    )
    assert found == [date(2028, 2, 29)]
    since_leap = Rhythm(since=date(2028, 2, 29), unit="weeks", every=26, weekday=1)
    assert days(since_leap, (), after=date(2028, 2, 28), until=date(2029, 3, 1))[0].day == 29


def test_a_holiday_moves_the_meeting_a_week_on():
    assert date(2027, 4, 20) in year({date(2027, 4, 13)})
    assert date(2027, 4, 27) in year({date(2027, 4, 13), date(2027, 4, 20)})


def test_a_meeting_moved_into_a_free_month_falls_out():
    found = year({date(2027, 6, 29)}, nth=-1, free=(7,))
    assert {6, 7}.isdisjoint(day.month for day in found)


def test_a_moved_meeting_that_meets_the_next_one_is_one():
    found = year({date(2027, 1, 5)}, unit="weeks", every=1)
    assert found[:2] == [date(2027, 1, 12), date(2027, 1, 19)]


def test_a_rhythm_that_never_comes_is_refused():
    with pytest.raises(Refusal, match="rhythm_never"):
        comes(Rhythm(since=START, free=tuple(range(1, 13))), (), after=START)
    comes(Rhythm(since=START), (), after=START)


@pytest.mark.parametrize("name", ["Europe/Atlantis", "", "../../etc/passwd", "/etc", "€", "Europe"])
def test_a_zone_that_does_not_exist_is_refused(name):
    with pytest.raises(Refusal, match="zone_unknown"):
        zone_of(name)


def at(hour, minute, zone, day):
    return instant(day, Rhythm(since=START, at=time(hour, minute), zone=zone))


def test_the_local_time_stays_when_the_clock_leaps():
    assert at(16, 0, "Europe/Amsterdam", date(2027, 3, 27)).hour == 15
    assert at(16, 0, "Europe/Amsterdam", date(2027, 3, 29)).hour == 14
    assert at(16, 0, "America/New_York", date(2027, 3, 13)).hour == 21
    assert at(16, 0, "America/New_York", date(2027, 3, 15)).hour == 20


def test_absent_and_double_hours_are_resolved():
    spring = at(2, 30, "Europe/Amsterdam", date(2027, 3, 28)).astimezone(AMSTERDAM)
    assert (spring.hour, spring.minute) == (3, 30)
    autumn = at(2, 30, "Europe/Amsterdam", date(2027, 10, 31))
    assert autumn == datetime(2027, 10, 31, 0, 30, tzinfo=UTC)
    spring = at(2, 30, "America/New_York", date(2027, 3, 14)).astimezone(NEW_YORK)
    assert (spring.hour, spring.minute) == (3, 30)
    assert at(1, 30, "America/New_York", date(2027, 11, 7)).hour == 5


def test_people_are_spoken_to_in_working_hours():
    monday = datetime(2027, 1, 11, 10, tzinfo=AMSTERDAM)
    assert polite(monday, AMSTERDAM) == monday
    for day, hour, then in [(11, 3, 11), (11, 22, 12), (15, 19, 18), (16, 10, 18), (17, 23, 18)]:
        moment = datetime(2027, 1, day, hour, tzinfo=AMSTERDAM)
        assert polite(moment, AMSTERDAM) == datetime(2027, 1, then, 9, tzinfo=AMSTERDAM)


def test_people_are_not_spoken_to_on_holidays():
    easter = holidays_of("NL")
    monday = datetime(2027, 3, 29, 11, tzinfo=AMSTERDAM)
    tuesday = datetime(2027, 3, 30, 9, tzinfo=AMSTERDAM)
    assert polite(monday, AMSTERDAM, easter) == tuesday
    assert working_day_before(tuesday, AMSTERDAM, easter).day == 25  # before Good Friday


def test_the_day_before_a_monday_is_friday():
    monday = datetime(2027, 1, 11, 10, tzinfo=AMSTERDAM)
    assert working_day_before(monday, AMSTERDAM) == datetime(2027, 1, 8, 9, tzinfo=AMSTERDAM)


ZONES = st.sampled_from(
    [
        "Europe/Amsterdam",
        "America/New_York",
        "Asia/Kathmandu",
        "Pacific/Apia",
        "Australia/Lord_Howe",
    ]
)


@given(
    st.builds(
        Rhythm,
        unit=st.sampled_from(["months", "weeks"]),
        every=st.integers(1, 26),
        nth=st.sampled_from([1, 2, 3, 4, 5, -1]),
        weekday=st.integers(0, 6),
        at=st.times().map(lambda t: t.replace(second=0, microsecond=0, fold=0)),
        zone=ZONES,
        free=st.sets(st.integers(1, 12), max_size=11).map(lambda s: tuple(sorted(s))),
        since=st.dates(date(2026, 1, 1), date(2030, 1, 1)),
    ),
    st.frozensets(st.dates(date(2026, 1, 1), date(2031, 1, 1)), max_size=60),
    st.integers(0, 300),
)
@settings(max_examples=150, deadline=None)
def test_days_keep_to_the_rule(rhythm, holidays, later):
    after = rhythm.since + timedelta(days=later)
    until = after + timedelta(days=400)
    found = days(rhythm, holidays, after=after, until=until)
    assert found == sorted(set(found))
    for day in found:
        assert after < day <= until
        assert day.weekday() == rhythm.weekday
        assert day.month not in rhythm.free
        assert day not in holidays
    split = after + timedelta(days=150)
    assert found == [
        *days(rhythm, holidays, after=after, until=split),
        *days(rhythm, holidays, after=split, until=until),
    ]
    moments = [instant(day, rhythm) for day in found]
    assert moments == sorted(moments)


@given(st.datetimes(datetime(2026, 1, 1), datetime(2031, 1, 1)), ZONES)
@settings(max_examples=200, deadline=None)
def test_polite_is_never_earlier_and_soon(naive, zone):
    moment, there = naive.replace(tzinfo=UTC), ZoneInfo(zone)
    then = polite(moment, there)
    assert moment <= then <= moment + timedelta(days=3, hours=2)
    local = then.astimezone(there)
    assert local.weekday() < 5
    assert time(9) <= local.time() < time(18)
    assert polite(then, there) == then
