"""How a session goes on: from turn to turn, from step to step, until it closes."""

from typing import assert_never

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
from bot.flows.session.practice import hand_over
from bot.flows.session.state import (
    CHOICE,
    PROCESS_CHECK,
    RESUMABLE,
    Position,
    awaited,
    floor,
    key_of,
    speakers,
)
from bot.flows.session.transition import Transition, start_clock, start_turn
from bot.flows.types import ContributionKind, Ending, Phase


def pass_floor_on(t: Transition, *, builds_on: str | None = None) -> None:
    """Pass the floor to the next in the queue, else begin the next round or step.

    `builds_on` is the id of the answer that was just given.
    """
    holder, *rest = t.position.queue
    t.move(had=(*t.position.had, holder))
    give_floor(t, tuple(rest), builds_on=builds_on)


def give_floor(t: Transition, queue: tuple[str, ...], *, builds_on: str | None = None) -> None:
    """Pass the floor to the first of `queue`; if it is empty, begin the next round or step."""
    asked, queue = queue, may_speak(t, queue)
    if asked and not queue:
        t.emit(e.Say(key="capped"))
    if queue:
        if not t.live:  # spoken, only the board says so: nobody is notified
            t.emit(e.Say(key="turn", who=queue[0], builds_on=builds_on))
        start_turn(t, queue=queue, question=None)
    elif isinstance(t.step, RoundStep) and t.position.round < t.step.rounds and _more(t):
        queue = may_speak(t, _line_up(t))
        if not t.live:
            t.emit(e.Say(key="next_round", who=queue[0], builds_on=builds_on))
        start_turn(t, queue=queue, had=(), question=None, round=t.position.round + 1)
    else:
        advance(t)


def over_cap(t: Transition, by: str) -> str | None:
    """Return the key of why nothing more of a person counts in this step; None if it does."""
    cap = t.step.at_most if isinstance(t.step, RoundStep | DiscussStep) else None
    if cap is None or t.live:  # spoken, nobody writes what is asked
        return None
    if cap.each is not None and dict(t.position.said).get(by, 0) >= cap.each:
        return "capped_each"
    if cap.together is not None and sum(n for _, n in t.position.said) >= cap.together:
        return "capped"
    return None


def may_speak(t: Transition, queue: tuple[str, ...]) -> tuple[str, ...]:
    """Return those in a queue of whom something more counts."""
    return tuple(who for who in queue if over_cap(t, who) is None)


def _more(t: Transition) -> bool:
    return bool(may_speak(t, speakers(t.session, t.step)))


def send_to_end(t: Transition) -> None:
    """Move the person who has the floor to the end of the queue."""
    holder, *rest = t.position.queue
    if not t.live:
        t.emit(e.Say(key="turn", who=rest[0]))
    start_turn(t, queue=(*rest, holder), had=(*t.position.had, holder))


def _line_up(t: Transition) -> tuple[str, ...]:
    """Return the queue of a new round, beginning with another person than the last one did."""
    order = speakers(t.session, t.step)
    first = t.session.starts % len(order)
    t.update(starts=t.session.starts + 1)
    return order[first:] + order[:first]


def mark_done(t: Transition, by: str) -> None:
    """Note that a person is done with a step in which all act at once."""
    if by not in t.position.done:
        t.move(done=(*t.position.done, by))
    t.emit(e.Board())
    advance_if_complete(t)


def advance_if_complete(t: Transition) -> None:
    """Go on to the next step once nobody is awaited any more in one where all act at once."""
    if (
        t.session.phase is Phase.RUNNING
        and isinstance(t.step, WriteStep | VoteStep | ReflectStep)
        and not awaited(t.session, t.method)
    ):
        advance(t)


def advance(
    t: Transition, *, undoable: bool = False, by: str | None = None, opened: tuple[str, ...] = ()
) -> None:
    """Leave the step and enter the next one.

    `undoable` keeps the place that is left for `Back`; `by` is the person who moved on;
    `opened` adds to the steps of which something came.
    """
    if _ties(t):
        return
    left = t.position
    _reveal_written(t)
    if isinstance(t.step, RoundStep) and t.step.answers and t.step.coach != "off":
        t.emit(e.AskWhatOpened(to=t.session.presenter, step=key_of(t.session, t.step)))
    t.update(before=left if undoable else None)
    if t.live and isinstance(t.step, WriteStep | SortStep):
        opened = (*opened, t.step.id)  # words spoken leave no contribution to count
    if isinstance(t.step, TrayStep):
        t.update(laid=0)
    enter_after(t, left.step, opened=left.opened + opened, by=by)


def _ties(t: Transition) -> bool:
    """Say how a vote came out that ends; return whether the bringer has to choose from a tie."""
    if not isinstance(t.step, VoteStep) or t.position.tied:
        return False
    tally = _tally(t, t.step)
    t.emit(tally)
    if not tally.tied or t.step.tie == "group":
        return False
    t.move(tied=tally.tied)
    start_clock(t)
    return True


def _tally(t: Transition, step: VoteStep) -> e.Tally:
    """Count the votes of those who still take part."""
    by = speakers(t.session, step)
    chosen = [option for who, option in t.position.votes if who in by]
    votes = tuple(chosen.count(option) for option in range(len(step.options)))
    first = tuple(option for option, n in enumerate(votes) if n == max(votes) > 0)
    return e.Tally(step=step.id, votes=votes, tied=first if len(first) > 1 else ())


def _reveal_written(t: Transition) -> None:
    """Show what was written unseen in the step that ends."""
    key = key_of(t.session, t.step)
    match t.step:
        case WriteStep(shows="together", names=names) if t.position.done:
            t.emit(e.Reveal(step=key, names=names))
        case WriteStep(shows="oneself") if t.position.done:
            t.emit(e.OfferTools(step=key))
        case _:
            pass


def enter_after(
    t: Transition, index: int, *, opened: tuple[str, ...], by: str | None = None
) -> None:
    """Enter the first step after `index` that has something to do; close if there is none."""
    if t.session.interrupted is not None:
        _go_on_with_check(t, index)
        return
    step, seat = _next_step(t, index, opened), 0
    rotating = t.method.rotating()
    if index in rotating or step in rotating:
        seat = t.session.position.seat if t.session.position is not None else 0
        if index not in rotating or step not in rotating:
            step, seat, opened = _next_seat(t, seat, opened)
    if step is None:
        close(t, Ending.FINISHED)
        return
    open_step(t, step, opened=opened, seat=seat, by=by)


def open_step(
    t: Transition, step: int, *, opened: tuple[str, ...], seat: int, by: str | None = None
) -> None:
    """Enter a step at its beginning, and ask what it asks."""
    t.enter(Position(step=step, opened=opened, seat=seat, until=t.now))
    t.move(queue=_opening_queue(t))
    hand_over(t)
    t.emit(e.Open(step=step, who=floor(t.session), by=by))
    match t.step:
        case TrayStep() if t.session.laid:
            t.emit(e.OfferTray())
        case DiscussStep(collects=ContributionKind.AGREEMENT):
            t.emit(e.OfferAgreements())
        case ReflectStep():
            t.update(looked_back=True)
        case SortStep(of=of) if of in opened:
            t.emit(e.OfferSort(step=key_of(t.session, t.method.step(of))))
        case RespondStep() if step == CHOICE:
            t.emit(e.OfferDirections(to=t.session.presenter))
        case _:
            pass
    start_clock(t)


def _go_on_with_check(t: Transition, index: int) -> None:
    """Go on after a step of a process check: the bringer's choice, or what was interrupted."""
    if index == PROCESS_CHECK:
        open_step(t, CHOICE, opened=t.position.opened, seat=t.position.seat)
    else:
        return_to_method(t)


def return_to_method(t: Transition) -> None:
    """Go on where a process check interrupted the method, with those who are still there."""
    left = t.session.interrupted
    assert left is not None
    queue = tuple(p for p in left.queue if p in t.session.participants)
    waiting = (left.question or left.aside) if queue[:1] == left.queue[:1] else None
    question, aside = (None, waiting) if t.live else (waiting, None)
    t.enter(left.model_copy(update={"queue": queue, "question": question, "aside": aside}))
    t.update(interrupted=None, before=None)
    here = floor(t.session)
    t.emit(e.Say(key="check_over" if here is None else "check_over_turn", who=here))
    if isinstance(t.step, RoundStep) and not queue:
        give_floor(t, ())  # who had the floor left during the check
    else:
        start_clock(t)
        advance_if_complete(t)


def _next_step(
    t: Transition, index: int, opened: tuple[str, ...], presenter: str | None = None
) -> int | None:
    """Return the index of the first step after `index` that is not needless; None for the end.

    `presenter` is who will be in the bringer's place; who is there now by default.
    """
    presenter = presenter or t.session.presenter
    coming = t.method.after(index, opened)
    return next((at for at in coming if not _is_needless(t, at, opened, presenter)), None)


def _next_seat(
    t: Transition, seat: int, opened: tuple[str, ...]
) -> tuple[int | None, int, tuple[str, ...]]:
    """Put the next person into the bringer's place.

    Returns the step to begin with (None for the end), the seat, and the steps of which
    something came. After the last person that is the step after the rotating ones, and seat 0.
    """
    rotating = t.method.rotating()
    past = _next_step(t, rotating[-1], opened, t.session.bringer)
    while True:
        sat = t.session.sat[:seat]
        order = (t.session.bringer, *t.session.participants)
        sitter = next((p for p in order if p not in sat), None)
        if sitter is None:
            return past, 0, opened
        seat = len(sat) + 1
        opened = tuple(o for o in opened if not t.method.step(o).rotates)
        t.update(sat=(*sat, sitter), laid=0)
        step = _next_step(t, rotating[0] - 1, opened, sitter)
        if step in rotating:
            return step, seat, opened


def replace_presenter(t: Transition) -> None:
    """Go on with the next person, because the one in the bringer's place has left."""
    left = t.session.interrupted or t.position
    t.update(before=None, interrupted=None)
    enter_after(t, t.method.rotating()[-1], opened=left.opened)


def _is_needless(t: Transition, index: int, opened: tuple[str, ...], presenter: str) -> bool:
    """Check whether a step has nothing to do: no advice is wanted, or nothing lies there.

    What the bringer wants of advice is theirs: others in the bringer's place are asked.
    """
    shut = t.session.shut and presenter == t.session.bringer
    shut = shut and t.method.advises(index)
    match t.method.steps[index]:
        case GateStep() | WriteStep(shows="tray"):
            return shut
        case TrayStep():
            return shut if t.live else t.session.laid == 0
        case SortStep(of=of):
            return of not in opened
        case _:
            return False


def _opening_queue(t: Transition) -> tuple[str, ...]:
    """Return who has the floor in turn when a step begins; nobody where all act at once."""
    match t.step:
        case RoundStep():
            return _line_up(t)
        case PresentStep() | RespondStep() | GateStep() | TrayStep() | SortStep():
            return (t.session.presenter,)
        case WriteStep() | DiscussStep() | VoteStep() | SilenceStep() | ReflectStep():
            return ()
        case _:
            assert_never(t.step)


def close(t: Transition, how: Ending) -> None:
    """End the session; what was written is shown, and forgotten after the group's time."""
    begun = t.session.position is not None
    if begun:
        _reveal_written(t)
        if isinstance(t.step, VoteStep) and t.position.votes and not t.position.tied:
            t.emit(_tally(t, t.step))
    t.update(phase=Phase.CLOSED, ending=how, before=None)
    if not begun and how in RESUMABLE:
        t.emit(e.Say(key=f"lobby_{how}" if t.method.kinds else f"lobby_{how}_group"))
    else:
        t.emit(e.Say(key=f"closed_{how}"))
    if begun:
        forget = t.now + t.session.pace.keep
        t.emit(*_harvests(t), e.ReturnHunches(), e.SetTimer(name="forget", due=forget))
    t.emit(
        e.Board(),
        e.CancelTimer(name="turn"),
        e.CancelTimer(name="idle"),
        e.Ended(how=how, requeue=not begun),
    )


def _harvests(t: Transition) -> tuple[e.SendHarvest, ...]:
    """Return a harvest for each person who was in the bringer's place.

    A session about the group itself has none.
    """
    if not t.method.kinds:
        return ()
    if not t.method.rotating():
        return (e.SendHarvest(to=t.session.bringer),)
    return tuple(
        e.SendHarvest(to=who, seat=seat)
        for seat, who in enumerate(t.session.sat, start=1)
        if who in t.session.participants
    )
