"""A process check: a pause to say how to go on, and the bringer's choice of what comes next."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.catalog.process_check import process_check_steps
from bot.errors import Refusal
from bot.flows.session import commands as c
from bot.flows.session import effects as e
from bot.flows.session.state import DIRECTIONS, PROCESS_CHECK, Session
from bot.flows.types import Direction, Ending, Mode
from tests.unit.flows.dialogue import Dialogue, of

PEOPLE = ("ann", "bo", "cas", "dee")


def asks(talk, by="bo"):
    return talk.do(c.AskProcessCheck(by=by, steps=process_check_steps()))


def chooses(talk, direction, by="ann"):
    return talk.do(c.TakeDirection(by=by, direction=direction))


def asked(step="questions", **changes):
    """A session in a process check that was asked for in this step."""
    talk = Dialogue(people=PEOPLE, **changes).to(step)
    asks(talk)
    return talk


def heard(talk):
    for who in ("bo", "cas", "dee"):
        talk.writes(who, "Een beeld, denk ik.")
    return talk


def test_steps_and_directions_belong_together():
    kinds = [step.kind for step in process_check_steps()]
    assert kinds == ["write", "respond", "round", "write", "write", "discuss"]
    ids = {step.id.rpartition("-")[2] for step in process_check_steps()[2:]}
    assert ids == {*Direction} - {Direction.ON}
    for direction, at in DIRECTIONS.items():
        assert at is None or process_check_steps()[at - PROCESS_CHECK].id.endswith(direction)


def test_the_others_speak_the_bringer_listens_and_chooses():
    talk = asked()
    with pytest.raises(Refusal, match="parked"):
        talk.writes("ann")
    for who in ("bo", "cas"):
        assert not of(e.Reveal, talk.writes(who, "Stilte."))
    last = talk.writes("dee", "Stilte.")
    assert of(e.Reveal, last)
    assert of(e.OfferDirections, last) == [e.OfferDirections(to="ann")]
    with pytest.raises(Refusal, match="bringer_only"):
        chooses(talk, Direction.SILENCE, by="bo")
    chooses(talk, Direction.SILENCE)
    assert talk.step == "process-check-silence"


@pytest.mark.parametrize("direction", Direction)
def test_after_a_direction_the_method_goes_on_where_it_was(direction):
    talk = Dialogue(people=PEOPLE).to("questions")
    talk.says(talk.floor, "Wat raakte je?")
    before = talk.session.position
    asks(talk)
    chooses(heard(talk), direction)
    while talk.session.interrupted is not None:
        talk.do(c.Next(by="bo"))
    after = talk.session.position
    assert after.model_copy(update={"until": before.until}) == before
    assert talk.floor == "ann"
    talk.says("ann", "Dit.")
    assert talk.kept[-1].step == "questions"


def test_a_bringer_who_stays_away_holds_up_nothing():
    talk = heard(asked())
    talk.waits()
    told = talk.waits()
    assert of(e.Say, told)[0].key == "check_over_turn"
    assert talk.step == "questions"


def test_colleagues_who_stay_silent_hold_up_nothing():
    talk = asked()
    for _ in range(4):
        talk.waits()
    assert talk.step == "questions"


def test_a_bringer_may_answer_in_their_own_words():
    talk = heard(asked())
    talk.says("ann", "Laat me even.")
    assert talk.kept[-1].kind == "share"
    assert talk.step == "questions"


def test_one_check_at_a_time_and_two_in_a_session():
    talk = asked()
    with pytest.raises(Refusal, match="check_now"):
        asks(talk, "cas")
    talk.do(c.Next(by="bo"))
    talk.do(c.Next(by="bo"))
    asks(talk, "cas")
    chooses(heard(talk), Direction.ON)
    for _ in range(5):
        with pytest.raises(Refusal, match="check_often"):
            asks(talk)


def test_a_check_is_not_for_the_closing_or_for_a_group_alone():
    with pytest.raises(Refusal, match="check_late"):
        asks(Dialogue(people=PEOPLE).to("reflection"))
    with pytest.raises(Refusal, match="check_no_case"):
        asks(Dialogue("first-meeting", people=PEOPLE).begins())
    with pytest.raises(Refusal, match="not_begun"):
        asks(Dialogue(people=PEOPLE))
    with pytest.raises(Refusal, match="not_in"):
        asks(Dialogue(people=PEOPLE).begins(), "eve")


def test_a_choice_counts_once():
    talk = heard(asked())
    seen = talk.session.version
    chooses(talk, Direction.ON)
    with pytest.raises(Refusal, match="gone_by"):
        talk.do(c.TakeDirection(by="ann", direction=Direction.TEAM, seen=seen))


def test_a_question_that_was_withdrawn_meanwhile_is_asked_no_more():
    talk = Dialogue(people=PEOPLE).to("questions")
    asker = talk.floor
    talk.says(asker, "Wat raakte je?")
    kept = talk.kept[-1]
    asks(talk)
    talk.do(c.Withdraw(by=asker, ref=kept.ref, contribution=kept.id))
    chooses(heard(talk), Direction.ON)
    assert talk.floor == asker


def test_who_comes_or_leaves_meanwhile_is_reckoned_with():
    talk = Dialogue(people=PEOPLE).to("questions")
    holder = talk.floor
    asks(talk)
    talk.do(c.Join(by="eve"))
    talk.do(c.Leave(by=holder))
    while talk.session.interrupted is not None:
        talk.do(c.Next(by="ann"))
    assert talk.floor not in (holder, "ann")
    assert talk.session.position.queue[-1] == "eve"


def test_the_next_sits_down_when_who_sat_there_leaves():
    talk = Dialogue("troika", people=PEOPLE).to("clarify")
    while talk.session.presenter == "ann" or talk.step != "clarify":
        talk.do(c.Next(by="ann"))
    sitter = talk.session.presenter
    others = [who for who in PEOPLE if who != sitter]
    asks(talk, others[0])
    talk.writes(others[0], "Stilte.")
    talk.do(c.Leave(by=sitter))
    assert talk.session.interrupted is None
    assert talk.session.presenter in set(others) - {"ann"}


def test_spoken_time_waits_meanwhile():
    talk = Dialogue(people=PEOPLE, mode=Mode.LIVE).to("questions")
    left = talk.session.position.until - talk.now
    asks(talk)
    for who in ("bo", "cas", "dee"):
        talk.do(c.Done(by=who))
    talk.now += left
    chooses(talk, Direction.ON)
    assert talk.session.position.until - talk.now == left


def test_a_session_of_before_process_checks_can_have_one():
    old = Dialogue(people=PEOPLE).to("questions")
    state = old.session.model_dump(mode="json", exclude={"checks", "check_steps", "interrupted"})
    old.session = Session.model_validate(state)
    asks(old)
    assert Session.model_validate_json(old.session.model_dump_json()) == old.session


@settings(max_examples=15, deadline=None)
@given(st.lists(st.sampled_from(["next", "wait", "ask", *Direction]), max_size=30))
def test_whatever_is_chosen_the_session_comes_to_its_end(inputs):
    talk = Dialogue(people=PEOPLE).begins()
    for each in inputs:
        try:
            match each:
                case "next":
                    talk.do(c.Next(by="bo"))
                case "wait":
                    talk.waits()
                case "ask":
                    asks(talk)
                case direction:
                    chooses(talk, direction)
        except Refusal:
            continue
    assert talk.session.checks <= 2
    for _ in range(60):
        if talk.session.ending is None:
            talk.waits()
    assert talk.session.ending in (Ending.FINISHED, Ending.FORGOTTEN)
