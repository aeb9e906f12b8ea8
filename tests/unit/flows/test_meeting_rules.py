"""The rules at the top of `flows.meeting`, over any state of a meeting."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import Refusal
from bot.flows.meeting import (
    EARLY,
    LOBBY_GRACE,
    CallOff,
    ChangeDate,
    FallSilent,
    Look,
    MeetingTime,
    Move,
    OpenCase,
    QueuedCase,
    Reach,
    Record,
    SessionInMeeting,
    ShareAnswers,
    Skip,
    Stage,
    State,
    Status,
    TellNoCase,
    TellNotHeld,
    TellUnreached,
    Unskip,
    closes,
    decide,
    meeting_at,
    next_case,
    opens,
)

MANY = settings(max_examples=300, deadline=None)
PEOPLE = ("ann", "bo", "cas", "dee")
STARTS = datetime(2027, 1, 12, 15, tzinfo=UTC)
HOUR = timedelta(hours=1)

people = st.sampled_from(PEOPLE)


@st.composite
def sessions(draw, most=4):
    """Sessions of a meeting, by random people, at most one of them about the group."""
    made = []
    for n in range(draw(st.integers(0, most))):
        begun, open_ = draw(st.booleans()), draw(st.booleans())
        made.append(
            SessionInMeeting(
                id=f"s{n}",
                case=f"old{n}",
                bringer=draw(st.sampled_from([*PEOPLE, ""])),
                open=open_,
                begun=begun,
                given_up=not begun and not open_ and draw(st.booleans()),
                looked_back=begun and draw(st.booleans()),
            )
        )
    return tuple(made)


states = st.builds(
    State,
    status=st.sampled_from([Status.PLANNED, Status.OPEN, Status.HELD, Status.MISSED]),
    stage=st.sampled_from(Stage),
    cases=st.integers(1, 3),
    bringers=st.lists(people, max_size=3, unique=True).map(tuple),
    absent=st.frozensets(people, max_size=2),
    ready=st.frozensets(people, max_size=3),
    silent=st.frozensets(people, max_size=3),
    late=st.booleans(),
    sessions=sessions(),
)
queues = st.lists(people, max_size=5).map(
    lambda bringers: tuple(QueuedCase(f"c{n}", who) for n, who in enumerate(bringers))
)
looks = st.builds(Look, queue=queues)


@MANY
@given(states, queues)
def test_what_is_over_was_held_or_missed_or_waits(state, queue):
    """Rule 4."""
    for command in (Reach(stage=Stage.OVER, queue=queue), Look(queue=queue)):
        if isinstance(command, Look) and state.stage is not Stage.OVER:
            continue
        after, effects = decide(state, command)
        assert (after.status is Status.HELD) == state.begun == (Record() in effects)
        if after.status is Status.OPEN:
            assert state.waits
            assert not state.late
        if state.waits and not state.late and state.status is not Status.MISSED:
            assert after.status is not Status.MISSED
        told = TellNotHeld() in effects
        assert not told or (after.status is Status.MISSED and state.status is not Status.MISSED)


@MANY
@given(states, queues)
def test_who_was_asked_and_brought_nothing_to_what_was_called_off_is_silent(state, queue):
    """Rule 11."""
    after, effects = decide(state, Reach(stage=Stage.OVER, queue=queue))
    found = [effect.people for effect in effects if isinstance(effect, FallSilent)]
    asked = tuple(who for who in state.bringers if who in state.silent)
    opened = any(session.bringer for session in state.sessions)
    assert found == ([asked] if TellNotHeld() in effects and asked and not opened else [])
    assert not found or after.status is Status.MISSED


@MANY
@given(states, looks)
def test_looking_twice_says_nothing_twice(state, look):
    after, _ = decide(state, look)
    again, effects = decide(after, look)
    assert again == after
    assert not {TellNotHeld(), TellNoCase(), ShareAnswers()} & set(effects)


@MANY
@given(states.map(lambda s: s.model_copy(update={"stage": Stage.EVE, "status": Status.PLANNED})))
def test_a_meeting_opens_early_when_a_session_begins(state):
    """Rule 2."""
    after, effects = decide(state, Look())
    assert (after.status is Status.OPEN) == (after.stage is Stage.OPEN) == state.begun
    assert TellNoCase() not in effects


@MANY
@given(states, queues)
def test_a_case_opens_only_for_who_has_a_place(state, queue):
    """Rules 5 and 6."""
    found = next_case(state, queue)
    if found is None:
        return
    case = next(case for case in queue if case.id == found)
    had = {each.bringer for each in state.sessions}
    assert not any(each.open for each in state.sessions)
    assert case.bringer not in had | state.absent
    waiting = [who for who in state.bringers if who in {c.bringer for c in queue} - had]
    first = [who for who in waiting if who not in state.absent]
    assert not first or case.bringer == first[0]
    used = {each.bringer for each in state.sessions if each.bringer}
    given_up = {each.bringer for each in state.sessions if each.given_up}
    assert len(used - given_up) < state.cases


@MANY
@given(
    st.integers(1, 3),
    st.lists(people, min_size=1, max_size=6),
    st.lists(st.sampled_from(["ends", "stops in the lobby", "hands in"]), max_size=12),
)
def test_a_meeting_opens_one_case_each_and_looks_back_once(cases, queue, events):
    """Rules 5, 6 and 7, played: whatever opens goes on until its end, or is stopped."""
    waiting = [QueuedCase(f"c{n}", who) for n, who in enumerate(queue)]
    state = State(cases=cases, bringers=PEOPLE[:cases])
    state, effects = decide(state, Reach(stage=Stage.OPEN, queue=tuple(waiting)))
    for n, event in enumerate(events):
        for effect in effects:
            if isinstance(effect, OpenCase):
                case = next(each for each in waiting if each.id == effect.case)
                waiting.remove(case)
                new = SessionInMeeting(
                    id=f"s{len(state.sessions)}",
                    case=case.id,
                    bringer=case.bringer,
                    open=True,
                    begun=False,
                )
                state = state.model_copy(update={"sessions": (*state.sessions, new)})
        *before, last = state.sessions
        if event == "hands in":
            waiting.append(QueuedCase(f"new{n}", PEOPLE[n % len(PEOPLE)]))
        elif last.open:
            if event == "ends":
                looks_back = closes(state, last.id, waiting)
                assert opens(state, last.id) == (not any(each.begun for each in before))
                ended = {"open": False, "begun": True, "looked_back": looks_back}
            else:
                ended = {"open": False}
                waiting.append(QueuedCase(last.case, last.bringer))
            last = last.model_copy(update=ended)
            state = state.model_copy(update={"sessions": (*before, last)})
        state, effects = decide(state, Look(queue=tuple(waiting)))
    opened = [each.bringer for each in state.sessions]
    assert len(opened) == len(set(opened)) <= cases
    assert sum(each.looked_back for each in state.sessions) <= 1


@MANY
@given(
    st.lists(
        st.tuples(st.integers(0, 40), st.sampled_from(Status)), unique_by=lambda m: m[0], max_size=4
    ),
    st.integers(-24, 45 * 24),
)
def test_a_session_belongs_to_the_latest_meeting_of_its_time(days, hours):
    """Rule 3."""
    meetings = [
        MeetingTime(str(day), STARTS + timedelta(days=day), STARTS + timedelta(days=day + 1), what)
        for day, what in days
    ]
    at = STARTS + hours * HOUR
    found = meeting_at(at, meetings)
    off = (Status.SKIPPED, Status.CANCELLED)
    near = [m for m in meetings if m.starts - EARLY <= at < m.over and m.status not in off]
    assert not near or int(found) >= max(int(m.id) for m in near)
    if found is not None:
        meeting = next(m for m in meetings if m.id == found)
        assert meeting.status not in off
        assert meeting.starts - EARLY <= at < meeting.starts + LOBBY_GRACE
        assert meeting.status is not Status.HELD or at < meeting.over


@MANY
@given(states)
def test_a_group_that_ends_keeps_what_was_held(state):
    after, effects = decide(state, CallOff())
    assert after.status is (Status.HELD if state.begun else Status.CANCELLED)
    assert (Record() in effects) == state.begun


@MANY
@given(states, st.sampled_from([Status.SKIPPED, Status.CANCELLED]), looks)
def test_what_was_skipped_stays_so(state, status, look):
    off = state.model_copy(update={"status": status})
    assert decide(off, look) == (off, ())


@MANY
@given(states, st.sampled_from(Stage))
def test_a_moved_meeting_says_again_what_is_to_come(state, passed):
    """Rule 9."""
    move = Move(starts=STARTS, passed=passed, by="ann", reason="Ill.")
    if state.status is not Status.PLANNED:
        with pytest.raises(Refusal, match="meeting_past"):
            decide(state, move)
        return
    after, (change,) = decide(state, move)
    assert after == state.model_copy(update={"stage": min(state.stage, passed)})
    asks = after.stage >= Stage.ASKED
    assert change == ChangeDate(starts=STARTS, by="ann", reason="Ill.", asks=asks)


@MANY
@given(states, st.booleans())
def test_a_skip_taken_back_leaves_no_trace(state, past):
    """Rule 9."""
    skip, back = Skip(by="ann", reason="Ill."), Unskip(by="bo", past=past)
    with pytest.raises(Refusal):
        decide(state, back)  # it is not skipped
    if state.status is not Status.PLANNED:
        with pytest.raises(Refusal, match="meeting_past"):
            decide(state, skip)
        return
    skipped, _ = decide(state, skip)
    assert skipped == state.model_copy(update={"status": Status.SKIPPED})
    if past:
        with pytest.raises(Refusal, match="meeting_past"):
            decide(skipped, back)
    else:
        assert decide(skipped, back).state == state


@MANY
@given(states, queues, st.booleans())
def test_whose_case_was_not_reached_hears_so_once(state, queue, looks_first):
    """Rule 10."""
    command = Look(queue=queue) if looks_first else Reach(stage=Stage.OVER, queue=queue)
    after, effects = decide(state, command)
    told = [who for each in effects if isinstance(each, TellUnreached) for who in each.people]
    assert len(told) == len(set(told))
    if told:
        assert after.stage is Stage.OVER
        assert after.status in (Status.HELD, Status.MISSED)
        assert not any(isinstance(each, OpenCase) for each in effects)
        assert not any(each.open and each.begun for each in after.sessions)
    begun = {each.bringer for each in after.sessions if each.begun}
    lobbies = {each.bringer for each in after.sessions if each.open}
    queued = {case.bringer for case in queue} & state.ready - state.absent
    assert set(told) <= (lobbies | queued) - begun
    heard = after.model_copy(update={"ready": after.ready.difference(told)})
    _, again = decide(heard, Look(queue=queue))
    assert not any(isinstance(each, TellUnreached) for each in again)
    if after.status is Status.MISSED and state.stage is Stage.OPEN and not looks_first:
        assert queued - {each.bringer for each in state.sessions} <= set(told)
