"""What charts and papers can set of a text."""

import pytest

from bot.exports.glyphs import fitted, settable


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("👩🏽‍⚕️ Sanne", "Sanne"),
        ("Sanne ❤️", "Sanne ❤"),
        ("1️⃣ Noord 🏴󠁧󠁢󠁳󠁣󠁴󠁿", "Noord"),
        ("王芳", "□□"),
        ("Fang 王", "Fang □"),
        ("Zoë Ŝmit", "Zoë Ŝmit"),
        ("Zoe\u0308", "Zoe\u0308"),
        ("\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",) * 2,
        ("\u200f\u200b\u2066", "–"),
        ("🙂", "–"),
        ("Jan \u202enesnaJ", "Jan nesnaJ"),
    ],
)
def test_signs_are_set_whole_or_not_at_all_and_no_name_vanishes(name, shown):
    assert settable(name) == shown


@pytest.mark.parametrize("sign", "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
def test_no_sign_turns_text_round(sign):
    assert sign not in settable(f"Jan {sign}nesnaJ")


def test_a_text_is_cut_by_its_width():
    wide, narrow = fitted("W" * 40, 11.5, 1.84), fitted("i" * 40, 11.5, 1.84)
    assert wide.endswith("…")
    assert len(wide) < 15
    assert narrow == "i" * 40


def test_a_text_that_fits_is_not_cut():
    assert fitted("Sanne de Vries", 11.5, 1.84) == "Sanne de Vries"
