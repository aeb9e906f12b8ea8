"""Counts and only counts: periods as people type them, and means that give nobody away."""

from contextlib import suppress
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.catalog.registers import shipped_registers
from bot.errors import Refusal
from bot.flows.participation import (
    Answer,
    CountedDate,
    Dates,
    figures,
    period_of,
    year_of,
)
from bot.flows.registers import Been, Register, found, hours
from bot.flows.types import CaseKind

TODAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("typed", "first", "last", "shown"),
    [
        ("2026", date(2026, 1, 1), date(2026, 12, 31), "2026"),
        (" 2024-02 ", date(2024, 2, 1), date(2024, 2, 29), "2024-02"),
        ("2026-1..2026-06", date(2026, 1, 1), date(2026, 6, 30), "2026-01..2026-06"),
        ("2025-12 t/m 2026-01", date(2025, 12, 1), date(2026, 1, 31), "2025-12..2026-01"),
        ("2025-12 2026-01", date(2025, 12, 1), date(2026, 1, 31), "2025-12..2026-01"),
        ("", date(2025, 12, 1), date(2026, 11, 30), "2025-12..2026-11"),
    ],
)
def test_a_period_is_read_as_people_type_it(typed, first, last, shown):
    period = period_of(typed, TODAY)
    assert (period.first, period.last, str(period)) == (first, last, shown)
    assert period_of(shown, TODAY) == period


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("2026-06..2026-01", "period_backwards"),
        ("vorig jaar", "period_unread"),
        ("2026-13", "period_unread"),
        ("0000", "period_unread"),
        ("2026-00..2026-02", "period_unread"),
        ("=HYPERLINK(1)", "period_unread"),
    ],
)
def test_a_period_that_cannot_be_says_so(typed, key):
    with pytest.raises(Refusal) as refused:
        period_of(typed, TODAY)
    assert refused.value.key == key


@settings(max_examples=60, deadline=None)
@given(st.text("0123456789-. tm/y", max_size=16))
def test_whatever_is_typed_is_a_period_or_a_refusal(text):
    for read in (lambda: period_of(text, TODAY), lambda: year_of(text)):
        with suppress(Refusal):
            read()


def occasion(present, **did):
    named = {
        key: frozenset(did.get(key, ()))
        for key in ("brought", "facilitated", "passed", "reflected")
    }
    return CountedDate(present=frozenset(present), kinds=did.get("kinds", ()), **named)


def count(occasions=(), answers=(), members=("A", "B", "C"), period="2026", today=TODAY):
    named = [(user, f"Naam {user}") for user in members]
    span = period_of(period, today)
    return figures("G", span, Dates(), named, occasions, answers, loose=0, today=today)


def test_each_member_has_a_row_and_who_left_has_none():
    learning, positive = CaseKind.LEARNING, CaseKind.POSITIVE
    shown = count(
        [
            occasion("ABZ", brought="A", facilitated="Z", reflected="AB", kinds=(learning,)),
            occasion("AB", brought="B", passed="A", kinds=(learning, positive)),
        ]
    )
    assert [row.user for row in shown.rows] == ["A", "B", "C"]
    a, b, c = shown.rows
    assert (a.present, a.brought, a.facilitated, a.passed, a.reflected) == (2, 1, 0, 1, 1)
    assert (b.present, b.brought, b.reflected) == (2, 1, 1)
    assert (c.present, c.reflected) == (0, 0)
    assert (shown.learning, shown.positive, shown.occasions) == (2, 1, 2)


def answers(day, scores, writers="ABCDE"):
    return [Answer(writers[n % len(writers)], day, score, score) for n, score in enumerate(scores)]


def test_a_mean_is_shown_from_five_answers_of_three_people():
    march = date(2026, 3, 3)
    assert count(answers=answers(march, [4, 5, 3, 4])).trend == ()
    assert [q.useful for q in count(answers=answers(march, [4, 5, 3, 4, 5])).trend] == [4.2]
    assert count(answers=answers(march, [4, 5, 3, 4, 5], writers="AB")).trend == ()


def test_a_quarter_that_is_not_over_or_not_whole_is_not_shown():
    now = answers(date(2026, 11, 3), [4, 5, 3, 4, 5])
    assert count(answers=now).trend == ()
    assert len(count(answers=now, today=date(2027, 1, 1)).trend) == 1
    march = answers(date(2026, 3, 3), [4, 5, 3, 4, 5])
    assert count(answers=march, period="2026-02..2026-06").trend == ()


days = st.dates(date(2025, 1, 1), date(2026, 11, 23))
scores = st.lists(
    st.tuples(st.sampled_from("ABCDEFG"), days, st.integers(1, 5)).map(
        lambda given: Answer(given[0], given[1], given[2], None)
    ),
    max_size=60,
)
spans = st.tuples(st.integers(1, 12), st.integers(1, 12)).map(
    lambda months: f"2026-{min(months):02}..2026-{max(months):02}"
)


@settings(max_examples=60, deadline=None)
@given(scores, spans, spans)
def test_no_two_periods_show_different_means_of_one_quarter(given_answers, one, other):
    """Else their difference would be somebody's answer."""
    shown = []
    for period in (one, other):
        span = period_of(period, TODAY)
        inside = [a for a in given_answers if span.first <= a.day <= span.last]
        found = count(answers=inside, period=period).trend
        shown.append({(q.year, q.number): q.useful for q in found})
    for quarter in set(shown[0]) & set(shown[1]):
        assert shown[0][quarter] == shown[1][quarter]
    assert all(date(y, n * 3, 1) + timedelta(days=31) <= TODAY for y, n in shown[0])


# registers


def been(day=1, minutes=90, people=6, *, brought=False):
    return Been(date(2026, 3, day), minutes, people, brought, False, "Noord")


def register(*rules):
    return Register(
        id="eigen", name="Eigen", source="https://example.org", read=TODAY, rules=rules, notes=()
    )


@pytest.mark.parametrize(
    ("rule", "there", "met", "done", "of"),
    [
        ({"kind": "people", "least": 3}, [been(), been(people=2)], False, 1, 2),
        ({"kind": "people", "least": 3, "most": 8}, [been(people=8)], True, 1, 1),
        ({"kind": "people", "least": 3, "most": 8}, [been(people=9)], False, 0, 1),
        ({"kind": "minutes", "least": 60}, [been(minutes=60), been(minutes=None)], False, 1, 2),
        ({"kind": "meetings", "least": 2}, [been(), been()], True, 2, 2),
        ({"kind": "hours", "least": 15}, [been(minutes=100)] * 2, False, 3.25, 15),
        ({"kind": "hours", "least": 50, "years": 5}, [been()], None, 1.5, 50),
        ({"kind": "hours", "least": 1, "years": 5}, [been()], True, 1.5, 1),
        ({"kind": "hours_a_day", "most": 2}, [been(1), been(1), been(2)], False, 1, 2),
        ({"kind": "brought", "least": 1}, [been(brought=True)], True, 1, 1),
        ({"kind": "people", "least": 3}, [], False, 0, 0),
    ],
)
def test_a_rule_says_what_there_is_and_what_is_missing(rule, there, met, done, of):
    assert [each[1:] for each in found(register(rule), there)] == [(met, done, of)]


def test_what_was_written_over_days_counts_no_hours():
    assert hours([been(minutes=None), been(minutes=50)]) == 0.75


def test_each_register_has_a_source_and_a_date():
    shipped = shipped_registers()
    assert {"vaktherapie", "venvn", "skj", "registerplein"} <= set(shipped)
    for each in shipped.values():
        assert str(each.source).startswith("https://")
        assert each.read <= TODAY
        assert each.rules or each.notes
