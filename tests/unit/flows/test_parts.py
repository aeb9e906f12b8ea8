"""Who took part, brought and led: by what happened, over whatever happens."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import Refusal
from bot.flows.session import commands as c
from bot.flows.session.parts import UNDER_WAY, took_part, was_brought, who_led
from bot.flows.types import Ending, Phase
from tests.unit.flows.dialogue import Dialogue
from tests.unit.flows.test_properties import meant, talks

FOUR = ("ann", "bo", "cas", "dee")
HOUR = timedelta(hours=1)


def led_by(who: str) -> Dialogue:
    return Dialogue(people=FOUR, facilitator=who).begins()


def test_who_leaves_in_the_lobby_took_no_part():
    talk = Dialogue(people=FOUR)
    talk.do(c.Leave(by="dee"))
    assert took_part(talk.session) == ()
    assert took_part(talk.begins().session) == FOUR[:3]


def test_who_comes_late_or_leaves_early_took_part():
    talk = Dialogue(people=FOUR).begins()
    talk.do(c.Leave(by="dee"))
    talk.do(c.Join(by="eve"))
    talk.do(c.Stop(by="ann"))
    assert took_part(talk.session) == (*FOUR, "eve")
    assert all(part.until for part in talk.session.parts)


def test_a_case_whose_bringer_leaves_half_way_was_not_brought():
    talk = Dialogue(people=FOUR).begins()
    assert was_brought(talk.session, talk.method)
    talk.do(c.Leave(by="ann"))
    assert talk.session.ending is Ending.BRINGER_LEFT
    assert "ann" in took_part(talk.session)
    assert not was_brought(talk.session, talk.method)


def test_a_bringer_who_leaves_in_the_last_step_has_brought():
    talk = Dialogue(people=FOUR).begins().to("reflection")
    talk.do(c.Leave(by="ann"))
    assert was_brought(talk.session, talk.method)


def test_a_case_that_is_stopped_was_brought():
    talk = Dialogue(people=FOUR).begins()
    talk.do(c.Stop(by="bo"))
    assert was_brought(talk.session, talk.method)


@pytest.mark.parametrize(
    ("after", "of", "led"), [(0, 2, ()), (1, 3, ()), (1, 2, ("bo",)), (2, 2, ("bo",))]
)
def test_who_hands_back_led_if_they_did_for_half_of_it(after, of, led):
    talk = led_by("bo")
    talk.now += after * HOUR
    talk.do(c.HandBack(by="bo"))
    talk.now += (of - after) * HOUR
    talk.do(c.Stop(by="ann"))
    assert who_led(talk.session) == led


def test_each_who_led_counts():
    talk = led_by("bo")
    talk.now += HOUR
    talk.do(c.Facilitate(by="cas"))
    assert who_led(talk.session) == ()  # another may take over until the end
    talk.now += HOUR
    talk.do(c.Stop(by="ann"))
    assert who_led(talk.session) == ("bo", "cas")


def test_who_was_meant_to_lead_and_did_not_come_did_not_lead():
    talk = led_by("eve")
    talk.do(c.Stop(by="ann"))
    assert who_led(talk.session) == ()


def test_a_session_of_before_counts_who_is_in_it_now():
    talk = Dialogue(people=FOUR).begins()
    talk.session = talk.session.model_copy(update={"parts": ()})
    talk.do(c.Stop(by="ann"))
    assert set(took_part(talk.session)) == set(FOUR)


@pytest.mark.parametrize("command", [c.Begin(by="bo"), c.Next(by="bo")])
def test_nothing_begins_before_its_bringer_is_there(command):
    talk = Dialogue(people=FOUR, awaits_bringer=True)
    with pytest.raises(Refusal, match="bringer_awaited"):
        talk.do(command)
    talk.do(c.Join(by="ann"))
    assert not talk.session.awaits_bringer
    assert talk.session.participants == FOUR
    talk.do(command)
    assert talk.session.phase is Phase.RUNNING


def test_a_bringer_who_begins_is_there():
    talk = Dialogue(people=FOUR, awaits_bringer=True)
    assert "ann" not in talk.session.here
    assert talk.begins().session.phase is Phase.RUNNING
    assert "ann" in took_part(talk.session)


@given(talks(), st.lists(st.integers(0, 5), min_size=40, max_size=40), st.sampled_from(FOUR))
@settings(max_examples=60, deadline=None)
def test_parts_are_what_the_events_say(talked, waits, leader):
    """Replay: whoever is in a session under way, before or after an event, has a part in it."""
    talk, happened = talked
    seen, led = {*talk.session.participants}, {talk.session.facilitator}
    for each, hours in zip([*happened, c.Facilitate(by=leader)], [*waits, 1], strict=False):
        talk.now += hours * HOUR
        try:
            talk.do(meant(talk, each))
        except Refusal:
            continue
        if talk.session.phase in UNDER_WAY:
            seen |= {*talk.session.participants}
            led.add(talk.session.facilitator)
        session = talk.session
        assert set(took_part(session)) == seen
        assert set(who_led(session)) <= led & seen
        open_parts = {part.who for part in session.parts if part.until is None}
        under_way = session.phase in UNDER_WAY
        assert not (under_way and who_led(session))
        assert open_parts == (set(session.participants) if under_way else set())
        for part in session.parts:
            assert part.until is None or part.since <= part.until
            assert not part.leads or part.who in seen
