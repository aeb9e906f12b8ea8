"""A press is about what its presser saw: what has gone by does nothing."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import Refusal
from bot.flows.session import commands as c
from bot.flows.session.seen import ABOUT
from bot.flows.types import Mode, ReplyWord
from tests.unit.flows.dialogue import Dialogue

PEOPLE = ("ann", "bo", "cas", "dee")


def spoken(step):
    talk = Dialogue(people=PEOPLE, mode=Mode.LIVE).to(step)
    talk.do(c.Facilitate(by="bo"))
    return talk


def refused(talk, command):
    before = talk.session
    with pytest.raises(Refusal) as refusal:
        talk.do(command)
    assert talk.session == before
    return refusal.value.key


def test_next_by_three_is_one_step():
    talk = Dialogue(people=PEOPLE).begins()
    seen = talk.session.version
    talk.do(c.Next(by="bo", seen=seen))
    for who in ("cas", "dee", "bo"):
        assert refused(talk, c.Next(by=who, seen=seen)) == "gone_by"
    talk.do(c.Back(by="cas", seen=talk.session.version))
    assert refused(talk, c.Next(by="cas", seen=seen)) == "gone_by"


def test_done_twice_passes_nobody_over():
    talk = spoken("questions")
    seen, queue = talk.session.version, talk.session.position.queue
    talk.do(c.Done(by="bo", seen=seen))
    assert refused(talk, c.Done(by="bo", seen=seen)) == "gone_by"
    assert talk.session.position.queue == queue[1:]


def test_more_time_by_three_is_given_once():
    talk = spoken("questions")
    seen = talk.session.version
    talk.do(c.MoreTime(by="bo", seen=seen))
    until = talk.session.position.until
    assert refused(talk, c.MoreTime(by="cas", seen=seen)) == "gone_by"
    talk.do(c.MoreTime(by="cas", seen=talk.session.version))
    assert talk.session.position.until > until


def test_all_may_pass_their_own_turn_on_one_board():
    talk = Dialogue(people=PEOPLE).to("questions")
    seen = talk.session.version
    for who in talk.session.position.queue:
        talk.do(c.Pass(by=who, seen=seen))
    assert talk.step != "questions"


def test_a_pass_leaves_no_later_question_unanswered():
    talk = Dialogue(people=PEOPLE).to("questions")
    talk.says(talk.floor)
    seen = talk.session.version
    talk.do(c.Pass(by="ann", seen=seen))
    talk.says(talk.floor)
    assert refused(talk, c.Pass(by="ann", seen=seen)) == "gone_by"


def test_an_answer_is_to_the_question_it_was_opened_for():
    talk = Dialogue(people=PEOPLE).to("questions")
    talk.says(talk.floor)
    seen = talk.session.version
    talk.do(c.Pass(by="ann", seen=seen))
    talk.says(talk.floor)
    answer = c.Contribute(by="ann", id="a", text="Ja.", step="questions", seen=seen)
    assert refused(talk, answer) == "gone_by"
    talk.do(answer.model_copy(update={"seen": talk.session.version}))


def test_words_are_for_who_sat_in_the_bringers_place():
    talk = Dialogue("troika").begins()
    turned = next(step for step in talk.method.steps if step.rotates and step.kind == "discuss")
    talk.to(turned.id)
    said = c.Contribute(by="bo", id="b", text="Ja.", step=f"{turned.id}.1")
    talk.do(said)
    while talk.session.position.seat == 1:
        talk.do(c.Next(by="bo"))
    talk.to(turned.id)
    assert refused(talk, said) == "step_past"


def test_two_who_lead_at_once_do_not_relieve_each_other():
    talk = Dialogue(people=PEOPLE).begins()
    seen = talk.session.version
    talk.do(c.Facilitate(by="bo", seen=seen))
    assert refused(talk, c.Facilitate(by="cas", seen=seen)) == "gone_by"
    assert talk.session.facilitator == "bo"


def test_two_methods_chosen_at_once_are_one():
    talk = Dialogue(people=PEOPLE)
    seen = talk.session.version
    talk.chooses("incident")
    assert refused(talk, c.UseMethod(by="bo", method="basic", seen=seen)) == "gone_by"
    assert refused(talk, c.Begin(by="bo", seen=seen)) == "gone_by"
    talk.do(c.Begin(by="bo", seen=talk.session.version))


def test_what_means_the_same_later_is_done():
    talk = Dialogue(people=PEOPLE).begins()
    seen = talk.session.version
    talk.do(c.Next(by="bo", seen=seen))
    for command in (c.Pause, c.Resume, c.Leave, c.Join, c.Stop):
        talk.do(command(by="dee", seen=seen))


@given(st.lists(st.tuples(st.sampled_from([*ABOUT]), st.sampled_from(PEOPLE)), max_size=25))
@settings(max_examples=40, deadline=None)
def test_no_press_counts_twice(presses):
    """Whatever two people press on the same board, at most one such press moves the session."""
    talk = Dialogue(people=PEOPLE, mode=Mode.LIVE).begins()
    for kind, by in presses:
        more = {
            c.Choose: {"open": True},
            c.UseMethod: {"method": "basic"},
            c.TakeDirection: {"direction": "on"},
        }.get(kind, {})
        command = kind(by=by, seen=talk.session.version, **more)
        before = talk.session.changed
        try:
            talk.do(command)
        except Refusal:
            continue
        if any(
            getattr(before, part) != getattr(talk.session.changed, part) for part in ABOUT[kind]
        ):
            assert refused(talk, command) == "gone_by"


def test_a_pause_after_time_was_up_gives_no_new_time():
    talk = spoken("questions")
    talk.waits()
    assert talk.session.position.nudged
    left = talk.session.position.until - talk.now
    talk.do(c.Pause(by="bo"))
    talk.do(c.Resume(by="bo"))
    assert talk.session.position.nudged
    assert talk.session.position.until - talk.now == left


def test_a_question_waits_while_the_group_speaks():
    talk = Dialogue(people=PEOPLE).to("questions")
    talk.says(talk.floor)
    question = talk.session.position.question
    talk.do(c.GoLive(by="bo"))
    talk.do(c.GoAsync(by="bo"))
    assert talk.session.position.question == question
    talk.do(c.GoLive(by="bo"))
    talk.do(c.Done(by=talk.floor))
    talk.do(c.GoAsync(by="bo"))
    assert talk.session.position.question is None


def test_spoken_twice_starts_no_time_anew():
    talk = spoken("questions")
    assert refused(talk, c.GoLive(by="cas")) == "live_already"


def test_who_left_a_stopped_session_gets_no_floor():
    talk = Dialogue(people=PEOPLE).to("questions")
    holder = talk.floor
    talk.do(c.Stop(by="ann"))
    talk.do(c.Leave(by=holder, for_good=True))
    talk.do(c.Resume(by="ann"))
    assert holder not in (*talk.session.participants, *talk.session.position.queue)
    talk.do(c.Stop(by="ann"))
    talk.do(c.Leave(by="ann", for_good=True))
    assert refused(talk, c.Resume(by=talk.session.participants[0])) == "ended"


def test_too_few_take_up_no_stopped_session():
    talk = Dialogue().to("questions")
    talk.do(c.Stop(by="ann"))
    for who in ("bo", "cas"):
        talk.do(c.Leave(by=who, for_good=True))
    assert refused(talk, c.Resume(by="ann")) == "too_few_left"


def test_a_word_in_the_thread_is_about_what_is_now():
    talk = Dialogue(people=PEOPLE).to("questions")
    holder = talk.floor
    talk.do(talk.reply(holder, "r", ReplyWord.PASS, "pas"))
    assert talk.floor != holder
