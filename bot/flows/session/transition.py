"""A session while a command changes it: its new state, the effects so far, and its clock."""

from datetime import datetime, timedelta

from bot.errors import Refusal
from bot.flows.method import Method, SilenceStep, Step
from bot.flows.session import effects as e
from bot.flows.session.pace import MINUTE, box, deadline, next_minute
from bot.flows.session.state import CHOICE, PROCESS_CHECK, Position, Session, step_at
from bot.flows.types import Mode, Phase


class Transition:
    """One decision under way: `session` as it becomes, and the effects in their order.

    `now` is our clock; `at` is when the command was given by Slack's clock, None where Slack
    does not say. The two are never compared: either may be wrong.
    The modules above hold functions on a transition, which they call `t`.
    """

    __slots__ = ("at", "effects", "method", "now", "session")

    def __init__(
        self, session: Session, method: Method, now: datetime, at: datetime | None
    ) -> None:
        self.session = session
        self.method = method
        self.now = now
        self.at = at
        self.effects: list[e.Effect] = []

    def emit(self, *effects: e.Effect) -> None:
        """Add effects, after those there are."""
        self.effects.extend(effects)

    def update(self, **changes: object) -> None:
        """Change fields of the session."""
        self.session = self.session.model_copy(update=changes)

    def move(self, **changes: object) -> None:
        """Change fields of the session's position."""
        self.update(position=self.position.model_copy(update=changes))

    def enter(self, position: Position) -> None:
        """Enter the step of a position, at its beginning or where it was left."""
        self.update(position=position)

    @property
    def position(self) -> Position:
        """Where the session stands; only once it has begun."""
        assert self.session.position is not None
        return self.session.position

    @property
    def step(self) -> Step:
        """The step the session is in; only once it has begun."""
        return step_at(self.session, self.method, self.position.step)

    @property
    def live(self) -> bool:
        """Whether the session is spoken."""
        return self.session.mode is Mode.LIVE

    @property
    def timed(self) -> bool:
        """Whether the step goes by the clock, as a silence does in a written session too."""
        return self.live or isinstance(self.step, SilenceStep)

    def require_member(self, by: str) -> None:
        """Raise `Refusal` unless a person takes part."""
        if by not in self.session.participants:
            raise Refusal("not_in")

    def require_open(self, by: str) -> None:
        """Raise `Refusal` unless a person takes part and the session has not ended."""
        self.require_member(by)
        if self.session.phase is Phase.CLOSED:
            raise Refusal("ended")

    def require_running(self, by: str) -> None:
        """Raise `Refusal` unless a person takes part and the session is under way."""
        self.require_open(by)
        match self.session.phase:
            case Phase.LOBBY:
                raise Refusal("not_begun")
            case Phase.PAUSED:
                raise Refusal("paused")
            case _:
                pass


def start_turn(t: Transition, **changes: object) -> None:
    """Start the time of the turn that begins with `changes`; spoken, the step's time goes on."""
    if t.live:
        t.move(aside=None, **changes)
        t.emit(e.Board())
    else:
        start_clock(t, **changes)


def start_clock(t: Transition, **changes: object) -> None:
    """Start the step's full time, or what a pause left of it, and show it on the board.

    After a pause, what was said about the time holds: it was up, or it soon will be.
    """
    left, position = t.position.left, t.position
    if t.timed:
        until = t.now + (left or time_box(t))
        due = next_minute(t.now, until)
    else:
        until = due = deadline(t.now, turn_length(t), t.session.pace)
    going_on = t.timed and left is not None
    nudged, warned = position.nudged and going_on, position.warned and going_on
    t.move(until=until, nudged=nudged, warned=warned, left=None, **changes)
    t.emit(e.Board(), e.SetTimer(name="turn", due=due))


def turn_length(t: Transition) -> timedelta:
    """Return how long a written step or turn lasts; a process check is short."""
    short = t.position.step in (PROCESS_CHECK, CHOICE)
    return t.session.pace.turn / 4 if short else t.session.pace.turn


def time_box(t: Transition) -> timedelta:
    """Return how long the step lasts when it is spoken; a silence is never cut short."""
    if isinstance(t.step, SilenceStep):
        return t.step.minutes * MINUTE
    people = len(t.session.participants)
    return box(t.step, t.method, t.session.minutes, people)
