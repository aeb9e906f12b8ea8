"""Hunches are parked before the first round of questions, and given back when all is over."""

import pytest

from bot.catalog.methods import shipped_methods
from bot.flows.session import commands as c
from bot.flows.session import effects as e
from bot.flows.session.state import hunch_round, parks_hunches
from tests.unit.flows.dialogue import Dialogue, of

PEOPLE = ("ann", "bo", "cas", "dee", "eve", "fay")


@pytest.mark.parametrize("method", sorted(shipped_methods()))
def test_hunches_are_parked_before_the_first_questions_alone(method):
    method = shipped_methods()[method]
    at = hunch_round(method)
    answered = [n for n, step in enumerate(method.steps) if getattr(step, "answers", False)]
    assert at is None or at == answered[0]
    talk = Dialogue(method, people=PEOPLE[: max(4, method.least)])
    assert not parks_hunches(talk.session, method)
    talk.begins()
    assert parks_hunches(talk.session, method) is (at is not None)
    for _ in method.steps[: (at or 0) + 1]:
        talk.do(c.Next(by="bo"))
    assert not parks_hunches(talk.session, method)


def test_hunches_come_back_whenever_a_session_ends():
    for ends in (c.Stop(by="bo"), c.Leave(by="ann")):
        talk = Dialogue().to("questions")
        assert of(e.ReturnHunches, talk.do(ends))
    talk = Dialogue()
    assert not of(e.ReturnHunches, talk.do(c.Stop(by="bo")))
    talk = Dialogue().to("reflection")
    assert of(e.ReturnHunches, talk.do(c.Next(by="bo")))
