"""A rehearsal comes to its end, in either language, and shows what goes wrong on the way."""

from typing import cast

import pytest
from sqlalchemy import QueuePool

from bot.flows.types import Guidance
from playground.rehearse import rehearse
from playground.stage import PATIENCE_SECONDS, staged


@pytest.mark.parametrize(
    ("method", "language", "parts"),
    [
        (
            "ten-steps",
            "nl",
            (
                "*Vragen opschrijven*: deze raakten iets",
                "*Wat weet je nu?*",
                "Voor de volgende keer",
            ),
        ),
        ("troika", "en", ("The two of you, talk", "Your takeaways")),
        ("basic", "de", ("*Fragerunde*", "Tippe _ich passe_ oder _später_", "Was du mitnimmst")),
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
    closing = {"nl": "Dank jullie wel.", "en": "Thank you all.", "de": "Danke euch allen."}[
        language
    ]
    assert any(closing in line for line in told[-6:])  # behind it comes what now


def test_a_rehearsal_shows_what_goes_wrong():
    told: list[str] = []
    assert rehearse("consultancy", "nl", told.append)
    said = "\n".join(told)
    early = said.index("Heb je al geprobeerd")
    hinted = said.index("ziet dit] ", early)
    assert (
        early < hinted < said.index("(aangepast)", hinted) < said.index("Nu is het een open vraag")
    )
    assert "[alleen Mehmet ziet dit] Jij hoeft nu niets" in said
    assert "[Mehmet: Ja, graag]" in said


def test_takeaways_of_whoever_sits_after_the_bringer_are_their_own():
    told: list[str] = []
    assert rehearse("troika", "nl", told.append)
    titles = [line.split("Je oogst: ")[1].split("\n")[0] for line in told if "Je oogst: " in line]
    assert titles == ["Een vrouw die elke afspraak afzegt", *["Met z'n drieën"] * 2]
    assert sum("Ideeën van je collega's" in line for line in told) == 3
    assert not any("die je meenam" in line for line in told)


def test_what_a_bringer_hopes_for_is_said_where_the_method_has_it():
    told: list[str] = []
    assert rehearse("five-steps", "nl", told.append)
    assert "hoopt op advies" in "\n".join(told)
    told.clear()
    assert rehearse("balint", "nl", told.append)
    assert "Nog geen tips" not in "\n".join(told)
    assert "ging er iets voor je open" not in "\n".join(told)


def test_a_spoken_rehearsal_is_led_by_a_member():
    told: list[str] = []
    assert rehearse("five-steps", "en", told.append, live=True, guidance=Guidance.SUPPORTED)
    said = "\n".join(told)
    assert "Sanne says: " in said
    assert "[only Sanne sees this] *You're facilitating" in said


def test_a_patient_stage_outwaits_a_busy_machine():
    with staged(patient=True) as stage:
        pool = cast(QueuePool, stage.bot.store.engine.pool)
        assert pool.timeout() == stage.workspace.answer_seconds == PATIENCE_SECONDS
