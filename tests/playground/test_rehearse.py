"""A rehearsal comes to its end, in either language."""

import pytest

from playground.rehearse import rehearse


@pytest.mark.parametrize(
    ("method", "language", "parts"),
    [
        (
            "ten-steps",
            "nl",
            ("Dit raakte iets, uit *Vragen opschrijven*", "*De balans*", "Voor de volgende keer"),
        ),
        (
            "moral-deliberation",
            "nl",
            ("Ze wil niet gewassen worden", "Wat jullie zouden doen", "Twee rode plekken"),
        ),
        ("troika", "en", ("The two of you, talk", "Your harvest")),
        (
            "first-meeting",
            "nl",
            ("*Onze afspraken*", "Wij noemen geen namen", "Iedereen heeft getekend"),
        ),
    ],
)
def test_a_rehearsal_ends_well(method, language, parts):
    told: list[str] = []
    assert rehearse(method, language, told.append)
    said = "\n".join(told)
    assert all(part in said for part in parts)
    closing = {"nl": "Dank jullie wel.", "en": "Thank you all."}[language]
    assert any(closing in line for line in told[-4:])
