"""The state of a session: structure alone. It holds no text and does not grow with what is said."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import assert_never

from bot.flows.chooser import Suggestion
from bot.flows.ladder import Practice
from bot.flows.method import (
    DiscussStep,
    GateStep,
    Method,
    PresentStep,
    ReflectStep,
    RespondStep,
    Role,
    RoundStep,
    SilenceStep,
    SortStep,
    Step,
    TrayStep,
    VoteStep,
    WriteStep,
)
from bot.flows.session.pace import Pace
from bot.flows.types import (
    Aim,
    ContributionKind,
    Direction,
    Ending,
    Frozen,
    Guidance,
    Mode,
    Phase,
)

MIN_PARTICIPANTS = 3
"""Intervision takes three: one who brings and two who ask."""


PROCESS_CHECK = 100
"""Where the steps of a process check begin to count: a method has thirty at most."""

CHOICE = PROCESS_CHECK + 1
"""The step of a process check in which the bringer chooses how to go on."""

CHOICE_ID = "process-check-choice"
"""The id of that step, by which its buttons are known."""

DIRECTIONS: Mapping[Direction, int | None] = {
    Direction.ROUND: PROCESS_CHECK + 2,
    Direction.SILENCE: PROCESS_CHECK + 3,
    Direction.IMAGE: PROCESS_CHECK + 4,
    Direction.TEAM: PROCESS_CHECK + 5,
    Direction.ON: None,
}
"""The step that follows from each direction."""

MOST_CHECKS = 2
"""Process checks in one session: a pause that comes often is a method of its own."""


RESUMABLE = (Ending.STOPPED, Ending.FORGOTTEN)
"""The endings after which a session that had begun can be taken up again."""


class Position(Frozen):
    """Where a running session stands within its method, or in a process check.

    `queue` is who is still to come, the first having the floor; `had` who has had it
    this round; `done` who needs nothing more in this step; `question` the id of the
    contribution whose answer is awaited, `aside` while the group speaks; `told` who heard
    already that they were not counted; `opened` the steps of which something came: gates and
    trays opened, questions found warm, forms filled in. `seat` says who is in the bringer's
    place: 0 the bringer, else the number, from 1, of who sits there in turn. `nudged`: the time
    was up once; `warned`: it was said that it soon would be; `left` is what a pause left of
    spoken time. `said` counts what people contributed in a step that takes `at_most` so much.
    `votes` are people's choices in a vote, by the number of the option, from 0; `tied` the options
    among which the bringer chooses.
    """

    step: int
    round: int = 1
    queue: tuple[str, ...] = ()
    had: tuple[str, ...] = ()
    done: tuple[str, ...] = ()
    question: str | None = None
    aside: str | None = None
    opened: tuple[str, ...] = ()
    seat: int = 0
    until: datetime
    nudged: bool = False
    warned: bool = False
    left: timedelta | None = None
    told: tuple[str, ...] = ()
    said: tuple[tuple[str, int], ...] = ()
    votes: tuple[tuple[str, int], ...] = ()
    tied: tuple[int, ...] = ()


class Entered(Frozen):
    """What was asked of whom from some time on: a step, a turn in it, or nothing.

    `at` is when it began, by Slack's clock. Where a timer or a form began it, Slack did not say
    when: until then (`exact`) it is the time of what came before. `number` counts them in a
    session. `seat`, `round` and `question` are as in `Position`; `floor` has the floor in a round.
    `open` is False in a pause and after the end. `had`, in sessions of before version 0.2.0, is
    who had their turn.
    """

    step: int
    seat: int
    at: datetime
    number: int = 0
    round: int = 1
    floor: str | None = None
    question: str | None = None
    open: bool = True
    exact: bool = True
    had: tuple[str, ...] = ()


class Part(Frozen):
    """A stretch of time in which somebody took part in a session under way, or led it (`leads`).

    `until` is None while it goes on.
    """

    who: str
    leads: bool = False
    since: datetime
    until: datetime | None = None


class Changed(Frozen):
    """The versions of a session with which its parts changed last."""

    step: int = 0
    round: int = 0
    turn: int = 0
    time: int = 0
    lead: int = 0
    method: int = 0
    mode: int = 0


class Session(Frozen):
    """The whole state. Of several sessions in a meeting, one `opens` it and one `closes` it.

    `starts` shifts who begins a round; `laid` counts the tray's contents; `own` is the
    method itself where it is none of ours: whatever becomes of it later, a session keeps it.

    `sat` holds those who have been in the bringer's place, where a method rotates;
    `suggested` the methods that the chooser came up with for the lobby. `minutes` is what a
    spoken session may take, None for as long as its method does; `facilitator` leads it,
    None being the bot. `entered` has what was asked in the last days, in order: what comes late
    counts where it was written (`bot.flows.session.turns`).

    `aim` is what the bringer hopes for; `shut`: they want no advice.
    `checks` counts the process checks, `check_steps` are their steps, and `interrupted` is where
    the method waits during one.

    `practice` is what those practise who learn to lead (`bot.flows.ladder`).

    `awaits_bringer`: the bringer, in whose name the session was opened, has not shown yet that
    they are there. `looked_back`: it came to its closing reflection. `parts` tells who took part
    when (`bot.flows.session.parts`). `version` counts changes, and `changed` says with which
    of them each part changed last (`bot.flows.session.seen`).
    """

    id: str
    group: str
    case: str
    method: str
    own: Method | None = None
    bringer: str
    participants: tuple[str, ...]
    pace: Pace = Pace()
    mode: Mode = Mode.ASYNC
    minutes: int | None = None
    guidance: Guidance = Guidance.GUIDED
    facilitator: str | None = None
    phase: Phase = Phase.LOBBY
    position: Position | None = None
    before: Position | None = None
    checks: int = 0
    check_steps: tuple[Step, ...] = ()
    interrupted: Position | None = None
    starts: int = 0
    laid: int = 0
    sat: tuple[str, ...] = ()
    suggested: tuple[Suggestion, ...] = ()
    aim: Aim | None = None
    shut: bool = False
    opens: bool = True
    closes: bool = True
    ending: Ending | None = None
    entered: tuple[Entered, ...] = ()
    practice: tuple[Practice, ...] = ()
    awaits_bringer: bool = False
    looked_back: bool = False
    parts: tuple[Part, ...] = ()
    version: int = 0
    changed: Changed = Changed()

    @property
    def here(self) -> tuple[str, ...]:
        """The participants who have shown that they are there."""
        if not self.awaits_bringer:
            return self.participants
        return tuple(who for who in self.participants if who != self.bringer)

    @property
    def presenter(self) -> str:
        """Who is in the bringer's place now: the bringer, unless the method rotates."""
        seat = self.position.seat if self.position is not None else 0
        return self.sat[seat - 1] if seat else self.bringer

    @property
    def seat_is_empty(self) -> bool:
        """Whether the method rotates, and who was in the bringer's place has left."""
        seated = self.position is not None and self.position.seat > 0
        return seated and self.presenter not in self.participants


def step_of(session: Session, method: Method) -> Step | None:
    """Return the step that a session is in; None in the lobby."""
    return None if session.position is None else step_at(session, method, session.position.step)


def may_check(session: Session, method: Method, step: Step) -> bool:
    """Check whether somebody may ask for a process check in this step of a session."""
    return (
        bool(method.kinds)
        and not isinstance(step, ReflectStep | SilenceStep)
        and session.interrupted is None
        and session.checks < MOST_CHECKS
    )


def step_at(session: Session, method: Method, index: int) -> Step:
    """Return a step by its index, in the method or in a process check."""
    if index >= PROCESS_CHECK:
        return session.check_steps[index - PROCESS_CHECK]
    return method.steps[index]


def step_of_key(session: Session, method: Method, key: str) -> Step:
    """Return the step that a key belongs to, in the method or in a process check."""
    for step in session.check_steps:
        if step.id == key:
            return step
    return method.step(id_of(key))


def hunch_round(method: Method) -> int | None:
    """Return the index of the round of questions before which hunches are parked, if any."""
    return next(
        (
            at
            for at, step in enumerate(method.steps)
            if isinstance(step, RoundStep) and step.answers and not step.rotates
        ),
        None,
    )


def parks_hunches(session: Session, method: Method) -> bool:
    """Check whether a session that began is not past its first round of questions."""
    position, before = session.interrupted or session.position, hunch_round(method)
    return position is not None and before is not None and position.step <= before


def tips_ahead(session: Session, method: Method) -> bool:
    """Check whether a session has yet to ask its bringer, or others, about advice."""
    if session.phase is Phase.CLOSED:
        return False
    position = session.interrupted or session.position
    coming = range(position.step + 1 if position is not None else 0, len(method.steps))
    return any(method.advises(at) and method.steps[at].behind is None for at in coming)


def key_of(session: Session, step: Step) -> str:
    """Return the key of what is written in a step: its id, and the seat if the step rotates."""
    seat = session.position.seat if session.position is not None else 0
    return key_in_seat(step, seat)


def key_in_seat(step: Step, seat: int) -> str:
    """Return the key of what is written in a step while somebody is in this seat."""
    return f"{step.id}.{seat}" if step.rotates else step.id


def answers_in(session: Session, key: str) -> str:
    """Return the person in whose place of the bringer something was written, by its key."""
    seat = key.partition(".")[2]
    return session.sat[int(seat) - 1] if seat else session.bringer


def id_of(key: str) -> str:
    """Return the id of the step that a key belongs to."""
    return key.partition(".")[0]


def role_of(session: Session, step: Step, who: str) -> Role | None:
    """Return the role of a person in a step; None if the step has no roles."""
    if not isinstance(step, RoundStep) or not step.roles or session.position is None:
        return None
    order = speakers(session, step)
    if who not in order:
        return None
    turn = order.index(who) + (session.position.round - 1) * len(order)
    return step.roles[turn % len(step.roles)]


def method_of(session: Session, methods: Mapping[str, Method]) -> Method:
    """Return the method of a session: its own, or the one with its id.

    Several sessions in a meeting check in once, in the session that `opens` it, and look back
    once, in the one that `closes` it.
    """
    method = session.own or methods[session.method]

    def shared(step: Step) -> bool:
        if step is method.steps[0]:
            opening = isinstance(step, RoundStep) and step.collects is ContributionKind.SHARE
            return opening and not session.opens
        return isinstance(step, ReflectStep) and not session.closes

    steps = tuple(step for step in method.steps if not shared(step))
    return method if steps == method.steps else method.model_copy(update={"steps": steps})


def speakers(session: Session, step: Step) -> tuple[str, ...]:
    """Return the people whom a step asks something, in order of joining."""
    match step:
        case PresentStep() | RespondStep() | GateStep() | TrayStep() | SortStep():
            return (session.presenter,)
        case ReflectStep() | SilenceStep():
            return session.participants
        case RoundStep() | WriteStep() | DiscussStep() | VoteStep():
            if step.speakers == "all":
                return session.participants
            return tuple(p for p in session.participants if p != session.presenter)
        case _:
            assert_never(step)


def floor(session: Session) -> str | None:
    """Return the one person who is asked to speak now; None if there is no such person."""
    position = session.position
    if session.phase is not Phase.RUNNING or position is None or not position.queue:
        return None
    return session.presenter if position.question is not None else position.queue[0]


def awaited(session: Session, method: Method) -> tuple[str, ...]:
    """Return the people who are still asked something in this step, in their order."""
    step = step_of(session, method)
    if session.phase is not Phase.RUNNING or step is None or session.position is None:
        return ()
    if session.position.queue:
        return session.position.queue
    if isinstance(step, SilenceStep):
        return ()
    if session.position.tied:
        return (session.presenter,)
    return tuple(p for p in speakers(session, step) if p not in session.position.done)
