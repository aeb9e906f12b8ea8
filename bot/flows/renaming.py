"""Replace a person in states, for a person who wants to be forgotten."""

from collections.abc import Mapping
from typing import TypeVar

from bot.flows.ladder import Practice
from bot.flows.meeting import Meeting, Wish
from bot.flows.rota import Rota
from bot.flows.session.state import Entered, Part, Position, Session
from bot.flows.types import Frozen

State = TypeVar("State", bound=Frozen)

PEOPLE: Mapping[type[Frozen], tuple[str, ...]] = {
    Session: (
        "bringer",
        "participants",
        "facilitator",
        "position",
        "before",
        "interrupted",
        "sat",
        "parts",
        "practice",
        "entered",
    ),
    Part: ("who",),
    Practice: ("who",),
    Entered: ("floor", "had"),
    Position: ("queue", "had", "done", "told", "said", "votes"),
    Rota: ("bringing", "facilitating", "put_off", "broke_off", "silent", "resting"),
    Meeting: ("wishes", "leading", "coming", "away", "told", "swaps", "unreached", "went_on"),
    Wish: ("who", "by"),
}
"""The fields of each state that hold people, directly or in another state."""


def renamed(state: State, user: str, alias: str) -> State:
    """Return a session, a rota or a meeting with `alias` in every place of `user`."""
    fields = PEOPLE[type(state)]
    return state.model_copy(
        update={name: _renamed(getattr(state, name), user, alias) for name in fields}
    )


def _renamed(value: object, user: str, alias: str) -> object:
    match value:
        case str():
            return alias if value == user else value
        case tuple():
            return tuple(_renamed(each, user, alias) for each in value)
        case Frozen():
            return renamed(value, user, alias)
        case _:
            return value
