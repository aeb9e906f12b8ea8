"""The coach fades with a group's guidance; somebody's own figures move as their questions do."""

import pytest

from bot.blocks.replies import Trend
from bot.catalog.methods import shipped_methods
from bot.flows.types import Guidance
from bot.repositories.coaching import listens_to, speaks_about, trend_of
from bot.repositories.guidance import balance_of

REMARKS = (None, "closed", "suggestive", "advice", "blame")


@pytest.mark.parametrize(
    ("guidance", "form", "spoken_of"),
    [
        ("guided", True, {"closed", "suggestive", "advice", "blame"}),
        ("guided", False, {"closed", "suggestive", "advice", "blame"}),
        ("supported", True, {"suggestive", "advice"}),
        ("supported", False, set()),
        ("independent", True, set()),
        ("independent", False, set()),
    ],
)
def test_the_coach_fades_with_the_guidance(guidance, form, spoken_of):
    found = {each for each in REMARKS if speaks_about(Guidance(guidance), each, form=form)}
    assert found == spoken_of


def test_the_coach_never_listens_where_advice_is_asked_for():
    for method in shipped_methods().values():
        for step in method.steps:
            advice = getattr(step, "collects", None) == "advice"
            coached = step.model_copy(update={"coach": "whole"}) if advice else step
            reads = not advice and getattr(step, "coach", "off") == "whole"
            assert listens_to(coached, "Doe het zo.") == reads


def test_the_coach_reads_as_much_as_a_step_says():
    asked = shipped_methods()["basic"].step("questions")
    for coach, read in (("off", (0, 0)), ("questions", (1, 0)), ("whole", (1, 1))):
        step = asked.model_copy(update={"coach": coach})
        assert (listens_to(step, "Wat wil je?"), listens_to(step, "Stop.")) == read


def test_older_sessions_stand_beside_newer_ones():
    assert trend_of([]) is None
    assert trend_of([(0, 0)]) is None
    assert trend_of([(1, 2)]) == Trend(1, None, 50)
    assert trend_of([(3, 5), (0, 0), (3, 4)]) == Trend(2, 60, 75)
    assert trend_of([(0, 9)] * 20 + [(1, 2)] * 5 + [(2, 2)] * 5) == Trend(10, 50, 100)


@pytest.mark.parametrize(
    ("counts", "balance"),
    [
        ([], "alike"),
        ([4, 4, 4, 4], "alike"),
        ([6, 4, 5], "alike"),
        ([8, 8, 4, 4], "unequal"),
        ([8, 8, 8, 2], "far_apart"),
        ([5, 5, 0], "far_apart"),
    ],
)
def test_who_spoke_how_often_is_said_truly(counts, balance):
    assert balance_of(counts) == balance
