"""One command on the table: the session as it becomes, its time, who leads, and the effects."""

from abc import ABC, abstractmethod
from datetime import datetime, timedelta

from bot.errors import Refusal
from bot.flows.method import Discuss, Method, Step
from bot.flows.session import effects as e
from bot.flows.session.pace import GRACE, MINUTE, MORE, SOON, box, deadline, next_minute
from bot.flows.session.state import Position, Session, awaited, floor, speakers
from bot.flows.types import Guidance, Mode, Phase


class Table(ABC):
    """The small tools of a decision; how a session goes through its steps is for the heir."""

    def __init__(self, session: Session, method: Method, now: datetime) -> None:
        self.session = session
        self.method = method
        self.now = now
        self.effects: list[e.Effect] = []

    @abstractmethod
    def _step_on(self, *, undoable: bool = False) -> None:
        """Go on to the next step."""

    @abstractmethod
    def _help_on(self) -> None:
        """Go on without what was waited for, in writing."""

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

    @property
    def live(self) -> bool:
        """Whether it is spoken."""
        return self.session.mode is Mode.LIVE

    def _member(self, by: str) -> None:
        if by not in self.session.participants:
            raise Refusal("not_in")

    def _open_member(self, by: str) -> None:
        self._member(by)
        if self.session.phase is Phase.CLOSED:
            raise Refusal("ended")

    def _running(self, by: str) -> None:
        self._open_member(by)
        match self.session.phase:
            case Phase.LOBBY:
                raise Refusal("not_begun")
            case Phase.PAUSED:
                raise Refusal("paused")
            case _:
                pass

    # time

    def _give_turn(self, **changes: object) -> None:
        """Give whoever has the floor now their time; spoken, the step's own time goes on."""
        if self.live:
            self._move(**changes)
            self._emit(e.Board())
        else:
            self._give_time(**changes)

    def _give_time(self, **changes: object) -> None:
        """Give the step its full time, or what a pause left of it."""
        if self.live:
            until = self.now + (self.position.left or self._box())
            due = next_minute(self.now, until)
        else:
            until = due = deadline(self.now, self.session.pace.turn, self.session.pace.zone)
        self._move(until=until, nudged=False, warned=False, left=None, **changes)
        self._emit(e.Board(), e.SetTimer(name="turn", due=due))

    def _box(self) -> timedelta:
        people = len(self.session.participants)
        return box(self.step, self.method, self.session.minutes, people)

    def _turn_over(self) -> None:
        """Say kindly that time is up, or will be; when that was said before, go on."""
        if self.live:
            self._tick()
        elif self.position.until <= self.now:
            if self.position.nudged:
                self._help_on()
            else:
                self._nudge()

    def _tick(self) -> None:
        """Let a minute of a spoken step go by."""
        until = self.position.until
        if until > self.now:
            if until - self.now <= SOON < self._box() / 2 and not self.position.warned:
                self._move(warned=True)
                self._emit(e.Say(key="two_minutes"))
            self._emit(e.Board(), e.SetTimer(name="turn", due=next_minute(self.now, until)))
        elif self.position.nudged:
            self._step_on(undoable=True)
        else:
            until = self.now + GRACE
            self._move(until=until, nudged=True)
            self._emit(e.Say(key="time_up"), e.Board(), e.SetTimer(name="turn", due=until))

    def _nudge(self) -> None:
        until = deadline(self.now, self.session.pace.turn / 2, self.session.pace.zone)
        self._move(until=until, nudged=True)
        here = floor(self.session)
        if here is not None:
            key = "nudge_answer" if self.position.question else "nudge_turn"
            self._emit(e.Say(key=key, who=here, until=until))
        elif isinstance(self.step, Discuss):
            self._emit(e.Say(key="nudge_discuss", until=until))
        else:
            total = len(speakers(self.session, self.step))
            count = total - len(awaited(self.session, self.method))
            self._emit(e.Say(key="nudge_forms", count=count, total=total, until=until))
        self._emit(e.Board(), e.SetTimer(name="turn", due=until))

    def _more_time(self, by: str) -> None:
        self._running(by)
        if not self.live:
            raise Refusal("not_live")
        begun = self.now if self.position.nudged else max(self.now, self.position.until)
        self._move(until=begun + MORE, nudged=False, warned=False)
        due = next_minute(self.now, self.position.until)
        more = MORE // MINUTE
        self._emit(e.Say(key="more_time", who=by, count=more), e.Board())
        self._emit(e.SetTimer(name="turn", due=due))

    def _go_live(self, by: str, minutes: int | None) -> None:
        self._open_member(by)
        self._become(mode=Mode.LIVE, minutes=minutes or self.session.minutes)
        self._begin_time("live", by)

    def _go_async(self, by: str) -> None:
        self._open_member(by)
        if not self.live:
            raise Refusal("not_live")
        self._become(mode=Mode.ASYNC)
        self._begin_time("async", by)

    def _begin_time(self, key: str, by: str) -> None:
        """Begin the time of the step anew, when one is under way."""
        if self.session.phase is Phase.LOBBY:
            self._emit(e.Board())
            return
        self._emit(e.Say(key=key, who=by))
        self._move(left=None, question=None)
        if self.session.phase is Phase.RUNNING:
            self._give_time()
        else:
            self._emit(e.Board())

    # who leads

    def _facilitate(self, by: str) -> None:
        self._open_member(by)
        if by == self.session.bringer and self.method.kinds:
            raise Refusal("bringer_leads")
        before = self.session.facilitator
        if by == before:
            raise Refusal("leads_already")
        self._become(facilitator=by)
        if before in self.session.participants:
            self._emit(e.Say(key="relieves", who=by, other=before), e.Crib(to=before, over=True))
        else:
            self._emit(e.Say(key="leads", who=by))
        self._emit(e.Crib(to=by), e.Board())

    def _hand_back(self, by: str) -> None:
        self._open_member(by)
        if by != self.session.facilitator:
            raise Refusal("leads_not")
        self._become(facilitator=None)
        self._emit(e.Say(key="handed_back", who=by), e.Crib(to=by, over=True), e.Board())

    def _facilitator_left(self, by: str) -> None:
        """Let the bot lead again when whoever led has left."""
        if by == self.session.facilitator:
            self._become(facilitator=None)
            self._emit(e.Say(key="leader_left", who=by), e.Crib(to=by, over=True))

    def _who_leads(self) -> None:
        """Let the bot lead when whoever was to lead is not there at the beginning.

        A supported group that has nobody hears that one of them might.
        """
        led = self.session.facilitator
        if led is not None and led not in self.session.participants:
            self._become(facilitator=None)
            self._emit(e.Say(key="leader_absent", who=led))
        elif led is None and self.session.guidance is Guidance.SUPPORTED:
            self._emit(e.Say(key="who_leads"))
