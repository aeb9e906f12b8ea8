"""How what people say is heard: what counts, what does not, and what they leave."""

from typing import assert_never

from bot.errors import Refusal
from bot.flows.method import Discuss, Gate, Present, Respond, Round, Tray, Write
from bot.flows.method import Reflect as ReflectStep
from bot.flows.method import Sort as SortStep
from bot.flows.session import effects as e
from bot.flows.session.commands import Choose, Contribute, Pick, Reflect, Sort, Withdraw
from bot.flows.session.state import awaited, floor, key_of, speakers
from bot.flows.session.steps import Course
from bot.flows.types import ContributionKind, Phase


class Hearing(Course):
    """What is said, passed, chosen and reflected; who comes and goes is for the heir."""

    # what counts

    def _contribute(self, said: Contribute) -> None:
        if self.session.phase in (Phase.LOBBY, Phase.CLOSED):
            if said.ref is None:
                raise Refusal("ended" if self.session.phase is Phase.CLOSED else "not_begun")
            return  # people chat before they begin and after they end
        if said.step is not None and said.step != self.step.id:
            raise Refusal("step_past")
        if said.by not in self.session.participants:
            self._uncounted(said, "not_in")
        elif self.session.phase is Phase.PAUSED:
            self._uncounted(said, "paused")
        elif self.step.parked and said.by == self.session.presenter:
            self._uncounted(said, "parked")
        else:
            self._heard(said)

    def _heard(self, said: Contribute) -> None:
        bringer = said.by == self.session.presenter
        match self.step:
            case Round():
                self._take_turn(said, self.step)
            case Write() if said.by not in speakers(self.session, self.step):
                self._uncounted(said, "listen")
            case Write() if said.ref is not None:
                self._uncounted(said, "write_unseen")
            case Write():
                self._written(said, self.step)
            case Discuss(collects=kind):
                if said.by in speakers(self.session, self.step):
                    self._keep(said, kind)
                else:
                    self._uncounted(said, "listen")
            case Present(collects=kind) if bringer:
                self._keep(said, kind)
            case Respond(collects=kind) if bringer:
                self._keep(said, kind)
                self._step_on()
            case Present() | Respond():
                self._uncounted(said, "bringer_tells")
            case Gate() | Tray() | SortStep():
                self._uncounted(said, "bringer_chooses")
            case ReflectStep():
                self._uncounted(said, "reflect_by_form")
            case _:
                assert_never(self.step)

    def _written(self, said: Contribute, step: Write) -> None:
        """Keep what a form holds, each of its fields by itself."""
        fields = [said.text, *said.more]
        for number, text in enumerate(fields, start=1):
            if text:
                id_ = said.id if number == 1 else f"{said.id}-{number}"
                picture = said.picture if step.pictures and number == 1 else None
                part = said.model_copy(update={"id": id_, "text": text, "picture": picture})
                self._keep(part, step.collects, hidden=True, part=number)
        if step.shows == "tray":
            self._become(laid=self.session.laid + sum(map(bool, fields)))
        if step.id not in self.position.opened:
            self._move(opened=(*self.position.opened, step.id))
        self._mark_done(said.by)

    def _take_turn(self, said: Contribute, step: Round) -> None:
        holder, question = self.position.queue[0], self.position.question
        if self.live:
            self._noted(said, step)
        elif question is not None and said.by == self.session.presenter:
            self._keep(said, ContributionKind.ANSWER, answers=question)
            self._floor_on()
        elif said.by != holder:
            self._uncounted(said, "not_your_turn")
        elif question is not None:
            self._keep(said, step.collects)  # a question that goes on in a second message
        elif step.answers:
            self._keep(said, step.collects)
            self._give_turn(question=said.id)
        else:
            self._keep(said, step.collects)
            self._floor_on()

    def _noted(self, said: Contribute, step: Round) -> None:
        """Keep what is noted of what was said aloud; the floor stays where it is."""
        if said.by == self.position.queue[0]:
            self._keep(said, step.collects)
        elif said.by == self.session.presenter and step.answers:
            self._keep(said, ContributionKind.ANSWER)
        else:
            self._uncounted(said, "not_your_turn")

    def _keep(
        self,
        said: Contribute,
        kind: ContributionKind,
        *,
        answers: str | None = None,
        hidden: bool = False,
        part: int | None = None,
    ) -> None:
        self._emit(
            e.Keep(
                id=said.id,
                author=said.by,
                kind=kind,
                step=key_of(self.session, self.step),
                round=part or self.position.round,
                text=said.text,
                ref=said.ref,
                answers=answers,
                hidden=hidden,
                picture=said.picture,
            )
        )

    def _uncounted(self, said: Contribute, key: str) -> None:
        if said.ref is None:
            raise Refusal(key)
        if self.live and key not in ("parked", "write_unseen"):
            return  # people talk; what some of them write meanwhile is theirs
        if said.by not in self.position.told:
            self._move(told=(*self.position.told, said.by))
            self._emit(e.Whisper(to=said.by, key=key))

    def _withdraw(self, command: Withdraw) -> None:
        self._emit(e.Erase(by=command.by, ref=command.ref))
        position = self.session.position
        if position is not None and position.question == command.contribution:
            self._move(question=None)
            if self.session.phase is Phase.RUNNING:
                self._give_turn()

    # leaving it

    def _pass(self, by: str) -> None:
        self._running(by)
        position = self.position
        match self.step:
            case Round() if position.question is not None and by == self.session.presenter:
                self._emit(e.Whisper(to=by, key="answer_left"))
                self._floor_on()
            case Round() if position.question is not None and by == position.queue[0]:
                raise Refusal("asked_already")
            case Round() if by == position.queue[0]:
                self._emit(e.Whisper(to=by, key="passed"))
                self._floor_on()
            case Round() if by in position.queue:
                self._move(queue=tuple(p for p in position.queue if p != by))
                self._emit(e.Whisper(to=by, key="passed"), e.Board())
            case Write() | ReflectStep() if by in awaited(self.session, self.method):
                self._mark_done(by)
            case Present() | Respond() | Gate() | Tray() | SortStep() if (
                by == self.session.presenter
            ):
                self._step_on()
            case _:
                raise Refusal("nothing_to_pass")

    def _later(self, by: str) -> None:
        self._running(by)
        position = self.position
        if floor(self.session) != by or position.question is not None:
            raise Refusal("not_your_turn")
        if len(position.queue) == 1 or by in position.had:
            raise Refusal("later_once")
        self._emit(e.Whisper(to=by, key="later"))
        self._floor_to_end()

    def _done(self, by: str) -> None:
        self._running(by)
        if self.live:
            self._said_aloud(by)
            return
        if not isinstance(self.step, Present | Tray):
            raise Refusal("nothing_to_finish")
        self._bringer_only(by)
        if isinstance(self.step, Tray):
            self._emit(e.MarkPicked(steps=self._fills(), picked=()))
        self._step_on(undoable=True)

    def _said_aloud(self, by: str) -> None:
        """Let somebody be done with what they said, or the facilitator on their behalf."""
        leads = by == self.session.facilitator
        match self.step:
            case Round():
                if by != self.position.queue[0] and not leads:
                    raise Refusal("not_your_turn")
                self._floor_on()
            case Write() | ReflectStep() if by in awaited(self.session, self.method):
                self._mark_done(by)
            case Present() | Respond() | Tray() | SortStep():
                if by != self.session.presenter and not leads:
                    raise Refusal("bringer_only")
                came = isinstance(self.step, Tray)
                self._step_on(undoable=True, opened=(self.step.id,) if came else ())
            case _:
                raise Refusal("nothing_to_finish")

    def _choose(self, command: Choose) -> None:
        self._running(command.by)
        if not isinstance(self.step, Gate):
            raise Refusal("gate_past")
        self._bringer_only(command.by)
        self._step_on(undoable=True, opened=(self.step.id,) if command.open else ())

    def _pick(self, command: Pick) -> None:
        self._running(command.by)
        if not isinstance(self.step, Tray):
            raise Refusal("tray_past")
        self._bringer_only(command.by)
        self._emit(e.MarkPicked(steps=self._fills(), picked=command.picked))
        self._step_on(undoable=True, opened=(self.step.id,))

    def _fills(self) -> tuple[str, ...]:
        """Give the keys of the steps that filled the tray that is open now."""
        ids = self.method.fills(self.position.step)
        return tuple(key_of(self.session, self.method.step(id_)) for id_ in ids)

    def _sort(self, command: Sort) -> None:
        self._running(command.by)
        if not isinstance(self.step, SortStep):
            raise Refusal("sort_past")
        self._bringer_only(command.by)
        written = self.method.step(self.step.of)
        assert isinstance(written, Write)
        key = key_of(self.session, written)
        self._emit(e.MarkPicked(steps=(key,), picked=command.warm + command.neutral))
        if command.warm:
            self._emit(e.Reveal(step=key, names=written.names, only=command.warm))
        self._step_on(opened=(self.step.id,) if command.warm else ())

    def _reflect(self, command: Reflect) -> None:
        self._member(command.by)
        late = self.session.phase is Phase.CLOSED and self.session.position is not None
        if not late:
            self._running(command.by)
            if not isinstance(self.step, ReflectStep):
                raise Refusal("reflect_later")
        last = self.method.steps[-1]
        nameless = isinstance(last, ReflectStep) and last.evaluates
        if nameless:
            names = ("by", "useful", "safe", "guidance", "rhythm")
            self._emit(e.KeepRating(**{name: getattr(command, name) for name in names}))
        self._emit(
            e.KeepReflection(
                by=command.by,
                takeaway=command.takeaway,
                asking=command.asking,
                useful=None if nameless else command.useful,
                safe=None if nameless else command.safe,
            )
        )
        if command.share and command.takeaway:
            self._emit(e.ShareReflection(by=command.by, takeaway=command.takeaway))
        if not late:
            self._mark_done(command.by)

    def _bringer_only(self, by: str) -> None:
        if by != self.session.presenter:
            raise Refusal("bringer_only")
