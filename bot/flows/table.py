"""One command on the table: the session as it becomes, and the effects so far."""

from datetime import datetime

from bot.errors import Refusal
from bot.flows import effects as e
from bot.flows.method import Method, Step
from bot.flows.state import Position, Session
from bot.flows.words import Phase


class Table:
    """The small tools of a decision."""

    def __init__(self, session: Session, method: Method, now: datetime) -> None:
        self.session = session
        self.method = method
        self.now = now
        self.effects: list[e.Effect] = []

    def _emit(self, *effects: e.Effect) -> None:
        self.effects.extend(effects)

    def _become(self, **changes: object) -> None:
        self.session = self.session.model_copy(update=changes)

    def _move(self, **changes: object) -> None:
        self._become(position=self.position.model_copy(update=changes))

    @property
    def position(self) -> Position:
        """Where the session stands; only once it has begun."""
        assert self.session.position is not None
        return self.session.position

    @property
    def step(self) -> Step:
        """The step it is in."""
        return self.method.steps[self.position.step]

    def _member(self, by: str) -> None:
        if by not in self.session.participants:
            raise Refusal("not_in")

    def _running(self, by: str) -> None:
        self._member(by)
        match self.session.phase:
            case Phase.LOBBY:
                raise Refusal("not_begun")
            case Phase.PAUSED:
                raise Refusal("paused")
            case Phase.CLOSED:
                raise Refusal("ended")
            case Phase.RUNNING:
                pass

    def _restart_time(self, **changes: object) -> None:
        """Give the step, or whoever has the floor now, its full time."""
        until = self.now + self.session.pace.turn
        self._move(until=until, nudged=False, **changes)
        self._emit(e.Board(), e.SetTimer(name="turn", due=until))
