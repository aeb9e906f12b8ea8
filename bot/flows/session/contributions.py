"""What people say, and what they choose: what counts, what does not, and what follows.

What is written in a thread counts only where something is asked of its writer; the writer of
anything else hears so, once a step.
"""

from typing import assert_never

from bot.errors import Refusal
from bot.flows.method import (
    DiscussStep,
    GateStep,
    PresentStep,
    ReflectStep,
    RespondStep,
    RoundStep,
    SilenceStep,
    SortStep,
    TrayStep,
    VoteStep,
    WriteStep,
)
from bot.flows.session import effects as e
from bot.flows.session.commands import (
    Choose,
    Contribute,
    MarkOpened,
    Pick,
    Reflect,
    Reply,
    Sort,
    Vote,
    WishTips,
    Withdraw,
)
from bot.flows.session.state import (
    Entered,
    awaited,
    floor,
    key_in_seat,
    key_of,
    speakers,
    step_at,
    tips_ahead,
)
from bot.flows.session.steps import (
    advance,
    mark_done,
    over_cap,
    pass_floor_on,
    send_to_end,
)
from bot.flows.session.transition import Transition, start_turn
from bot.flows.session.turns import late_for
from bot.flows.text import is_visible
from bot.flows.types import ContributionKind, Phase, ReplyWord


def reply(t: Transition, said: Reply) -> None:
    """Take a reply in the thread: a pass, "later", or a contribution.

    One that comes late counts for the turn in which it was written, and moves nothing on.
    "Pass" and "later" are words like any others, unless their writer has the floor.
    """
    late, then = late_for(t.session, t.at)
    if late:
        if then is not None:  # people chat before a session
            _take_late(t, said, then)
        return
    if t.session.phase is Phase.RUNNING and floor(t.session) == said.by:
        if said.word is ReplyWord.PASS:
            pass_turn(t, said.by)
            return
        if said.word is ReplyWord.LATER and _may_postpone(t, said.by):
            postpone_turn(t, said.by)
            return
    contribute(
        t, Contribute(by=said.by, id=said.id, text=said.text, ref=said.ref, edited=said.edited)
    )


def _take_late(t: Transition, said: Reply, then: Entered) -> None:
    """Keep a reply for the turn in which it was written, if it counted there; else say so."""
    kind = None
    if then.open and said.by in t.session.participants and said.word is None:
        kind = _asked_of(t, said.by, then)
    if kind is None or not is_visible(said.text):
        t.emit(e.Whisper(to=said.by, key="late"))
        return
    step = step_at(t.session, t.method, then.step)
    if step == t.step and kind is not ContributionKind.ANSWER:
        capped = over_cap(t, said.by)
        if capped is not None:
            t.emit(e.Whisper(to=said.by, key=capped))
            return
        _count(t, said.by)
    t.emit(
        e.Keep(
            id=said.id,
            author=said.by,
            kind=kind,
            step=key_in_seat(step, then.seat),
            round=then.round,
            text=said.text,
            ref=said.ref,
            edited=said.edited,
            answers=then.question if kind is ContributionKind.ANSWER else None,
        )
    )


def _asked_of(t: Transition, who: str, then: Entered) -> ContributionKind | None:
    """Return what was asked of somebody in a turn that is over; None for nothing in the thread."""
    step = step_at(t.session, t.method, then.step)
    presenter = t.session.sat[then.seat - 1] if then.seat else t.session.bringer
    match step:
        case RoundStep(answers=True) if who == presenter:
            asked = then.question is not None or then.floor is None or t.live
            return ContributionKind.ANSWER if asked else None
        case RoundStep() if then.floor is not None:
            return step.collects if who == then.floor else None
        case RoundStep() if who in then.had:
            return None
        case RoundStep(speakers=whose) | DiscussStep(speakers=whose) if (
            whose == "all" or who != presenter
        ):
            return step.collects
        case PresentStep() | RespondStep() if who == presenter:
            return step.collects
        case SilenceStep():
            return step.collects
        case _:
            return None


def contribute(t: Transition, said: Contribute) -> None:
    """Keep what somebody says if it counts; else tell its writer why not.

    What comes by a form is refused if it does not count, so that the form stays open.
    """
    if t.session.phase in (Phase.LOBBY, Phase.CLOSED):
        if said.ref is None:
            raise Refusal("ended" if t.session.phase is Phase.CLOSED else "not_begun")
        return  # people chat before a session and after it
    if said.step is not None and said.step != key_of(t.session, t.step):
        raise Refusal("step_past")
    if said.by not in t.session.participants:
        _leave_uncounted(t, said, "not_in")
    elif t.session.phase is Phase.PAUSED:
        _leave_uncounted(t, said, "paused")
    elif t.step.parked and said.by == t.session.presenter:
        _leave_uncounted(t, said, "parked")
    elif said.ref is not None and not is_visible(said.text) and _would_count(t, said.by):
        if not t.live:
            t.emit(e.Whisper(to=said.by, key="no_words"))
    else:
        _take(t, said)


def _would_count(t: Transition, by: str) -> bool:
    """Check whether words of a person in the thread would count now."""
    match t.step:
        case RoundStep() | DiscussStep() | PresentStep() | RespondStep():
            speaks = by in speakers(t.session, t.step) or by == t.session.presenter
            return speaks and (t.live or floor(t.session) in (None, by))
        case SilenceStep():
            return True
        case _:
            return False


def _take(t: Transition, said: Contribute) -> None:
    """Keep what a participant says, by what the step asks of them."""
    bringer = said.by == t.session.presenter
    match t.step:
        case RoundStep():
            _take_turn(t, said, t.step)
        case WriteStep() if said.by not in speakers(t.session, t.step):
            _leave_uncounted(t, said, "listen")
        case WriteStep() if said.ref is not None:
            _leave_uncounted(t, said, "write_unseen")
        case WriteStep():
            _keep_form(t, said, t.step)
        case DiscussStep(collects=kind):
            if said.by in speakers(t.session, t.step):
                _keep_within_cap(t, said, kind)
            else:
                _leave_uncounted(t, said, "listen")
        case PresentStep() if bringer:
            _tell(t, said, t.step)
        case RespondStep() if bringer:
            _tell(t, said, t.step)
            advance(t)
        case SilenceStep(collects=kind):
            _keep(t, said, kind)
            _whisper_once(t, said.by, "silence")
        case VoteStep():
            _leave_uncounted(t, said, "vote_by_form")
        case PresentStep() | RespondStep():
            _leave_uncounted(t, said, "bringer_tells")
        case GateStep() | TrayStep() | SortStep():
            _leave_uncounted(t, said, "bringer_chooses")
        case ReflectStep():
            _leave_uncounted(t, said, "reflect_by_form")
        case _:
            assert_never(t.step)


def _tell(t: Transition, said: Contribute, step: PresentStep | RespondStep) -> None:
    """Keep what the bringer tells; what stands in the fields of a form is shown field by field."""
    if said.ref is None and step.fields:
        shown = _keep_fields(t, said, step)
        t.emit(e.Reveal(step=key_of(t.session, step), names=True, only=shown))
    else:
        _keep(t, said, step.collects)


def _keep_fields(
    t: Transition, said: Contribute, step: PresentStep | RespondStep | WriteStep
) -> tuple[str, ...]:
    """Keep the fields of a form, each as a contribution of its own; return their ids."""
    ids: tuple[str, ...] = ()
    for number, text in enumerate((said.text, *said.more), start=1):
        if is_visible(text):
            id_ = said.id if number == 1 else f"{said.id}-{number}"
            picture = said.picture if number == 1 else None
            part = said.model_copy(update={"id": id_, "text": text, "picture": picture})
            _keep(t, part, step.collects, hidden=True, part=number)
            ids = (*ids, id_)
    return ids


def _keep_form(t: Transition, said: Contribute, step: WriteStep) -> None:
    """Keep what somebody writes unseen, and note that they are done."""
    if not step.pictures:
        said = said.model_copy(update={"picture": None})
    laid = len(_keep_fields(t, said, step))
    if step.shows == "tray":
        t.update(laid=t.session.laid + laid)
    if step.id not in t.position.opened:
        t.move(opened=(*t.position.opened, step.id))
    mark_done(t, said.by)


def _take_turn(t: Transition, said: Contribute, step: RoundStep) -> None:
    """Keep a question or an answer in a round; it moves the floor on."""
    holder, question = t.position.queue[0], t.position.question
    if t.live:
        _keep_note(t, said, step)
    elif question is not None and said.by == t.session.presenter:
        _keep(t, said, ContributionKind.ANSWER, answers=question)
        pass_floor_on(t, builds_on=said.id)
    elif said.by != holder:
        _leave_uncounted(t, said, "not_your_turn")
    elif question is not None:  # a question that goes on in a second message
        _keep_within_cap(t, said, step.collects)
    elif not _keep_within_cap(t, said, step.collects):
        pass
    elif step.answers:
        start_turn(t, question=said.id)
    else:
        pass_floor_on(t)


def _keep_within_cap(t: Transition, said: Contribute, kind: ContributionKind) -> bool:
    """Keep a contribution unless the step has as many as it takes; return whether it was kept."""
    capped = over_cap(t, said.by)
    if capped is not None:
        _leave_uncounted(t, said, capped)
        return False
    _count(t, said.by)
    _keep(t, said, kind)
    return True


def _count(t: Transition, by: str, more: int = 1) -> None:
    """Count a person's contributions, in a step that takes so many at most."""
    if getattr(t.step, "at_most", None) is not None:
        said = dict(t.position.said)
        t.move(said=tuple((said | {by: max(0, said.get(by, 0) + more)}).items()))


def _keep_note(t: Transition, said: Contribute, step: RoundStep) -> None:
    """Keep a note of spoken words; the floor stays where it is."""
    if said.by == t.position.queue[0]:
        _keep(t, said, step.collects)
    elif said.by == t.session.presenter and step.answers:
        _keep(t, said, ContributionKind.ANSWER)
    else:
        _leave_uncounted(t, said, "not_your_turn")


def _keep(
    t: Transition,
    said: Contribute,
    kind: ContributionKind,
    *,
    answers: str | None = None,
    hidden: bool = False,
    part: int | None = None,
) -> None:
    """Emit the effect that keeps a contribution; `part` is its number among a form's fields."""
    t.emit(
        e.Keep(
            id=said.id,
            author=said.by,
            kind=kind,
            step=key_of(t.session, t.step),
            round=part or t.position.round,
            text=said.text,
            ref=said.ref,
            edited=said.edited,
            answers=answers,
            hidden=hidden,
            picture=said.picture,
        )
    )


def _leave_uncounted(t: Transition, said: Contribute, key: str) -> None:
    """Explain to a writer, once a step, why their words do not count; refuse a form."""
    if said.ref is None:
        raise Refusal(key)
    if t.live and key not in ("parked", "write_unseen"):
        return  # people talk; what some write meanwhile is their own
    _whisper_once(t, said.by, key)


def _whisper_once(t: Transition, to: str, key: str) -> None:
    """Say something to a person alone, once a step."""
    if to not in t.position.told:
        t.move(told=(*t.position.told, to))
        t.emit(e.Whisper(to=to, key=key))


def withdraw(t: Transition, command: Withdraw) -> None:
    """Erase a contribution; if it was the open question, its asker has the floor again."""
    t.emit(e.Erase(by=command.by, ref=command.ref))
    position = t.session.position
    if position is not None and command.step == key_of(t.session, t.step):
        _count(t, command.by, -1)
    if position is not None and position.aside == command.contribution:
        t.move(aside=None)
    waiting = t.session.interrupted
    if waiting is not None and command.contribution in (waiting.question, waiting.aside):
        left = waiting.model_copy(update={"question": None, "aside": None})
        t.update(interrupted=left)
    if position is not None and position.question == command.contribution:
        t.move(question=None)
        if t.session.phase is Phase.RUNNING:
            start_turn(t)


def pass_turn(t: Transition, by: str) -> None:
    """Leave a turn, a question or a form unanswered. Raises `Refusal` if nothing is asked."""
    t.require_running(by)
    position = t.position
    match t.step:
        case RoundStep() if position.question is not None and by == t.session.presenter:
            t.emit(e.Whisper(to=by, key="answer_left"))
            pass_floor_on(t)
        case RoundStep() if position.question is not None and by == position.queue[0]:
            raise Refusal("asked_already")
        case RoundStep() if by == position.queue[0]:
            t.emit(e.Whisper(to=by, key="passed"))
            pass_floor_on(t)
        case RoundStep() if by in position.queue:
            t.move(queue=tuple(p for p in position.queue if p != by))
            t.emit(e.Whisper(to=by, key="passed"), e.Board())
        case VoteStep() if position.tied and by == t.session.presenter:
            advance(t)
        case WriteStep() | VoteStep() | ReflectStep() if by in awaited(t.session, t.method):
            mark_done(t, by)
        case PresentStep() | RespondStep() | GateStep() | TrayStep() | SortStep() if (
            by == t.session.presenter
        ):
            advance(t)
        case _:
            raise Refusal("nothing_to_pass")


def postpone_turn(t: Transition, by: str) -> None:
    """Move one's turn to the end of the round, once."""
    t.require_running(by)
    position = t.position
    if floor(t.session) != by or position.question is not None:
        raise Refusal("not_your_turn")
    if not _may_postpone(t, by):
        raise Refusal("later_once")
    t.emit(e.Whisper(to=by, key="later"))
    send_to_end(t)


def finish(t: Transition, by: str) -> None:
    """Finish one's own part of a step: the bringer's story, the tray, a spoken turn."""
    t.require_running(by)
    if t.live:
        _finish_aloud(t, by)
        return
    if not isinstance(t.step, PresentStep | TrayStep):
        raise Refusal("nothing_to_finish")
    _require_presenter(t, by)
    if isinstance(t.step, TrayStep):
        t.emit(e.MarkPicked(steps=_filling_steps(t), picked=()))
    advance(t, undoable=True)


def _finish_aloud(t: Transition, by: str) -> None:
    """Finish a spoken part; the facilitator may do so for somebody else."""
    leads = by == t.session.facilitator
    match t.step:
        case RoundStep():
            if by != t.position.queue[0] and not leads:
                raise Refusal("not_your_turn")
            pass_floor_on(t)
        case WriteStep() | ReflectStep() if by in awaited(t.session, t.method):
            mark_done(t, by)
        case PresentStep() | RespondStep() | TrayStep() | SortStep():
            if by != t.session.presenter and not leads:
                raise Refusal("bringer_only")
            came = isinstance(t.step, TrayStep)
            advance(t, undoable=True, opened=(t.step.id,) if came else ())
        case _:
            raise Refusal("nothing_to_finish")


def choose(t: Transition, command: Choose) -> None:
    """Open the gate or leave it shut, for the bringer alone."""
    t.require_running(command.by)
    if not isinstance(t.step, GateStep):
        raise Refusal("gate_past")
    _require_presenter(t, command.by)
    advance(t, undoable=True, opened=(t.step.id,) if command.open else ())


def wish_tips(t: Transition, command: WishTips) -> None:
    """Note whether the bringer wants advice, until the session comes to that."""
    t.require_open(command.by)
    if command.by != t.session.bringer:
        raise Refusal("bringer_only")
    if not tips_ahead(t.session, t.method):
        raise Refusal("tips_past")
    t.update(shut=not command.open)
    t.emit(e.Whisper(to=command.by, key="tips_open" if command.open else "tips_shut"), e.Board())


def pick(t: Transition, command: Pick) -> None:
    """Mark what the bringer takes from the tray."""
    t.require_running(command.by)
    past = command.step not in (None, key_of(t.session, t.step))
    if past or not isinstance(t.step, TrayStep):
        raise Refusal("tray_past")
    _require_presenter(t, command.by)
    t.emit(e.MarkPicked(steps=_filling_steps(t), picked=command.picked))
    advance(t, undoable=True, opened=(t.step.id,))


def _filling_steps(t: Transition) -> tuple[str, ...]:
    """Return the keys of the steps that filled the open tray."""
    ids = t.method.fills(t.position.step)
    return tuple(key_of(t.session, t.method.step(id_)) for id_ in ids)


def sort(t: Transition, command: Sort) -> None:
    """Mark which questions the bringer found warm or neutral, and reveal the warm ones."""
    t.require_running(command.by)
    past = command.step not in (None, key_of(t.session, t.step))
    if past or not isinstance(t.step, SortStep):
        raise Refusal("sort_past")
    _require_presenter(t, command.by)
    written = t.method.step(t.step.of)
    assert isinstance(written, WriteStep)
    key = key_of(t.session, written)
    t.emit(e.MarkPicked(steps=(key,), picked=command.warm + command.neutral))
    if command.warm:
        t.emit(e.Reveal(step=key, names=written.names, only=command.warm))
    advance(t, opened=(t.step.id,) if command.warm else ())


def mark_opened(t: Transition, command: MarkOpened) -> None:
    """Mark where something opened for who answered a round: then, later, or after the end."""
    t.require_member(command.by)
    if command.by not in (t.session.bringer, *t.session.sat):
        raise Refusal("bringer_only")
    t.emit(e.MarkOpened(by=command.by, contribution=command.contribution))


def vote(t: Transition, command: Vote) -> None:
    """Note what somebody chooses, in place of what they chose before; or settle a tie."""
    t.require_running(command.by)
    step = t.step
    past = command.step not in (None, key_of(t.session, step))
    if past or not isinstance(step, VoteStep) or not 0 <= command.option < len(step.options):
        raise Refusal("vote_past")
    if t.position.tied:
        _require_presenter(t, command.by)
        if command.option not in t.position.tied:
            raise Refusal("vote_tied")
        t.emit(e.Tally(step=step.id, votes=(), tied=t.position.tied, chosen=command.option))
        advance(t, undoable=True)
        return
    if command.by not in speakers(t.session, step):
        raise Refusal("listen")
    t.move(votes=tuple((dict(t.position.votes) | {command.by: command.option}).items()))
    mark_done(t, command.by)


def reflect(t: Transition, command: Reflect) -> None:
    """Keep a closing reflection, also after the end; evaluation scores are kept nameless."""
    t.require_member(command.by)
    late = t.session.phase is Phase.CLOSED and t.session.position is not None
    if not late:
        t.require_running(command.by)
        if not isinstance(t.step, ReflectStep):
            raise Refusal("reflect_later")
    last = t.method.steps[-1]
    nameless = isinstance(last, ReflectStep) and last.evaluates
    if nameless:
        names = ("by", "useful", "safe", "guidance", "rhythm")
        t.emit(e.KeepRating(**{name: getattr(command, name) for name in names}))
    t.emit(
        e.KeepReflection(
            by=command.by,
            takeaway=command.takeaway,
            asking=command.asking,
            useful=None if nameless else command.useful,
            safe=None if nameless else command.safe,
        )
    )
    if command.share and command.takeaway:
        t.emit(e.ShareReflection(by=command.by, takeaway=command.takeaway))
    if not late:
        mark_done(t, command.by)


def _require_presenter(t: Transition, by: str) -> None:
    """Raise `Refusal` unless a person is in the bringer's place."""
    if by != t.session.presenter:
        raise Refusal("bringer_only")


def _may_postpone(t: Transition, by: str) -> bool:
    """Check whether a person who has the floor may keep their turn for the end of the round."""
    queue, had = t.position.queue, t.position.had
    return t.position.question is None and len(queue) > 1 and by not in had
