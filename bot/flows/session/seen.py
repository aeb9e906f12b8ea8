"""What a press was about: the session as its presser saw it, and what has changed since.

Each change of a session gives it the next version, and notes with which version each part of it
changed last. A button carries the version that its message shows. A press has gone by when a
part that it is about has changed since: it does nothing then, and its presser is told. So
"next" by three people is one step, and "done" twice passes nobody over.

Presses that mean the same whatever changed, such as to join, to pause or to stop, are about no
part. Buttons of messages from before versions were kept say nothing, and are taken as they come.
"""

from collections.abc import Callable, Mapping

from bot.errors import Refusal
from bot.flows.session.commands import (
    Back,
    Begin,
    Choose,
    Command,
    Contribute,
    Done,
    Facilitate,
    GoAsync,
    GoLive,
    HandBack,
    Later,
    MoreTime,
    Next,
    Pass,
    Press,
    TakeDirection,
    UseMethod,
)
from bot.flows.session.state import Session


def _step(session: Session) -> object:
    position = session.position
    return (position.step, position.seat) if position is not None else None


def _round(session: Session) -> object:
    return _step(session), session.position.round if session.position is not None else 0


def _turn(session: Session) -> object:
    position = session.position
    turn = (position.queue[:1], position.question) if position is not None else None
    return _round(session), turn


PARTS: Mapping[str, Callable[[Session], object]] = {
    "step": _step,
    "round": _round,
    "turn": _turn,
    "lead": lambda session: session.facilitator,
    "method": lambda session: (session.method, session.own),
    "mode": lambda session: (session.mode, session.minutes),
}
"""The parts of a session that presses are about, but its time: that is extended by presses."""

ABOUT: Mapping[type[Press], tuple[str, ...]] = {
    Begin: ("method", "mode"),
    UseMethod: ("method",),
    Next: ("step",),
    Back: ("step",),
    TakeDirection: ("step",),
    Choose: ("step",),
    Done: ("turn",),
    Pass: ("round",),
    Later: ("round",),
    MoreTime: ("step", "time"),
    GoLive: ("step", "mode"),
    GoAsync: ("step", "mode"),
    Facilitate: ("lead",),
    HandBack: ("lead",),
}
"""The parts that each press is about. A bringer who answers is also asked something in a turn."""


def with_version(before: Session, after: Session, command: Command) -> Session:
    """Return the session `after` a command with its version, and what changed with it."""
    if after == before:
        return after
    version = before.version + 1
    changed = dict.fromkeys(
        (name for name, of in PARTS.items() if of(before) != of(after)), version
    )
    if isinstance(command, MoreTime):
        changed["time"] = version
    return after.model_copy(
        update={"version": version, "changed": before.changed.model_copy(update=changed)}
    )


def require_current(session: Session, command: Command) -> None:
    """Raise `Refusal` for a press that has gone by."""
    if not isinstance(command, Press) or command.seen is None:
        return
    about = ABOUT.get(type(command), ())
    position = session.position
    answers = position is not None and position.question is not None
    if answers and command.by == session.presenter and isinstance(command, Pass | Contribute):
        about = ("turn",)
    if any(getattr(session.changed, part) > command.seen for part in about):
        raise Refusal("gone_by")
