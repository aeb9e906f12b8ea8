"""The rules of the room: what may be told there, and what a group hears."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.flows.room import OPENING, Change, Room, changes, obstacle
from bot.flows.session.commands import Halt, Resume
from bot.flows.types import Phase
from tests.unit.flows.dialogue import Dialogue

rooms = st.builds(
    Room,
    public=st.booleans(),
    shared=st.booleans(),
    pending=st.booleans(),
    org_wide=st.booleans(),
    organisations=st.lists(st.sampled_from(["T1", "T2", "T3"]), unique=True).map(tuple),
    people=st.integers(0, 600),
)


@given(rooms, st.booleans(), st.booleans(), st.booleans())
def test_a_public_room_takes_a_case_after_two_yeses(room, group, bringer, private_only):
    why = obstacle(room, group_agreed=group, bringer_agreed=bringer, private_only=private_only)
    free = not room.public or (group and bringer and not private_only)
    assert (why is None) == free


@given(rooms)
def test_a_room_that_stays_the_same_is_not_told_of(room):
    assert changes(room, room) == ()


@given(rooms, rooms)
def test_whoever_can_read_from_now_on_is_told_of(before, after):
    found = changes(before, after)
    opened = after.public and not before.public
    opened |= bool(set(after.organisations) - set(before.organisations))
    opened |= after.shared and not before.shared
    assert bool(OPENING & set(found)) == opened


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (Room(), Room(public=True), Change.PUBLIC),
        (Room(public=True), Room(), Change.PRIVATE),
        (Room(shared=True, organisations=("T1",)), Room(), Change.UNSHARED),
        (Room(), Room(pending=True), Change.PENDING),
    ],
)
def test_each_change_is_told_once(before, after, told):
    assert changes(before, after) == (told,)


def test_a_session_that_is_halted_goes_on_where_it_was():
    talk = Dialogue("basic").begins()
    before = talk.session.position
    talk.do(Halt())
    assert talk.session.phase is Phase.PAUSED
    talk.do(Halt())  # again: nothing more
    talk.do(Resume(by=talk.session.bringer))
    assert talk.session.phase is Phase.RUNNING
    assert talk.session.position.queue == before.queue


def test_a_lobby_is_not_halted():
    talk = Dialogue("basic")
    talk.do(Halt())
    assert talk.session.phase is Phase.LOBBY
