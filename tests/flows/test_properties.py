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
from bot.flows.session import Session, awaited, decide, floor, speakers, step_of
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
inputs = st.one_of(
    st.builds(lambda kind, by: kind(by=by), simple, people),
    st.tuples(st.just("say"), people),
    st.tuples(st.just("say"), people),
    st.tuples(st.just("write"), people),
    st.tuples(st.just("withdraw"), people),
    st.tuples(st.just("wait"), st.sampled_from(["turn", "turn", "idle"])),
    st.builds(c.Choose, by=people, open=st.booleans()),
    st.builds(c.Pick, by=people, picked=st.just(("k1",))),
    st.builds(c.Reflect, by=people, share=st.booleans(), takeaway=st.just("x")),
    st.builds(c.Amend, by=people, ref=st.just("r1"), text=st.just("y")),
)


def play(talk: Dialogue, given_input) -> tuple[Session, list[e.Effect]]:
    """Do one thing; a refusal leaves everything as it was. Gives the state before."""
    before = talk.session
    try:
        match given_input:
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
@given(methods(), st.booleans(), st.lists(inputs, max_size=40))
def test_the_rules_hold_whatever_happens(method, shut, happened):
    talk = begun(method, shut)
    opened: set[str] = set()
    for each in happened:
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
@given(methods(), st.lists(inputs, max_size=25))
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
@given(methods(), st.lists(inputs, max_size=40))
def test_nobody_gets_the_floor_twice_while_someone_else_had_it_not_at_all(method, happened):
    talk = begun(method, shut=False)
    for each in happened:
        play(talk, each)
        position = talk.session.position
        if position is not None and position.queue and position.queue[0] in position.had:
            assert all(who in position.had for who in position.queue)


@MANY
@given(methods(), st.lists(inputs, max_size=30))
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
