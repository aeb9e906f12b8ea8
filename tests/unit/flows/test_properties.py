"""Every state × every command: the rules at the top of `flows.session.decide`, for any method."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from bot.catalog.methods import shipped_methods
from bot.catalog.process_check import process_check_steps
from bot.errors import Refusal
from bot.flows.composer import closing_of, compose, parts_of
from bot.flows.method import GateStep, Method, Prompt, Title, TrayStep, WriteStep
from bot.flows.session import commands as c
from bot.flows.session import effects as e
from bot.flows.session.decide import decide
from bot.flows.session.state import (
    CHOICE_ID,
    Session,
    awaited,
    floor,
    id_of,
    speakers,
    step_at,
    step_of,
    step_of_key,
)
from bot.flows.types import ADVISING, CaseKind, Direction, Ending, Phase, ReplyWord
from tests.unit.flows.dialogue import Dialogue

PEOPLE = ("ann", "bo", "cas", "dee", "eve", "fay")
LATE = "gus"
"""Who is not there when it begins."""

MANY = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])

TITLE = Title({"nl": "Titel", "en": "Title"}).model_dump()
PROMPT = Prompt({"nl": "Vraag", "en": "Ask"}).model_dump()


ASKS = ("question", "compliment", "observation", "association", "insight", "decision")
KINDS = (
    *("present", "round", "write", "sorted", "advised", "advised aloud", "discuss", "respond"),
    *("vote", "silence"),
)
COACH = st.sampled_from(["off", "questions", "whole"])
SAID = st.sampled_from([None, TITLE])
TURN = Prompt({"nl": "{who}, vraag", "en": "{who}, ask"}).model_dump()
CAPS = st.none() | st.fixed_dictionaries({"each": st.integers(1, 2), "together": st.integers(1, 4)})


@st.composite
def steps(draw):
    """Steps of every kind, told as data; not every list makes a method."""
    made, opens = [], []

    def step(kind, **rest):
        id_ = f"step-{len(made)}"
        made.append(
            {"id": id_, "kind": kind, "title": TITLE, "prompt": PROMPT, "minutes": 5, **rest}
        )
        return id_

    for _ in range(draw(st.integers(1, 6))):
        kind = draw(st.sampled_from(KINDS))
        behind = {"behind": draw(st.sampled_from(opens))} if opens and draw(st.booleans()) else {}
        peers = {"speakers": "peers", "parked": draw(st.booleans())}
        who = draw(st.sampled_from([peers, {"speakers": "all"}]))
        asks = {"collects": draw(st.sampled_from(ASKS))}
        match kind:
            case "round":
                answers = who.get("parked") is False and draw(st.booleans())
                roles = draw(st.integers(0, 3)) * [{"title": TITLE, "prompt": PROMPT}]
                about = {"roles": roles, "rounds": draw(st.integers(1, 2)), "at_most": draw(CAPS)}
                said = {
                    "coach": draw(COACH),
                    "turn": draw(st.sampled_from([None, TURN])),
                    "harvest": draw(SAID),
                }
                step(kind, **who, **asks, **behind, answers=answers, **about, **said)
            case "write":
                shows = draw(st.sampled_from(["together", "oneself"]))
                fields = draw(st.integers(0, 3)) * [TITLE]
                opens.append(step(kind, **who, **asks, **behind, shows=shows, fields=fields))
            case "sorted":
                written = step("write", **peers, **asks, **behind, shows="sort")
                opens.append(step("sort", of=written, **behind))
            case "advised":
                gate = {"behind": step("gate", **behind)} if draw(st.booleans()) else behind
                advice = draw(st.sampled_from(["advice", "idea", "musing"]))
                step("write", **peers, **gate, collects=advice, shows="tray")
                opens.append(step("tray", **gate))
            case "discuss":
                step(kind, **who, **asks, **behind, at_most=draw(CAPS))
            case "vote":
                tie = draw(st.sampled_from(["group", "bringer"]))
                step(kind, **who, **behind, options=[TITLE] * draw(st.integers(2, 3)), tie=tie)
            case "silence":
                step(kind, **behind)
            case "advised aloud":
                gate = {"behind": step("gate", **behind)}
                advice = draw(st.sampled_from(["advice", "idea", "musing"]))
                aloud = draw(st.sampled_from(["round", "discuss", "write"]))
                step(aloud, **peers, **gate, collects=advice)
            case "respond":
                fields = draw(st.integers(0, 3)) * [TITLE]
                step(kind, **behind, collects="next_step", fields=fields)
            case _:
                step(kind, **behind, fields=draw(st.integers(0, 3)) * [TITLE])
    if draw(st.booleans()):
        first, last = sorted((draw(st.integers(0, len(made))), draw(st.integers(0, len(made)))))
        for each in made[first:last]:
            each["rotates"] = True
    return made


def told_in(languages, told):
    """Return what a method says with its texts in these languages alone."""
    if isinstance(told, list):
        return [told_in(languages, each) for each in told]
    if not isinstance(told, dict):
        return told
    if set(told) == set(TITLE):
        return {language: told[language] for language in languages}
    return {key: told_in(languages, each) for key, each in told.items()}


PARTS = parts_of(shipped_methods())
SOME = st.lists(st.sampled_from(sorted(PARTS)), min_size=1, max_size=6)


@st.composite
def methods(draw):
    """One of ours, one composed of their parts, or any other that is valid."""
    which = draw(st.sampled_from(["ours", "ours", "composed", "any", "any"]))
    if which == "ours":
        return shipped_methods()[draw(st.sampled_from(sorted(shipped_methods())))]
    if which == "composed":
        chosen = [PARTS["basic/questions"], *(PARTS[id_] for id_ in draw(SOME))]
        try:
            return compose("own", "Own", list(CaseKind), chosen, closing_of(shipped_methods()))
        except ValidationError:
            return shipped_methods()["basic"]
    made = draw(steps())
    made.append({"id": "end", "kind": "reflect", "title": TITLE, "prompt": PROMPT, "minutes": 1})
    whole = {"id": "any", "title": TITLE, "summary": PROMPT, "kinds": ["learning"], "steps": made}
    try:
        spoken = draw(st.sampled_from([("nl", "en"), ("nl",), ("en",)]))
        return Method.model_validate(told_in(spoken, whole))
    except ValidationError:
        return shipped_methods()["basic"]


people = st.sampled_from((*PEOPLE[:4], LATE))
simple = st.sampled_from(
    [
        c.Join, c.Leave, c.Begin, c.Pass, c.Later, c.Done, c.Next, c.Back, c.Pause, c.Resume,
        c.Stop, c.GoLive, c.GoAsync, c.MoreTime, c.Facilitate, c.HandBack,
    ]
)  # fmt: skip
fitting = st.sampled_from(["does", "does", "yes", "passes", "later", "moves on", "undoes"])
"""What somebody who is asked does: without these, chance seldom gets past a first step."""

inputs = st.one_of(
    *[st.tuples(st.just("asked"), fitting)] * 5,
    st.tuples(st.just("instead"), people),
    st.builds(lambda kind, by: kind(by=by), simple, people),
    st.tuples(st.just("say"), people),
    st.tuples(st.just("say"), people),
    st.tuples(st.sampled_from(ReplyWord), people),
    st.tuples(st.just("reply"), people),
    st.builds(c.UseMethod, by=people, method=st.just("other")),
    st.tuples(st.just("write"), people),
    st.tuples(st.just("withdraw"), people),
    st.just(c.Join(by=LATE)),
    st.tuples(st.just("wait"), st.sampled_from(["turn", "turn", "idle"])),
    st.builds(c.Choose, by=people, open=st.booleans()),
    st.builds(c.AskProcessCheck, by=people, steps=st.just(process_check_steps())),
    st.builds(c.TakeDirection, by=people, direction=st.sampled_from(Direction)),
    st.builds(c.Pick, by=people, picked=st.just(("k1",))),
    st.builds(c.Sort, by=people, warm=st.just(("k1",))),
    st.builds(c.Vote, by=people, option=st.integers(0, 2)),
    st.builds(c.Reflect, by=people, share=st.booleans(), takeaway=st.just("x")),
    st.builds(c.Amend, by=people, ref=st.just("r1"), text=st.just("y"), edited=st.just("2.1")),
)


def asked(talk: Dialogue, how: str) -> c.Command:
    """Return what somebody who is asked something now does about it."""
    step, coming = step_of(talk.session, talk.method), awaited(talk.session, talk.method)
    who = talk.floor or (coming[0] if coming else PEOPLE[0])
    match how, step.kind:
        case "passes", _:
            return c.Pass(by=who)
        case "later", _:
            return c.Later(by=who)
        case "moves on", _:
            return c.Next(by=who)
        case "undoes", _:
            return c.Back(by=who)
        case _, _ if step.id == CHOICE_ID:
            order = (*Direction,)
            return c.TakeDirection(by=who, direction=order[len(talk.kept) % len(order)])
        case _, "gate":
            return c.Choose(by=who, open=how == "yes")
        case _, "tray":
            return c.Pick(by=who, picked=("k1",))
        case _, "sort":
            return c.Sort(by=who, warm=("k1",) if how == "yes" else ())
        case _, "present":
            return c.Done(by=who)
        case _, "reflect":
            return c.Reflect(by=who)
        case _, "discuss":
            return c.Next(by=who)
        case _, "write":
            return talk.contribution(who, None)
        case _, "vote":
            tied = talk.session.position.tied
            return c.Vote(by=who, option=tied[0] if tied else len(coming) % 2)
        case _, "silence":
            talk.now = max(talk.now, talk.session.position.until)
            return c.TimeUp(timer="turn", due=talk.now)
        case _:
            return talk.contribution(who, "r1")


def meant(talk: Dialogue, each) -> c.Command:
    """Return an input as it is meant in the state the session is in now."""
    match each:
        case ("asked", how):
            return asked(talk, how)
        case ("instead", who):
            return asked(talk, "yes").model_copy(update={"by": who})
        case ("say", who):
            return talk.contribution(who, "r2")
        case (ReplyWord() as word, who):
            return talk.reply(who, "r2", word)
        case ("reply", who):
            return talk.reply(who, "r2")
        case c.UseMethod() as use:  # the session's own method stays, so that the steps are known
            return use.model_copy(update={"method": talk.method.id})
        case ("write", who):
            return talk.contribution(who, None)
        case ("wait", timer):
            talk.now += timedelta(hours=30)
            return c.TimeUp(timer=timer, due=talk.now)
        case ("withdraw", who):
            said = talk.kept[-1].id if talk.kept else "none"
            return c.Withdraw(by=who, ref="r1", contribution=said)
        case command:
            return command


def play(talk: Dialogue, each) -> tuple[Session, c.Command, list[e.Effect]]:
    """Do one thing; a refusal leaves everything as it was. Gives the state before, and what."""
    before, command = talk.session, meant(talk, each)
    try:
        return before, command, talk.do(command)
    except Refusal:
        assert talk.session == before
        return before, command, []


def begun(method: Method, *, shut: bool = False) -> Dialogue:
    size = max(method.least, min(4, method.most))
    return Dialogue(method, people=PEOPLE[:size], shut=shut).begins()


@st.composite
def talks(draw):
    """A session that is in one of its steps, and what will happen in it."""
    talk = begun(draw(methods()), shut=draw(st.sampled_from([False, False, True])))
    to = draw(st.sampled_from(range(len(talk.method.steps))))
    while talk.session.position.step < to:
        play(talk, ("asked", "yes"))
    return talk, draw(st.lists(inputs, min_size=20, max_size=40))


@MANY
@given(talks())
def test_the_rules_hold_whatever_happens(talked):
    talk, happened = talked
    method = talk.method
    for each in happened:
        before, _, effects = play(talk, each)
        session = talk.session
        here = floor(session)
        assert here is None or here in session.participants
        assert set(awaited(session, method)) <= set(session.participants)
        step = step_of(before, method)
        for kept in (x for x in effects if isinstance(x, e.Keep)):
            assert step is not None
            assert id_of(kept.step) == step.id
            assert not (step.parked and kept.author == before.presenter)
            assert kept.author in (*speakers(before, step), before.presenter)
            filled = step.kind in ("present", "respond") and step.fields and kept.ref is None
            assert kept.hidden == (step.kind == "write" or bool(filled))
        assert Session.model_validate_json(session.model_dump_json()) == session


@MANY
@given(talks())
def test_no_advice_reaches_a_bringer_who_did_not_ask_for_it(talked):
    talk, happened = talked
    method, shut = talk.method, talk.session.shut
    for each in happened:
        before, command, effects = play(talk, each)
        step = step_of(before, method)
        for effect in effects:
            match effect:
                case e.Keep(kind=kind) if kind in ADVISING:
                    assert not (shut and before.presenter == before.bringer)
                    if not (isinstance(step, WriteStep) and step.shows == "tray"):
                        assert isinstance(method.step(step.behind), GateStep)
                        assert step.behind in before.position.opened
                case e.Reveal(step=key):
                    shown = step_of_key(talk.session, method, key)
                    assert getattr(shown, "shows", "together") in ("together", "sort")
                case e.MarkPicked(steps=keys, picked=picked) if picked:
                    tray = isinstance(step, TrayStep)
                    assert isinstance(command, c.Pick if tray else c.Sort)
                    assert command.by == before.presenter
                    assert all((method.step(id_of(k)).shows == "tray") is tray for k in keys)


@MANY
@given(talks())
def test_every_session_ends_when_nobody_does_anything_more(talked):
    talk, happened = talked
    for each in happened:
        play(talk, each)
    for _ in range(len(talk.method.steps) * 60):
        if talk.session.phase is not Phase.RUNNING:
            break
        talk.waits()
    talk.waits("idle")
    assert talk.session.phase is Phase.CLOSED


@MANY
@given(methods(), st.booleans())
def test_every_session_ends_when_all_take_part(method, shut):
    talk = begun(method, shut=shut)
    for _ in range(len(method.steps) * 60):
        if talk.session.phase is Phase.CLOSED:
            break
        play(talk, ("asked", "yes"))
    assert talk.session.ending is Ending.FINISHED


@MANY
@given(talks())
def test_the_floor_goes_round_fairly(talked):
    talk, happened = talked
    while not talk.session.position.queue and talk.session.phase is not Phase.CLOSED:
        play(talk, ("asked", "yes"))
    had: dict[tuple[int, int, int], list[str]] = {}
    for each in happened:
        before, command, _ = play(talk, each)
        now = talk.session.position
        key = (now.step, now.seat, now.round)
        if isinstance(command, c.Back):
            had.clear()
        if not now.queue:
            continue
        was = before.position
        same = (was.step, was.seat, was.round) == key and was.queue[:1] == now.queue[:1]
        floors = had.setdefault(key, [])
        if not same and now.queue[0] in floors[:-1]:  # the last one goes on after a process check
            assert set(now.queue) <= set(floors)
        if now.queue[0] not in floors:
            floors.append(now.queue[0])


@pytest.mark.parametrize("method", sorted(m.id for m in shipped_methods().values() if m.rotating()))
def test_everyone_is_in_the_bringers_place_once(method):
    talk, seats = begun(shipped_methods()[method]), []
    while talk.session.phase is not Phase.CLOSED:
        if talk.session.position.seat and talk.session.presenter not in seats:
            seats.append(talk.session.presenter)
        play(talk, ("asked", "yes"))
    assert sorted(seats) == sorted(talk.session.participants)


def test_a_newcomer_waits_for_a_second_turn():
    talk = Dialogue("basic", people=PEOPLE[:4]).to("questions")
    slow = talk.floor
    talk.do(c.Later(by=slow))
    while talk.floor != slow:
        talk.do(c.Pass(by=talk.floor))
    talk.do(c.Join(by=LATE))
    assert talk.session.position.queue == (slow, LATE)


@MANY
@given(talks())
def test_a_step_without_result_causes_nothing(talked):
    talk, happened = talked
    method, shut = talk.method, talk.session.shut
    gates = set(talk.session.position.opened)
    for each in happened:
        before, command, effects = play(talk, each)
        step = step_of(before, method)
        if isinstance(command, c.Choose) and command.open and talk.session != before:
            assert command.by == before.presenter
            gates.add(step.id)
        for effect in effects:
            if isinstance(effect, e.Keep):
                happens, session = step, before
            elif isinstance(effect, e.Open):
                session = talk.session
                happens = step_at(session, method, effect.step)
            else:
                continue
            opened = session.position.opened
            assert happens.behind is None or happens.behind in opened
            assert not (happens.kind == "gate" and shut and session.presenter == session.bringer)
            for gate in opened:
                assert gate in gates or step_of_key(session, method, gate).kind != "gate"


@pytest.mark.parametrize("method", sorted(shipped_methods()))
def test_the_state_does_not_grow_with_what_is_said(method):
    talk = begun(shipped_methods()[method])
    answered = {s.id for s in talk.method.steps if getattr(s, "answers", False)}
    while talk.session.phase is Phase.RUNNING and talk.step not in answered:
        play(talk, ("asked", "yes"))
    if talk.session.phase is Phase.CLOSED:
        assert not answered
        return
    talk.says(talk.floor)
    sizes = []
    for _ in range(50):
        talk.says(talk.session.position.queue[0])
        talk.says(LATE)
        sizes.append(len(talk.session.model_dump_json()))
    assert len(set(sizes[10:])) == 1  # who says too much is told so, once


@MANY
@given(talks())
def test_the_same_command_in_the_same_state_gives_the_same(talked):
    talk, happened = talked
    for each in happened:
        play(talk, each)
        command = c.Pass(by="bo")
        results = []
        for _ in range(2):
            try:
                results.append(decide(talk.session, command, method=talk.method, now=talk.now))
            except Refusal as refusal:
                results.append(refusal.key)
        assert results[0] == results[1]


@pytest.mark.parametrize("method", sorted(shipped_methods()))
def test_the_state_is_structure_alone(method):
    talk = begun(shipped_methods()[method])
    who = awaited(talk.session, talk.method)[0]
    says = talk.writes if step_of(talk.session, talk.method).kind == "write" else talk.says
    assert any(isinstance(effect, e.Keep) for effect in says(who, "kanarievogel"))
    assert "kanarievogel" not in talk.session.model_dump_json()
    assert "kanarievogel" not in repr(c.Contribute(by="a", id="b", text="kanarievogel"))
