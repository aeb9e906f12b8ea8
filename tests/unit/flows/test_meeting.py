"""A meeting on its way: when each stage comes, and what is made up for after a gap."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.flows.meeting import (
    Meeting,
    MeetingTime,
    Stage,
    Status,
    collide,
    forecast,
    meeting_at,
    moments,
    step,
)
from bot.flows.rhythm import Rhythm, holidays_of, instant
from bot.flows.rota import Rota, kept

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
STARTS = datetime(2027, 3, 30, 14, tzinfo=UTC)  # a Tuesday at four, when the clocks just changed
RHYTHM = Rhythm(since=date(2027, 1, 1))
TIMES = moments(STARTS, 90, RHYTHM)


def local(stage, times=TIMES):
    return times[stage].astimezone(AMSTERDAM).strftime("%m-%d %H:%M")


def test_each_moment_of_a_meeting_is_announced():
    assert [local(stage) for stage in TIMES] == [
        "03-16 15:00",  # fourteen times 24 hours, while the clock leapt once
        "03-23 15:00",
        "03-29 09:00",
        "03-30 16:00",
        "03-31 13:30",
    ]


def test_nobody_hears_of_a_meeting_on_a_holiday_of_the_group():
    times = moments(STARTS, 90, RHYTHM.model_copy(update={"country": "NL"}))
    assert (
        local(Stage.EVE, times) == "03-25 09:00"
    )  # before Good Friday, the weekend, Easter Monday


@pytest.mark.parametrize(
    ("day", "ends"), [(date(2027, 3, 27), "04:30"), (date(2027, 10, 30), "02:30")]
)
def test_a_meeting_while_the_clocks_change_is_whole(day, ends):
    rhythm = RHYTHM.model_copy(update={"at": time(23, 30)})
    starts = instant(day, rhythm)
    times = moments(starts, 240, rhythm)
    assert local(Stage.OPEN, times) == f"{day:%m-%d} 23:30"
    over = starts + timedelta(minutes=240)
    assert over.astimezone(AMSTERDAM).strftime("%H:%M") == ends
    assert local(Stage.OVER, times) == f"{day + timedelta(days=2):%m-%d} 09:00"
    meeting = MeetingTime("m", starts, times[Stage.OVER], Status.PLANNED)
    for minutes in (-11 * 60, 0, 120, 180, 239, 12 * 60):
        assert meeting_at(starts + timedelta(minutes=minutes), [meeting]) == "m"


@pytest.mark.parametrize(("days", "near"), [(0, True), (3, True), (-3, True), (4, False)])
def test_meetings_collide_while_the_first_may_still_be_held(days, near):
    assert collide(STARTS, STARTS + timedelta(days=days)) is near


def test_reminders_come_in_working_hours():
    saturday = datetime(2027, 3, 13, 19, tzinfo=UTC)
    times = moments(saturday, 90, RHYTHM)
    assert local(Stage.ASKED, times) == "03-01 09:00"
    assert local(Stage.NUDGED, times) == "03-08 09:00"
    assert local(Stage.EVE, times) == "03-12 09:00"
    assert local(Stage.OVER, times) == "03-15 09:00"


@pytest.mark.parametrize(
    ("reached", "days_before", "comes", "then"),
    [
        (Stage.PLANNED, 20, None, Stage.ASKED),
        (Stage.PLANNED, 13, Stage.ASKED, Stage.NUDGED),
        (Stage.PLANNED, 9, Stage.NUDGED, Stage.EVE),  # not again within three days
        (Stage.PLANNED, 5, Stage.NUDGED, Stage.EVE),  # the first is not made up for as well
        (Stage.ASKED, 5, Stage.NUDGED, Stage.EVE),
        (Stage.NUDGED, 5, None, Stage.EVE),
        (Stage.PLANNED, -30, Stage.OVER, None),  # a month too late: over, and nothing else
    ],
)
def test_of_what_was_missed_only_the_last_is_done(reached, days_before, comes, then):
    now = STARTS - timedelta(days=days_before)
    assert step(reached, TIMES, now) == (comes, TIMES[then] if then else None)


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2031, 1, 1)),
    st.sampled_from(
        ["Europe/Amsterdam", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia"]
    ),
    st.sampled_from(["", "NL", "GB", "US"]),
    st.integers(60, 120),
)
@settings(max_examples=150, deadline=None)
def test_stages_come_in_order_and_in_working_hours(naive, zone, country, minutes):
    there, starts = ZoneInfo(zone), naive.replace(tzinfo=UTC)
    times = moments(starts, minutes, RHYTHM.model_copy(update={"zone": zone, "country": country}))
    assert list(times) == sorted(times)
    assert all(one < other for one, other in pairwise(times.values()))
    for stage in times.keys() - {Stage.OPEN}:
        at = times[stage].astimezone(there)
        assert at.weekday() < 5
        assert at.date() not in holidays_of(country)
        assert time(9) <= at.time() < time(18)


@given(
    st.lists(st.integers(0, 40 * 24), max_size=20).map(sorted),
)
@settings(max_examples=100, deadline=None)
def test_however_often_one_looks_no_stage_comes_twice(hours):
    reached, done = Stage.PLANNED, []
    for hour in hours:
        todo = step(reached, TIMES, STARTS - timedelta(days=30) + timedelta(hours=hour))
        if todo.stage is not None:
            assert todo.stage > reached
            reached = todo.stage
            done.append(reached)
    assert done == sorted(set(done))


def test_of_one_asker_the_last_swap_alone_stands():
    said = Meeting().asking("U1", "U2").asking("U1", "U3").asking("U2", "U3")
    assert said.swaps == (("U1", "U3"), ("U2", "U3"))
    assert said.answered("U1", "U3").swaps == (("U2", "U3"),)


def test_a_forecast_follows_rota_and_meetings():
    rota = kept(Rota(), ["U0", "U1", "U2", "U3"])
    none = frozenset()
    known = [(Meeting(), none), (Meeting(), frozenset({"U1"})), (Meeting(offered=("U3",)), none)]
    told = forecast(rota, [*known, (Meeting(), none)], cases=1)
    assert [roles.bringers for roles in told] == [("U0",), ("U2",), ("U3",), ("U1",)]
    assert [roles.facilitator for roles in told] == ["U2", "U3", "U0", "U2"]
    assert forecast(Rota(), known, cases=1)[0].bringers == ()
