"""Every state × every command: the rules at the top of `bot.flows.session`, for any method."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from bot.errors import Refusal
from bot.flows import commands as c
from bot.flows import effects as e
from bot.flows.method import Method, Prompt, Title
from bot.flows.session import decide
from bot.flows.state import Session, awaited, floor, speakers, step_of
from bot.flows.words import Phase
from bot.methods import shipped_methods
from tests.flows.dialogue import START, Dialogue

PEOPLE = ("ann", "bo", "cas", "dee", "eve")
MANY = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])

TITLE = Title(nl="Titel", en="Title").model_dump()
PROMPT = Prompt(nl="Vraag", en="Ask").model_dump()


@st.composite
def steps(draw):
    """Steps of every kind, gates and trays among them; not every list makes a method."""
    made, gates = [], []
    for n in range(draw(st.integers(1, 7))):
        kind = draw(
            st.sampled_from(["present", "round", "write", "discuss", "respond", "gate", "tray"])
        )
        step = {"id": f"step-{n}", "kind": kind, "title": TITLE, "prompt": PROMPT, "minutes": 5}
        if gates and draw(st.booleans()):
            step["behind"] = draw(st.sampled_from(gates))
        if kind in ("round", "write", "discuss"):
            step["collects"] = draw(st.sampled_from(["question", "compliment", "advice"]))
            step["speakers"] = draw(st.sampled_from(["peers", "all"]))
            step["parked"] = step["speakers"] == "peers" and draw(st.booleans())
        if kind == "round":
            step["rounds"] = draw(st.integers(1, 2))
            peers = step["speakers"] == "peers" and not step["parked"]
            step["answers"] = peers and draw(st.booleans())
        if kind == "write":
            step["shows"] = draw(st.sampled_from(["together", "tray", "oneself"]))
        if kind == "respond":
            step["collects"] = "next_step"
        if kind == "gate":
            gates.append(step["id"])
        made.append(step)
    return made


@st.composite
def methods(draw):
    """One of ours, or any other that is valid."""
    if draw(st.booleans()):
        return shipped_methods()[draw(st.sampled_from(sorted(shipped_methods())))]
    made = draw(steps())
    made.append({"id": "tray", "kind": "tray", "title": TITLE, "prompt": PROMPT, "minutes": 1})
    made.append({"id": "end", "kind": "reflect", "title": TITLE, "prompt": PROMPT, "minutes": 1})
    whole = {"id": "any", "title": TITLE, "summary": PROMPT, "kinds": ["learning"], "steps": made}
    try:
        return Method.model_validate(whole)
    except ValidationError:
        return shipped_methods()["basic"]


people = st.sampled_from(PEOPLE)
simple = st.sampled_from(
    [
        c.Join, c.Leave, c.Begin, c.Pass, c.Later, c.Done, c.Next, c.Back, c.Pause, c.Resume,
        c.Stop,
    ]
)  # fmt: skip
fitting = st.sampled_from(["does", "does", "yes", "passes", "later", "moves on", "undoes"])
"""What somebody who is asked does: without these, chance seldom gets past a first step."""

inputs = st.one_of(
    st.tuples(st.just("asked"), fitting),
    st.tuples(st.just("asked"), fitting),
    st.tuples(st.just("asked"), fitting),
    st.tuples(st.just("asked"), fitting),
    st.tuples(st.just("asked"), fitting),
    st.builds(lambda kind, by: kind(by=by), simple, people),
    st.tuples(st.just("say"), people),
    st.tuples(st.just("say"), people),
    st.tuples(st.just("write"), people),
    st.tuples(st.just("withdraw"), people),
    st.just(c.Join(by="eve")),
    st.tuples(st.just("wait"), st.sampled_from(["turn", "turn", "idle"])),
    st.builds(c.Choose, by=people, open=st.booleans()),
    st.builds(c.Pick, by=people, picked=st.just(("k1",))),
    st.builds(c.Reflect, by=people, share=st.booleans(), takeaway=st.just("x")),
    st.builds(c.Amend, by=people, ref=st.just("r1"), text=st.just("y")),
)


def asked(talk: Dialogue, how: str) -> c.Command:
    """Give what somebody who is asked something now does about it."""
    step, coming = step_of(talk.session, talk.method), awaited(talk.session, talk.method)
    who = talk.floor or (coming[0] if coming else "ann")
    match how, step.kind:
        case "passes", _:
            return c.Pass(by=who)
        case "later", _:
            return c.Later(by=who)
        case "moves on", _:
            return c.Next(by=who)
        case "undoes", _:
            return c.Back(by=who)
        case _, "gate":
            return c.Choose(by=who, open=how == "yes")
        case _, "tray":
            return c.Pick(by=who, picked=("k1",))
        case _, "present":
            return c.Done(by=who)
        case _, "reflect":
            return c.Reflect(by=who)
        case _, "discuss":
            return c.Next(by=who)
        case _, kind:
            ref = None if kind == "write" else "r1"
            return talk.contribution(who, ref)


def meant(talk: Dialogue, each):
    """Give an input as it is meant in the state the session is in now."""
    return asked(talk, each[1]) if isinstance(each, tuple) and each[0] == "asked" else each


def play(talk: Dialogue, given_input) -> tuple[Session, list[e.Effect]]:
    """Do one thing; a refusal leaves everything as it was. Gives the state before."""
    before = talk.session
    try:
        match meant(talk, given_input):
            case ("say", who):
                return before, talk.says(who)
            case ("write", who):
                return before, talk.writes(who)
            case ("wait", timer):
                return before, talk.waits(timer, timedelta(hours=30))
            case ("withdraw", who):
                kept = talk.kept[-1] if talk.kept else None
                said = kept.id if kept else "none"
                return before, talk.do(c.Withdraw(by=who, ref="r1", contribution=said))
            case command:
                return before, talk.do(command)
    except Refusal:
        assert talk.session == before
        return before, []


def begun(method: Method, shut: bool) -> Dialogue:
    talk = Dialogue(method, people=PEOPLE[:4], shut=shut)
    talk.do(c.Begin(by="ann"))
    return talk


@MANY
@given(methods(), st.booleans(), st.lists(inputs, min_size=5, max_size=40))
def test_the_rules_hold_whatever_happens(method, shut, happened):
    talk = begun(method, shut)
    opened: set[str] = set()
    for each in happened:
        each = meant(talk, each)
        before, effects = play(talk, each)
        session = talk.session
        here = floor(session)
        assert here is None or here in session.participants
        assert set(awaited(session, method)) <= set(session.participants)
        step = step_of(before, method)
        for kept in (x for x in effects if isinstance(x, e.Keep)):
            assert step is not None
            assert not (step.parked and kept.author == session.bringer)
            assert kept.author in speakers(before, step) or kept.author == session.bringer
            assert kept.hidden == (step.kind == "write")
        if isinstance(each, c.Choose) and each.open and session != before:
            opened.add(step.id if step else "")
        now = step_of(session, method)
        if now is not None and now.behind is not None:
            assert now.behind in opened
            assert not session.shut
        assert Session.model_validate_json(session.model_dump_json()) == session


@MANY
@given(methods(), st.lists(inputs, min_size=5, max_size=25))
def test_every_session_ends_when_nobody_does_anything_more(method, happened):
    talk = begun(method, shut=False)
    for each in happened:
        play(talk, each)
    for _ in range(len(method.steps) * 60):
        if talk.session.phase is not Phase.RUNNING:
            break
        talk.waits()
    talk.waits("idle")
    assert talk.session.phase is Phase.CLOSED


@MANY
@given(methods(), st.lists(inputs, min_size=5, max_size=40))
def test_nobody_gets_the_floor_twice_while_someone_else_had_it_not_at_all(method, happened):
    talk = begun(method, shut=False)
    for each in happened:
        before, _ = play(talk, each)
        was, now = before.position, talk.session.position
        given_now = now is not None and now.queue[:1] != (was.queue[:1] if was else ())
        if given_now and now.queue and now.queue[0] in now.had:
            assert all(who in now.had for who in now.queue)


def test_who_comes_while_someone_has_a_second_go_waits_for_it_to_end():
    talk = Dialogue("basic", people=PEOPLE[:4]).to("questions")
    slow = talk.floor
    talk.do(c.Later(by=slow))
    while talk.floor != slow:
        talk.do(c.Pass(by=talk.floor))
    talk.do(c.Join(by="eve"))
    assert talk.session.position.queue == (slow, "eve")


@MANY
@given(methods(), st.booleans(), st.lists(inputs, min_size=5, max_size=40))
def test_nothing_behind_a_gate_is_asked_or_kept_unless_that_gate_was_opened(method, shut, happened):
    talk = begun(method, shut)
    for each in happened:
        before, effects = play(talk, each)
        for effect in effects:
            if isinstance(effect, e.Keep):
                step = step_of(before, method)
            elif isinstance(effect, e.Open):
                step = method.steps[effect.step]
            else:
                continue
            assert step is not None
            position = talk.session.position if isinstance(effect, e.Open) else before.position
            assert position is not None
            assert step.behind is None or step.behind in position.opened
            assert not (shut and (step.behind or step.kind == "gate"))


@pytest.mark.parametrize("method", sorted(shipped_methods()))
def test_the_state_does_not_grow_with_what_is_said(method):
    talk = begun(shipped_methods()[method], shut=False)
    talk.to("questions" if method == "basic" else "what")
    talk.says(talk.floor)
    sizes = set()
    for _ in range(100):
        talk.says(talk.session.position.queue[0])
        talk.says("eve")
        sizes.add(len(talk.session.model_dump_json()))
        if talk.session.position.question is None:
            break
    assert len(sizes) == 1


@MANY
@given(methods(), st.lists(inputs, min_size=5, max_size=30))
def test_the_same_command_in_the_same_state_gives_the_same(method, happened):
    talk = begun(method, shut=False)
    for each in happened:
        play(talk, each)
        command = c.Pass(by="bo")
        results = []
        for _ in range(2):
            try:
                results.append(decide(talk.session, command, method=method, now=talk.now))
            except Refusal as refusal:
                results.append(refusal.key)
        assert results[0] == results[1]


@pytest.mark.parametrize("method", sorted(shipped_methods()))
def test_the_state_is_structure_alone(method):
    talk = begun(shipped_methods()[method], shut=False)
    talk.says(talk.floor, "kanarievogel")
    assert "kanarievogel" not in talk.session.model_dump_json()
    assert START.isoformat() not in repr(c.Contribute(by="a", id="b", text="kanarievogel"))
    assert "kanarievogel" not in repr(c.Contribute(by="a", id="b", text="kanarievogel"))
