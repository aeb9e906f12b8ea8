"""Where something opened for the bringer in a round, and building on what they said last."""

import pytest

from bot.errors import Refusal
from bot.flows.session import commands as c
from bot.flows.session import effects as e
from bot.flows.types import Guidance
from tests.unit.flows.dialogue import Dialogue, of


def asked(talk):
    """Everybody asks, and the bringer answers; return what followed the last answer."""
    followed = []
    while talk.step == "questions":
        talk.says(talk.floor, "Wat raakte je?")
        followed = talk.says("ann", "Dit.")
    return followed


def test_the_bringer_is_asked_once_a_round_is_over():
    talk = Dialogue().to("questions")
    talk.says(talk.floor, "Wat raakte je?")
    assert not of(e.AskWhatOpened, talk.says("ann", "Dit."))
    assert of(e.AskWhatOpened, asked(talk)) == [e.AskWhatOpened(to="ann", step="questions")]


def test_whoever_sits_in_the_bringers_place_is_asked():
    talk = Dialogue("troika", people=("ann", "bo", "cas"))
    steps = tuple(
        s.model_copy(update={"coach": "whole"}) if s.id == "clarify" else s
        for s in talk.method.steps
    )
    talk.method = talk.method.model_copy(update={"steps": steps})
    talk.to("clarify")
    told = of(e.AskWhatOpened, talk.do(c.Next(by="ann")))
    assert [(each.to, each.step) for each in told] == [("ann", "clarify.1")]


def test_where_facts_are_asked_for_nothing_has_to_open():
    talk = Dialogue("balint", people=("ann", "bo", "cas", "dee", "eva")).to("facts")
    assert not of(e.AskWhatOpened, talk.do(c.Next(by="ann")))


def test_the_next_asker_may_build_on_the_last_answer():
    talk = Dialogue().to("questions")
    talk.says(talk.floor, "Wat raakte je?")
    turn = of(e.Say, talk.says("ann", "Dit."))[0]
    assert (turn.key, turn.builds_on) == ("turn", talk.kept[-1].id)
    talk.says(talk.floor, "En dan?")
    assert not of(e.Say, talk.says("ann", "Niets."))  # nobody comes after the last


def test_who_comes_after_a_question_that_was_left_builds_on_nothing():
    talk = Dialogue().to("questions")
    talk.says(talk.floor, "Wat raakte je?")
    assert of(e.Say, talk.do(c.Pass(by="ann")))[0].builds_on is None


@pytest.mark.parametrize("guidance", Guidance)
def test_marking_moves_nothing_on(guidance):
    talk = Dialogue(guidance=guidance).to("questions")
    asked(talk)
    before = talk.session
    told = talk.do(c.MarkOpened(by="ann", contribution="k1"))
    assert of(e.MarkOpened, told) == [e.MarkOpened(by="ann", contribution="k1")]
    assert talk.session == before
    talk.do(c.Stop(by="bo"))
    assert of(e.MarkOpened, talk.do(c.MarkOpened(by="ann", contribution="k1")))


def test_only_who_answered_marks():
    talk = Dialogue().to("questions")
    asked(talk)
    with pytest.raises(Refusal, match="bringer_only"):
        talk.do(c.MarkOpened(by="bo", contribution="k1"))
