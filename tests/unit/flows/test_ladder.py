"""Members learn to lead: each leads exactly the steps of their rung, and the bot the rest."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.catalog.methods import shipped_methods
from bot.flows.ladder import Practice, rung_after, share_out
from bot.flows.session import commands as c
from bot.flows.session import effects as e
from bot.flows.types import Phase, Rung
from tests.unit.flows.dialogue import Dialogue, of

PEOPLE = ("ann", "bo", "cas", "dee")
CASES = [method for method in shipped_methods().values() if method.kinds]


def learns(method="basic", people=PEOPLE, facilitator=None, **rungs):
    wanted = tuple(Practice(who=who, rung=rung) for who, rung in rungs.items())
    return Dialogue(method, people, practice=wanted, facilitator=facilitator)


def plays_on(talk):
    """Go on to the end; return who led each step."""
    led = {}
    while talk.session.phase is Phase.RUNNING:
        led[talk.step] = talk.session.facilitator
        talk.do(c.Next(by="dee"))
    return led


def test_one_step_is_handed_over_and_taken_back():
    talk = learns(bo="step")
    begun = talk.do(c.Begin(by="ann"))
    assert e.Practise(to="bo", rung="step", steps=("questions",)) in begun
    assert {step for step, who in plays_on(talk).items() if who} == {"questions"}
    assert [p.done for p in talk.session.practice] == [True]


def test_halves_and_wholes_are_led_from_end_to_end():
    talk = learns(bo="half", cas="half")
    talk.do(c.Begin(by="ann"))
    led = list(plays_on(talk).values())
    assert None not in led
    assert led == sorted(led)
    assert set(plays_on(learns(bo="whole").begins()).values()) == {"bo"}


def test_two_who_take_the_same_lead_apart_or_wait():
    talk = learns(bo="whole", cas="step")
    begun = talk.do(c.Begin(by="ann"))
    assert e.Practise(to="cas", rung="step", waits=True) in begun
    assert set(plays_on(talk).values()) == {"bo"}
    led = plays_on(learns(bo="step", cas="step").begins())
    assert {who for who in led.values() if who} == {"bo", "cas"}


def test_who_watches_leads_nothing():
    talk = learns(bo="watch").begins()
    assert set(plays_on(talk).values()) == {None}
    assert talk.session.practice[0].done


def test_neither_the_bringer_nor_who_is_away_practises():
    talk = learns(ann="step", zoe="step").begins()
    assert talk.session.practice == ()


def test_where_somebody_leads_already_one_only_watches():
    begun = learns(facilitator="dee", bo="step", cas="watch").do(c.Begin(by="ann"))
    assert [(each.to, each.waits) for each in of(e.Practise, begun)] == [
        ("cas", False),
        ("bo", True),
    ]


@pytest.mark.parametrize("command", [c.Leave(by="bo"), c.HandBack(by="bo"), c.Facilitate(by="cas")])
def test_who_stops_midway_keeps_their_rung_for_another_time(command):
    talk = learns(bo="half").begins()
    talk.do(command)
    assert talk.session.facilitator == ("cas" if isinstance(command, c.Facilitate) else None)
    assert talk.session.practice == ()
    assert "bo" not in plays_on(talk).values()


def test_a_step_that_is_gone_back_to_is_handed_over_again():
    talk = learns(bo="step").to("restate")
    assert talk.session.facilitator is None
    talk.do(c.Back(by="ann"))
    assert (talk.step, talk.session.facilitator) == ("questions", "bo")


def test_a_spoken_session_is_handed_over_too():
    talk = learns(bo="step").begins()
    talk.do(c.GoLive(by="ann"))
    assert {step for step, who in plays_on(talk).items() if who} == {"questions"}


def test_rungs_lead_to_the_whole():
    assert [rung_after(rung) for rung in Rung] == [Rung.STEP, Rung.HALF, Rung.WHOLE, None]


@given(st.sampled_from(CASES), st.lists(st.sampled_from(Rung), max_size=5), st.booleans())
@settings(max_examples=40, deadline=None)
def test_no_step_is_led_by_two(method, rungs, led):
    wanted = [Practice(who=f"u{n}", rung=rung) for n, rung in enumerate(rungs)]
    given = share_out(wanted, method, led=led)
    steps = [step for practice in given for step in practice.steps]
    assert len(steps) == len(set(steps))
    assert all(bool(each.steps) == (each.rung is not Rung.WATCH) for each in given)
    assert not (led and steps)
    assert [each.who for each in given] == sorted(each.who for each in given)
