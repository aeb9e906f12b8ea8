"""How a session goes its course: from turn to turn, from step to step, until it closes."""

from typing import assert_never

from bot.flows.method import Discuss, Gate, Present, Respond, Round, Sort, Tray, Write
from bot.flows.method import Reflect as ReflectStep
from bot.flows.session import effects as e
from bot.flows.session.state import Position, awaited, floor, key_of, speakers
from bot.flows.session.transition import Table
from bot.flows.types import ContributionKind, Ending, Phase


class Course(Table):
    """The floor, the steps and their time; what people ask of them is for the heir."""

    # time

    def _help_on(self) -> None:
        position = self.position
        if not isinstance(self.step, Round):
            self._step_on()
        elif (
            position.question is None
            and len(position.queue) > 1
            and position.queue[0] not in position.had
        ):
            self._floor_to_end()
        else:
            self._floor_on()

    # the floor and the steps

    def _floor_on(self) -> None:
        """Give the floor to the next in the queue, else begin a next round or step."""
        holder, *rest = self.position.queue
        self._move(had=(*self.position.had, holder))
        self._give_floor(tuple(rest))

    def _give_floor(self, queue: tuple[str, ...]) -> None:
        if queue:
            if not self.live:  # spoken, the board says so, without a sound
                self._emit(e.Say(key="turn", who=queue[0]))
            self._give_turn(queue=queue, question=None)
        elif isinstance(self.step, Round) and self.position.round < self.step.rounds:
            queue = self._line_up()
            if not self.live:
                self._emit(e.Say(key="next_round", who=queue[0]))
            self._give_turn(queue=queue, had=(), question=None, round=self.position.round + 1)
        else:
            self._step_on()

    def _floor_to_end(self) -> None:
        holder, *rest = self.position.queue
        if not self.live:
            self._emit(e.Say(key="turn", who=rest[0]))
        self._give_turn(queue=(*rest, holder), had=(*self.position.had, holder))

    def _line_up(self) -> tuple[str, ...]:
        order = speakers(self.session, self.step)
        first = self.session.starts % len(order)
        self._become(starts=self.session.starts + 1)
        return order[first:] + order[:first]

    def _mark_done(self, by: str) -> None:
        if by not in self.position.done:
            self._move(done=(*self.position.done, by))
        self._emit(e.Board())
        self._step_on_if_all_in()

    def _step_on_if_all_in(self) -> None:
        if (
            self.session.phase is Phase.RUNNING
            and isinstance(self.step, Write | ReflectStep)
            and not awaited(self.session, self.method)
        ):
            self._step_on()

    def _step_on(
        self, *, undoable: bool = False, by: str | None = None, opened: tuple[str, ...] = ()
    ) -> None:
        left = self.position
        self._show_written()
        self._become(before=left if undoable else None)
        if self.live and isinstance(self.step, Write | Sort):
            opened = (*opened, self.step.id)  # what is said aloud leaves no trace to count
        if isinstance(self.step, Tray):
            self._become(laid=0)
        self._enter_after(left.step, opened=left.opened + opened, by=by)

    def _show_written(self) -> None:
        key = key_of(self.session, self.step)
        match self.step:
            case Write(shows="together", names=names) if self.position.done:
                self._emit(e.Reveal(step=key, names=names))
            case Write(shows="oneself") if self.position.done:
                self._emit(e.OfferTools(step=key))
            case _:
                pass

    def _enter_after(self, index: int, *, opened: tuple[str, ...], by: str | None = None) -> None:
        step, seat = self._coming(index, opened), 0
        rotating = self.method.rotating()
        if index in rotating or step in rotating:
            seat = self.session.position.seat if self.session.position is not None else 0
            if index not in rotating or step not in rotating:
                step, seat, opened = self._coming_seat(seat, opened)
        if step is None:
            self._close(Ending.FINISHED)
            return
        self._become(position=Position(step=step, opened=opened, seat=seat, until=self.now))
        self._move(queue=self._opening_queue())
        self._emit(e.Open(step=step, who=floor(self.session), by=by))
        match self.step:
            case Tray() if self.session.laid:
                self._emit(e.OfferTray())
            case Discuss(collects=ContributionKind.AGREEMENT):
                self._emit(e.OfferAgreements())
            case Sort(of=of) if of in opened:
                self._emit(e.OfferSort(step=key_of(self.session, self.method.step(of))))
            case _:
                pass
        self._give_time()

    def _coming(self, index: int, opened: tuple[str, ...]) -> int | None:
        """Give the first step after `index` that is not needless."""
        coming = self.method.after(index, opened)
        return next((at for at in coming if not self._needless(at, opened)), None)

    def _coming_seat(
        self, seat: int, opened: tuple[str, ...]
    ) -> tuple[int | None, int, tuple[str, ...]]:
        """Put the next person into the bringer's place; after the last, give what comes then.

        Gives the step, the seat, and the steps of which something came.
        """
        rotating = self.method.rotating()
        past = self._coming(rotating[-1], opened)
        while True:
            sat = self.session.sat[:seat]
            order = (self.session.bringer, *self.session.participants)
            sitter = next((p for p in order if p not in sat), None)
            if sitter is None:
                return past, 0, opened
            seat = len(sat) + 1
            opened = tuple(o for o in opened if not self.method.step(o).rotates)
            self._become(sat=(*sat, sitter), laid=0)
            step = self._coming(rotating[0] - 1, opened)
            if step in rotating:
                return step, seat, opened

    def _next_seat(self) -> None:
        """Go on with the next person, because who was in the bringer's place has left."""
        left = self.position
        self._become(before=None)
        self._enter_after(self.method.rotating()[-1], opened=left.opened)

    def _needless(self, index: int, opened: tuple[str, ...]) -> bool:
        """Tell whether a step has nothing to do: no advice is wanted, or there is nothing."""
        match self.method.steps[index]:
            case Gate() | Write(shows="tray"):
                return self.session.shut
            case Tray():
                return self.session.shut if self.live else self.session.laid == 0
            case Sort(of=of):
                return of not in opened
            case _:
                return False

    def _opening_queue(self) -> tuple[str, ...]:
        match self.step:
            case Round():
                return self._line_up()
            case Present() | Respond() | Gate() | Tray() | Sort():
                return (self.session.presenter,)
            case Write() | Discuss() | ReflectStep():
                return ()
            case _:
                assert_never(self.step)

    def _close(self, how: Ending) -> None:
        begun = self.session.position is not None
        if begun:
            self._show_written()
        self._become(phase=Phase.CLOSED, ending=how, before=None)
        self._emit(e.Say(key=f"closed_{how}"))
        if begun:
            forget = self.now + self.session.pace.keep
            self._emit(*self._harvests(), e.SetTimer(name="forget", due=forget))
        self._emit(
            e.Board(),
            e.CancelTimer(name="turn"),
            e.CancelTimer(name="idle"),
            e.Ended(how=how, requeue=not begun),
        )

    def _harvests(self) -> tuple[e.SendHarvest, ...]:
        """Give a harvest to each who was in the bringer's place; the group's own has none."""
        if not self.method.kinds:
            return ()
        if not self.method.rotating():
            return (e.SendHarvest(to=self.session.bringer),)
        return tuple(
            e.SendHarvest(to=who, seat=seat)
            for seat, who in enumerate(self.session.sat, start=1)
            if who in self.session.participants
        )
