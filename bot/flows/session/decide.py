"""A session: one case going through one method.

The rules that hold whatever the method (each is a property in the tests):

 1. At most one person has the floor.
 2. Only what is asked of someone counts: what others write stays in the thread,
    uncounted, and its writer hears so once a step.
 3. A parked bringer is never counted.
 4. Nobody gets the floor twice in a round while someone else had it not at all.
 5. What was written unseen is seen only when the step ends, or in the tray by the bringer.
 6. A gate is opened by the bringer alone; silence leaves it shut.
 7. Time always helps on: a first deadline is a kind word, the second moves things along.
 8. Advice, ideas and musings lie in the tray; with the gate shut from the start none is asked.
 9. A session ends: when all is done, when someone stops it, or when it was forgotten.
10. Whoever joins late comes in at the end; whoever leaves holds up nobody.
11. Spoken, nothing needs to be written: a button says "done", and the clock asks first.
12. Whoever leads a session can be relieved, and everyone hears it.

The state is structure alone: who, which step, whose turn. It holds no text and does
not grow with what is said, so the last turn of a long session costs what the first did.

`decide(session, command, method=…, now=…)` gives the new session and the effects, in
order, or raises `Refusal`. It reads no clock and makes no ids.
"""

from datetime import datetime
from typing import NamedTuple, assert_never

from bot.errors import Refusal
from bot.flows.method import Discuss, Method, Round
from bot.flows.session import effects as e
from bot.flows.session.commands import (
    Amend,
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
    Join,
    Later,
    Leave,
    MoreTime,
    Next,
    Pass,
    Pause,
    Pick,
    Reflect,
    Resume,
    Sort,
    Stop,
    TimeUp,
    UseMethod,
    Withdraw,
)
from bot.flows.session.contributions import Hearing
from bot.flows.session.pace import MINUTE
from bot.flows.session.state import LEAST, Session, speakers
from bot.flows.types import Ending, Phase


class Decision(NamedTuple):
    """What a command leads to."""

    session: Session
    effects: tuple[e.Effect, ...]


def decide(session: Session, command: Command, *, method: Method, now: datetime) -> Decision:
    """Give the session after `command`, and what follows from it, in order.

    `method` is the session's own; for `UseMethod` the one that was chosen. Raises
    `Refusal` when it cannot be done; the session is then as it was.
    """
    return _Desk(session, method, now).take(command)


class _Desk(Hearing):
    """One command on the desk."""

    def take(self, command: Command) -> Decision:
        match command:
            case TimeUp():
                self._time_up(command)
            case Join(by=by):
                self._join(by)
            case Leave(by=by):
                self._leave(by)
            case Begin(by=by):
                self._begin(by)
            case UseMethod():
                self._use(command)
            case Contribute():
                self._contribute(command)
            case Amend():
                self._emit(e.Reword(by=command.by, ref=command.ref, text=command.text))
            case Withdraw():
                self._withdraw(command)
            case Pass(by=by):
                self._pass(by)
            case Later(by=by):
                self._later(by)
            case Done(by=by):
                self._done(by)
            case Next(by=by):
                self._next(by)
            case Back(by=by):
                self._back(by)
            case GoLive(by=by, minutes=minutes):
                self._go_live(by, minutes)
            case GoAsync(by=by):
                self._go_async(by)
            case MoreTime(by=by):
                self._more_time(by)
            case Facilitate(by=by):
                self._facilitate(by)
            case HandBack(by=by):
                self._hand_back(by)
            case Pause(by=by):
                self._pause(by)
            case Resume(by=by):
                self._resume(by)
            case Stop(by=by):
                self._stop(by)
            case Choose():
                self._choose(command)
            case Pick():
                self._pick(command)
            case Sort():
                self._sort(command)
            case Reflect():
                self._reflect(command)
            case _:
                assert_never(command)
        if not isinstance(command, TimeUp) and self.session.phase is not Phase.CLOSED:
            self._emit(e.SetTimer(name="idle", due=self.now + self.session.pace.idle))
        return Decision(self.session, tuple(self.effects))

    # coming and going

    def _join(self, by: str) -> None:
        if self.session.phase is Phase.CLOSED:
            raise Refusal("ended")
        if by in self.session.participants:
            raise Refusal("already_in")
        most = min(self.session.pace.capacity, self.method.most)
        if len(self.session.participants) >= most:
            raise Refusal("full", most=most)
        self._become(participants=(*self.session.participants, by))
        if by == self.session.facilitator:
            self._emit(e.Crib(to=by))
        if self.session.phase is not Phase.LOBBY:
            if self.position.queue and by in speakers(self.session, self.step):
                self._move(queue=_insert(self.position.queue, by, self.position.had))
            self._emit(e.Say(key="joined_late", who=by))
        self._emit(e.Board())

    def _leave(self, by: str) -> None:
        self._member(by)
        if self.session.phase is Phase.CLOSED:
            raise Refusal("ended")
        self._become(participants=tuple(p for p in self.session.participants if p != by))
        if by == self.session.bringer and self.method.kinds:
            self._close(Ending.BRINGER_LEFT)
            return
        if self.session.phase is Phase.LOBBY:
            self._facilitator_left(by)
            self._emit(e.Board())
            return
        had_floor = bool(self.position.queue) and self.position.queue[0] == by
        self._emit(e.Say(key="left", who=by))
        self._facilitator_left(by)
        if len(self.session.participants) < LEAST - 1:
            self._close(Ending.TOO_FEW)
        elif self.session.phase is Phase.PAUSED:
            kept = None if had_floor else self.position.question
            here = tuple(p for p in self.position.queue if p != by)
            self._move(queue=here, question=kept)
            self._emit(e.Board())
        elif self.position.seat and by == self.session.presenter:
            self._next_seat()
        elif had_floor:
            self._floor_on()
        else:
            self._move(queue=tuple(p for p in self.position.queue if p != by))
            self._emit(e.Board())
            self._step_on_if_all_in()

    def _begin(self, by: str) -> None:
        self._member(by)
        if self.session.phase is not Phase.LOBBY:
            raise Refusal("begun_already")
        here = len(self.session.participants)
        if here < LEAST:
            raise Refusal("too_few", count=LEAST - here)
        if here < self.method.least:
            least = self.method.least
            raise Refusal("too_few_for_method", count=least - here, least=least)
        self._become(phase=Phase.RUNNING)
        self._who_leads()
        self._enter_after(-1, opened=())

    def _use(self, command: UseMethod) -> None:
        self._member(command.by)
        if self.session.phase is not Phase.LOBBY:
            raise Refusal("begun_already")
        if len(self.session.participants) > self.method.most:
            raise Refusal("too_many", most=self.method.most)
        self._become(method=self.method.id, own=command.own)
        self._emit(e.Board())

    # the hands on the tiller

    def _next(self, by: str) -> None:
        if self.session.phase is Phase.LOBBY:
            self._begin(by)
            return
        self._running(by)
        talking = isinstance(self.step, Discuss)  # which ends in no other way: nobody pushed on
        self._step_on(undoable=True, by=None if talking else by)

    def _back(self, by: str) -> None:
        self._running(by)
        if self.session.before is None:
            raise Refusal("nothing_to_undo")
        position = self.session.before
        here = tuple(p for p in position.queue if p in self.session.participants)
        before = self.session.model_copy(update={"position": position})
        if (position.queue and not here) or before.seat_is_empty:
            raise Refusal("nothing_to_undo")
        kept = position.question if here[:1] == position.queue[:1] else None
        self._become(position=position, before=None)
        self._emit(e.Say(key="back", who=by))
        self._give_time(queue=here, question=kept)

    def _pause(self, by: str) -> None:
        self._running(by)
        self._become(phase=Phase.PAUSED)
        if self.live and not self.position.nudged:
            self._move(left=max(self.position.until - self.now, MINUTE))
        self._emit(e.Say(key="paused", who=by), e.Board(), e.CancelTimer(name="turn"))

    def _resume(self, by: str) -> None:
        self._member(by)
        match self.session.phase:
            case Phase.RUNNING | Phase.LOBBY:
                raise Refusal("not_paused")
            case Phase.CLOSED if self.session.position is None or self.session.ending not in (
                Ending.STOPPED,
                Ending.FORGOTTEN,
            ):
                raise Refusal("ended")
            case Phase.CLOSED:
                self._emit(e.CancelTimer(name="forget"))
        self._become(phase=Phase.RUNNING, ending=None)
        self._emit(e.Say(key="resumed", who=by))
        if self.session.seat_is_empty:
            self._next_seat()  # they left during the pause
        elif isinstance(self.step, Round) and not self.position.queue:
            self._give_floor(())  # the last one in the round left during the pause
        else:
            self._give_time()
            self._step_on_if_all_in()

    def _stop(self, by: str) -> None:
        self._member(by)
        if self.session.phase is Phase.CLOSED:
            raise Refusal("ended")
        self._close(Ending.STOPPED)

    # time

    def _time_up(self, command: TimeUp) -> None:
        if self.session.phase is Phase.CLOSED:
            return
        if command.timer == "idle":
            self._close(Ending.FORGOTTEN)
        elif self.session.phase is Phase.RUNNING:
            self._turn_over()


def _insert(queue: tuple[str, ...], late: str, had: tuple[str, ...]) -> tuple[str, ...]:
    """Put a latecomer at the end, but before those who had the floor once already."""
    at = next((i for i, who in enumerate(queue) if i and who in had), len(queue))
    return (*queue[:at], late, *queue[at:])
