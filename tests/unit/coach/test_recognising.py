"""Numbers, dates, addresses and names by which somebody may be recognised; silent in doubt."""

import tomllib
from pathlib import Path
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.coach.recognising import recogniser
from bot.i18n import LANGUAGES

ROWS = tomllib.loads((Path(__file__).parent / "data" / "recognised.toml").read_text("utf-8"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_rows_that_tell_of_nobody_raise_no_alarm(language):
    clean = [row[0] for row in ROWS[language] if len(row) == 1]
    assert len(clean) == 40
    assert [text for text in clean if recogniser(language).marks(text)] == []


@pytest.mark.parametrize(("language", "most"), [("nl", 3), ("en", 4), ("de", 1)])
def test_words_with_a_needless_capital_raise_few_alarms(language, most):
    alarms = [text for text in ROWS[f"{language}_hard"] if recogniser(language).marks(text)]
    assert len(alarms) <= most


@pytest.mark.parametrize(
    ("language", "wrong", "missed"), [("nl", 1, 1), ("en", 0, 1), ("de", 0, 1)]
)
def test_rows_read_later_are_mostly_right(language, wrong, missed):
    rows = [(row, recogniser(language).marks(row[0])) for row in ROWS[f"{language}_fresh"]]
    assert sum(bool(marks) for row, marks in rows if len(row) == 1) <= wrong
    assert sum(marks != (row[1],) for row, marks in rows if len(row) > 1) <= missed


@pytest.mark.parametrize("language", LANGUAGES)
def test_rows_that_tell_of_somebody_are_found(language):
    telling = [row for row in ROWS[language] if len(row) > 1]
    missed = [text for text, mark in telling if recogniser(language).marks(text) != (mark,)]
    assert missed == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "text",
    [
        "Karin van Dijk belt elke dag",
        "Mijn gesprek met Sanne de Wit",
        "Karen Smith keeps calling",
        "It was about Mary O'Brien.",
        "Ik sprak Mohammed el Idrissi, en hij werd boos.",
    ],
)
def test_a_name_in_full_is_a_name_in_any_language(language, text):
    assert recogniser(language).marks(text) == ("name",)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "text",
    [
        "Jan belt elke dag, en Karin ook",
        "De Raad van Toezicht van het Huis van de Wijk",
        "Op maandag belde Peter. Maandag daarop weer.",
        "Ward round in London, and the Department of Health",
    ],
)
def test_first_names_and_bodies_are_no_name_in_full(language, text):
    assert recogniser(language).marks(text) == ()


@pytest.mark.parametrize("language", LANGUAGES)
@settings(max_examples=60)
@given(digits=st.lists(st.integers(0, 9), min_size=9, max_size=9))
def test_nine_digits_are_a_bsn_by_the_eleven_check_alone(language, digits):
    weighed = sum(n * d for n, d in zip((9, 8, 7, 6, 5, 4, 3, 2, -1), digits, strict=True))
    found = recogniser(language).marks("Het nummer is " + "".join(map(str, digits)) + ".")
    assert ("bsn" in found) == (weighed % 11 == 0 and any(digits))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("text", ["1", "a@", "Mevrouw van de ", "0 6", "12 Oak ", "Kerkstraat"])
def test_long_texts_are_read_quickly(language, text):
    began = process_time()
    recogniser(language).marks(text * 20_000)
    assert process_time() - began < 0.2
