"""What is kept of what people write, and when it is no more than a word."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.flows.text import bare, cleaned, cut_to, is_visible, last_sentence


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Hoe\u00a0houd ik\u202fhet vol?", "Hoe houd ik het vol?"),
        ("Naam\tRol", "Naam Rol"),
        ("\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",) * 2,
        ("👩🏽‍⚕️ en 🏴󠁧󠁢󠁳󠁣󠁴󠁿",) * 2,
        ("weight\u00adless",) * 2,
        ("een\r\ntwee\u2028drie", "een\ntwee\ndrie"),
        ("Een\x07 tit\x00el\x85", "Een titel"),
        ("half \ud83d teken", "half  teken"),
    ],
)
def test_words_stay_apart_and_signs_stay_whole(typed, kept):
    assert cleaned(typed) == kept


@pytest.mark.parametrize("sign", "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
def test_no_sign_turns_round_what_stands_beside_it(sign):
    assert cleaned(f"Jan {sign}nesnaJ") == "Jan nesnaJ"


def test_marks_of_direction_stay():
    assert cleaned("a\u200fb\u200ec") == "a\u200fb\u200ec"


@pytest.mark.parametrize(("text", "seen"), [("🤔", True), ("a", True), (" \u200b\u200d\n", False)])
def test_a_text_is_visible_when_there_is_something_to_see(text, seen):
    assert is_visible(text) is seen


@pytest.mark.parametrize(
    "typed",
    ["pas", "Pas!", "*pas*", "pas 🙂", "_pas_.", ":slightly_smiling_face: pas", "“Pas”", "pas…"],
)
def test_a_word_is_known_whatever_stands_around_it(typed):
    assert bare(typed) == "pas"


@pytest.mark.parametrize("typed", ["pas je dat vaker toe", "ik-pas", "past"])
def test_other_words_stay_other_words(typed):
    assert bare(typed) == typed


def test_nothing_but_emoji_has_no_words():
    assert bare("🙂 :wave:") == ""


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("abcdef", "abcdef"),
        ("abcdefg", "abcde…"),
        ("abc👩🏽‍⚕️def", "abc…"),
        ("abcde\u0301fg", "abcd…"),
    ],
)
def test_a_text_is_cut_between_two_signs(text, cut):
    assert cut_to(text, 6) == cut


@pytest.mark.parametrize(
    ("text", "last"),
    [
        ("Ja.", "Ja."),
        ("Dit. Eigenlijk heb ik het met niemand gehad.", "Eigenlijk heb ik het met niemand gehad."),
        ("Hij zei: “Ga weg.” En wat doe je dan nog?  ", "En wat doe je dan nog?"),
        ("Eerst dit\n\nen toen\tdeed ik weer dat", "en toen deed ik weer dat"),
        (
            "Ja. Zo noemt zij mij nog steeds. Na een jaar.",
            "Zo noemt zij mij nog steeds. Na een jaar.",
        ),
        ("Nee. Nog nooit.", "Nee. Nog nooit."),
        ("Om 10.30 uur ging het mis", "Om 10.30 uur ging het mis"),
        ("", ""),
    ],
)
def test_the_last_sentence_of_a_text(text, last):
    assert last_sentence(text) == last


@given(st.text(max_size=60), st.integers(5, 40))
def test_a_last_sentence_ends_its_text(text, most):
    last = last_sentence(text, most)
    assert len(last) <= most
    assert " ".join(text.split()).endswith(last) or last.endswith("…")
