"""Whose turn it is: fair over any history."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import Refusal
from bot.flows.meeting import goes_on
from bot.flows.rota import (
    SILENCE_COUNTS,
    Roles,
    Rota,
    after,
    fell_silent,
    kept,
    moved,
    on_day,
    rested,
    returned,
    roles,
    swapped,
)

PEOPLE = [f"U{n}" for n in range(9)]
FOUR = kept(Rota(), PEOPLE[:4])


def test_the_first_round_goes_by_who_came_first():
    rota, had = FOUR, []
    for _ in range(4):
        now = roles(rota)
        had.append((now.bringers[0], now.facilitator))
        rota = after(rota, now)
    assert had == [("U0", "U2"), ("U1", "U3"), ("U2", "U0"), ("U3", "U1")]


def test_who_is_away_or_passes_comes_first_the_next_time():
    now = roles(FOUR, away={"U0"}, passed={"U1"})
    assert now.bringers == ("U2",)
    assert roles(after(FOUR, now)).bringers == ("U0",)


def test_who_offers_takes_a_turn_and_moves_nobody_else():
    now = roles(FOUR, offered=["U3"])
    assert now.bringers == ("U3",)
    assert after(FOUR, now).bringing == ("U0", "U1", "U2", "U3")


def test_two_cases_have_two_bringers_and_another_facilitator():
    now = roles(FOUR, cases=2)
    assert now.bringers == ("U0", "U1")
    assert now.facilitator == "U2"
    assert roles(FOUR, cases=3, leading="U1").facilitator == "U3"


def test_a_rota_of_one_has_no_facilitator():
    assert roles(kept(Rota(), ["U0"])) == Roles(("U0",), None)
    assert roles(Rota()) == Roles((), None)


def test_who_joins_comes_last_and_who_leaves_is_gone():
    rota = kept(FOUR, ["U0", "U2", "U3", "U7"])
    assert rota.bringing == ("U0", "U2", "U3", "U7")
    assert rota.facilitating[-1] == "U7"


def test_a_swap_changes_two_places_and_again_undoes_it():
    once = swapped(FOUR, "U0", "U2")
    assert once.bringing == ("U2", "U1", "U0", "U3")
    assert swapped(once, "U0", "U2") == FOUR
    assert swapped(once, "U2", "U0") == FOUR


def test_somebody_moves_back_once_before_their_own_turn():
    once = swapped(FOUR, "U0", "U2")
    with pytest.raises(Refusal, match="swap_again"):
        swapped(once, "U0", "U3")
    freed = after(once, roles(once, offered=["U0"]))
    assert swapped(freed, "U1", "U0").bringing != freed.bringing


def test_who_is_swapped_with_twice_is_not_freed_by_another():
    once = swapped(FOUR, "U0", "U2")
    twice = swapped(once, "U1", "U0")
    assert ("U0", "U2") in twice.put_off
    assert ("U1", "U0") in twice.put_off


@pytest.mark.parametrize(
    ("other", "why"), [("U0", "swap_self"), ("U8", "swap_not_in_rota"), ("", "swap_not_in_rota")]
)
def test_a_swap_with_oneself_or_a_stranger_is_refused(other, why):
    with pytest.raises(Refusal, match=why):
        swapped(FOUR, "U0", other)


def histories():
    """Meetings: who is away, who wants to swap, who joins, who leaves, in each."""
    people = st.sampled_from(PEOPLE)
    return st.lists(
        st.fixed_dictionaries(
            {
                "away": st.frozensets(people, max_size=4),
                "swaps": st.lists(st.tuples(people, people), max_size=3),
                "joins": st.frozensets(people, max_size=1),
                "leaves": st.frozensets(people, max_size=1),
                "cases": st.integers(1, 3),
            }
        ),
        max_size=60,
    )


def lived(history):
    """Go through a history; return for each meeting the members, the absent, and the roles."""
    members, rota = list(PEOPLE[:5]), kept(Rota(), PEOPLE[:5])
    for each in history:
        members = [m for m in members if m not in each["leaves"]]
        members += [m for m in sorted(each["joins"]) if m not in members]
        rota = kept(rota, members)
        for one, other in each["swaps"]:
            try:
                rota = swapped(rota, one, other)
            except Refusal:
                continue
        now = roles(rota, cases=each["cases"], away=each["away"])
        yield members, each["away"], now
        rota = after(rota, now)
        assert set(rota.bringing) == set(rota.facilitating) == set(members)


@given(histories())
@settings(max_examples=150, deadline=None)
def test_nobody_waits_longer_than_twice_the_group_s_size(history):
    waited: dict[str, int] = {}
    largest = 5
    for members, away, now in lived(history):
        largest = max(largest, len(members))
        for who in list(waited):
            if who not in members:
                del waited[who]
        for who in members:
            if who in now.bringers:
                waited[who] = 0
            elif who not in away:
                waited[who] = waited.get(who, 0) + 1
                assert waited[who] <= 2 * largest


@given(histories())
@settings(max_examples=150, deadline=None)
def test_those_who_are_always_there_bring_as_often_as_each_other(history):
    """Always there: never away, and party to no swap; whatever the others do."""
    meetings = list(lived(history))
    moved = {who for each in history for pair in each["swaps"] for who in pair}
    absent = {who for _, away, _ in meetings for who in away}
    always = [
        who
        for who in PEOPLE
        if all(who in members for members, _, _ in meetings) and who not in moved | absent
    ]
    counts = dict.fromkeys(always, 0)
    for _, _, now in meetings:
        for who in always:
            counts[who] += who in now.bringers
        assert not counts or max(counts.values()) - min(counts.values()) <= 1


@given(histories())
@settings(max_examples=100, deadline=None)
def test_nobody_both_brings_and_facilitates(history):
    for members, away, now in lived(history):
        doing = [*now.bringers, *([now.facilitator] if now.facilitator else [])]
        assert len(doing) == len(set(doing))
        assert set(doing) <= set(members) - away
        assert now.bringers or not set(members) - away


@given(
    st.permutations(PEOPLE),
    *(st.lists(st.sampled_from(PEOPLE), max_size=4, unique=True) for _ in range(3)),
    st.none() | st.sampled_from(PEOPLE),
    st.integers(1, 3),
)
@settings(max_examples=200, deadline=None)
def test_who_passes_offers_or_is_asked_moves_nobody_else(
    order, away, passed, offered, leading, cases
):
    rota = Rota(bringing=tuple(order), facilitating=tuple(order[::-1]))
    had = roles(rota, cases=cases, away=away, passed=passed, offered=offered, leading=leading)
    then = after(rota, had)
    for before, now, turned in (
        (rota.bringing, then.bringing, set(had.bringers)),
        (rota.facilitating, then.facilitating, {had.facilitator}),
    ):
        waited = [who for who in before if who not in turned]
        assert list(now[: len(waited)]) == waited  # each in their place, those who had a turn last
    came = [who for who in offered if who not in away]
    assert had.bringers[: len(came)] == tuple(came[:cases])
    assert not (set(passed) - set(offered)) & set(had.bringers)
    assert leading is None or leading in {*away, *had.bringers} or had.facilitator == leading


@given(histories())
@settings(max_examples=100, deadline=None)
def test_a_swap_leaves_the_order_of_all_others_as_it_was(history):
    rota = kept(Rota(), PEOPLE)
    for each in history:
        for one, other in each["swaps"]:
            try:
                then = swapped(rota, one, other)
            except Refusal:
                continue
            others = [m for m in rota.bringing if m not in (one, other)]
            assert [m for m in then.bringing if m not in (one, other)] == others
            assert all(
                a == b
                for a, b in zip(rota.bringing, then.bringing, strict=True)
                if a not in (one, other)
            )
            rota = then
        rota = after(rota, roles(rota))


def test_the_same_bringer_is_not_asked_twice():
    asked = [now.bringers[0] for _, _, now in lived([quiet()] * 20)]
    assert all(one != other for one, other in pairwise(asked))


def quiet():
    none = frozenset()
    return {"away": none, "swaps": [], "joins": none, "leaves": none, "cases": 1}


def test_who_breaks_off_keeps_their_place_once():
    once = moved(FOUR, brought=(), led=("U2",), broke_off=("U0",))
    assert once.bringing == FOUR.bringing
    twice = moved(once, brought=(), led=(), broke_off=("U0",))
    assert twice.bringing == ("U1", "U2", "U3", "U0")
    assert twice.broke_off == ()


def test_who_seemed_to_have_brought_comes_first_again():
    credited = moved(FOUR, brought=("U0",), led=())
    assert moved(credited, brought=(), led=(), broke_off=("U0",), credited={"U0"}).bringing == (
        FOUR.bringing
    )


def test_who_seemed_to_have_led_comes_first_again():
    credited = moved(FOUR, brought=(), led=("U2",))
    assert moved(credited, brought=(), led=("U1",), unled={"U2"}).facilitating == (
        moved(FOUR, brought=(), led=("U1",)).facilitating
    )


def test_all_who_led_go_to_the_end():
    then = moved(FOUR, brought=(), led=("U1", "U2"))
    assert then.facilitating[-2:] == tuple(m for m in FOUR.facilitating if m in ("U1", "U2"))


@given(histories(), st.lists(st.booleans(), min_size=60, max_size=60))
@settings(max_examples=150, deadline=None)
def test_who_breaks_off_makes_nobody_wait_long(history, breaks):
    """Whatever is broken off: nobody waits longer than four times the group's size."""
    members, rota = list(PEOPLE[:5]), kept(Rota(), PEOPLE[:5])
    waited = dict.fromkeys(members, 0)
    for each, broken in zip(history, breaks, strict=False):
        now = roles(rota, cases=each["cases"], away=each["away"])
        off = now.bringers if broken else ()
        brought = () if broken else now.bringers
        rota = moved(rota, brought=brought, led=(now.facilitator,), broke_off=off)
        assert set(rota.bringing) == set(members)
        for who in members:
            turned = who in now.bringers
            waited[who] = 0 if turned else waited[who] + (who not in each["away"])
            assert waited[who] <= 4 * len(members)


TODAY = date(2027, 1, 12)


def test_who_brought_nothing_is_passed_over_and_keeps_their_place():
    silent = fell_silent(FOUR, ["U0"], TODAY)
    assert silent.bringing == FOUR.bringing
    assert roles(silent).bringers == ("U1",)
    assert roles(returned(silent, ["U0"])).bringers == ("U0",)
    assert rested(FOUR, ["U0"]) == FOUR  # only who is silent rests


def test_who_is_silent_brings_again_after_a_year_a_case_or_a_swap():
    silent = fell_silent(FOUR, ["U0"], TODAY)
    year_on = TODAY + SILENCE_COUNTS
    assert on_day(silent, year_on - timedelta(days=1)) == silent
    assert on_day(silent, year_on) == FOUR
    assert moved(silent, brought=["U0"], led=()).resting == ()
    assert swapped(silent, "U0", "U2").resting == ()
    assert kept(silent, ["U1", "U2", "U3"]).silent == ()


@given(
    st.lists(
        st.tuples(
            st.frozensets(st.sampled_from(PEOPLE[:5]), max_size=3),  # hand in a case in time
            st.frozensets(st.sampled_from(PEOPLE[:5]), max_size=2),  # say that they bring again
            st.frozensets(st.sampled_from(PEOPLE[:5]), max_size=2),  # away
            st.integers(7, 45),  # days from meeting to meeting
        ),
        max_size=60,
    ),
    st.integers(1, 3),
)
@settings(max_examples=200, deadline=None)
def test_nobodys_silence_calls_off_two_in_a_row_or_two_a_year(meetings, cases):
    rota, today = kept(Rota(), PEOPLE[:5]), TODAY
    off: dict[str, date] = {}
    last: tuple[str, ...] = ()
    for ready, speak, away, days in meetings:
        today += timedelta(days=days)
        order = rota.bringing
        rota = on_day(returned(rota, speak | (ready & set(rota.resting))), today)
        skipped: tuple[str, ...] = ()
        now = roles(rota, cases=cases, away=away)
        while went := goes_on(rota, now.bringers, ready):
            rota, skipped = rested(rota, went), (*skipped, *went)
            now = roles(rota, cases=cases, away=away, passed=skipped)
        assert rota.bringing == order  # whoever is passed over keeps their place
        brought = tuple(who for who in now.bringers if who in ready)
        last = () if brought else now.bringers
        for who in last:
            assert who not in off or today - off[who] >= SILENCE_COUNTS
            off[who] = today
        rota = moved(fell_silent(rota, last, today), brought=brought, led=())
