"""A person who is forgotten is replaced in all states, and nothing else is."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.flows.ladder import Practice
from bot.flows.meeting import Meeting, Wish
from bot.flows.renaming import PEOPLE, renamed
from bot.flows.rota import Rota
from bot.flows.session.state import Entered, Part, Position, Session

USER, ALIAS = "U1", "gone-1"

NO_PEOPLE = {
    Session: {
        "id", "group", "case", "method", "own", "pace", "mode", "minutes", "guidance", "phase",
        "starts", "laid", "checks", "check_steps", "aim",
        "suggested", "shut", "opens", "closes", "ending",
        "awaits_bringer", "looked_back",
        "version", "changed",
    },
    Entered: {"step", "seat", "at", "number", "round", "question", "open", "exact"},
    Practice: {"rung", "steps", "led"},
    Part: {"leads", "since", "until"},
    Position: {
        "step", "round", "question", "opened", "seat", "until", "nudged", "warned", "left",
        "aside", "tied",
    },
    Rota: set(),
    Meeting: set(),
    Wish: {"brings"},
}  # fmt: skip
"""The fields of each state that hold no people."""

person = st.sampled_from([USER, "U2", "U11", "u1"])
people = st.lists(person, max_size=4).map(tuple)
counted = st.lists(st.tuples(person, st.integers(0, 9)), max_size=3).map(tuple)
pairs = st.lists(st.tuples(person, person), max_size=3).map(tuple)

positions = st.builds(
    Position,
    step=st.integers(0, 9),
    queue=people,
    had=people,
    done=people,
    told=people,
    said=counted,
    votes=counted,
    until=st.just(datetime(2026, 11, 26, tzinfo=UTC)),
)
parts = st.builds(Part, who=person, since=st.just(datetime(2026, 11, 26, tzinfo=UTC)))
entered = st.builds(
    Entered,
    step=st.just(1),
    seat=st.just(0),
    at=st.just(datetime(2026, 11, 26, tzinfo=UTC)),
    floor=st.none() | person,
    had=people,
)
sessions = st.builds(
    Session,
    id=st.just("s"),
    group=st.just("g"),
    case=st.just("c"),
    method=st.just("basic"),
    bringer=person,
    participants=people,
    facilitator=st.none() | person,
    position=st.none() | positions,
    before=st.none() | positions,
    interrupted=st.none() | positions,
    sat=people,
    parts=st.lists(parts, max_size=3).map(tuple),
    practice=st.lists(st.builds(Practice, who=person, rung=st.just("step")), max_size=3).map(tuple),
    entered=st.lists(entered, max_size=3).map(tuple),
)
rotas = st.builds(Rota, bringing=people, facilitating=people, put_off=pairs, broke_off=people)
wishes = st.builds(Wish, who=person, by=person, brings=st.booleans())
meetings = st.builds(
    Meeting,
    wishes=st.lists(wishes, max_size=4).map(tuple),
    leading=st.none() | person,
    coming=people,
    away=people,
    told=people,
    swaps=pairs,
)


@pytest.mark.parametrize("state", PEOPLE)
def test_every_field_is_known_to_hold_people_or_not(state):
    assert {*PEOPLE[state]} | NO_PEOPLE[state] == set(state.model_fields)
    assert not {*PEOPLE[state]} & NO_PEOPLE[state]


@given(st.one_of(sessions, rotas, meetings))
def test_exactly_the_person_is_replaced_everywhere(state):
    expected = state.model_dump_json().replace(json.dumps(USER), json.dumps(ALIAS))
    assert renamed(state, USER, ALIAS).model_dump_json() == expected


@given(st.one_of(sessions, rotas, meetings))
def test_a_state_without_the_person_stays_as_it_is(state):
    assert renamed(state, "U3", ALIAS) == state
    assert renamed(renamed(state, USER, ALIAS), ALIAS, USER) == state
