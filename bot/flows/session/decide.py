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
 8. Advice, ideas and musings lie in the tray, or come once the bringer opened a gate; for a
    bringer who wants none, which they can say until then, nobody is asked for any.
 9. A session ends: when all is done, when someone stops it, or when it was forgotten.
10. Whoever joins late comes in at the end; whoever leaves holds up nobody.
11. Spoken, nothing needs to be written: a button says "done", and the clock asks first.
12. Whoever leads a session can be relieved, and everyone hears it.
13. A press that was about something that has changed since does nothing, and says so.
14. Nobody is there who did not say so: a session that somebody else opened on a bringer's case
    awaits that bringer, and begins once they press or write something.
15. A silence lasts its time, unless who leads the session ends it; what is written in it is kept.
16. A vote counts once, by who takes part when it closes, and shows nobody's choice.

The state is structure alone: who, which step, whose turn. It holds no text, and of what was
asked only the last days: the last turn of a long session costs about what the first did.

`decide(session, command, method=…, now=…)` gives the new session and the effects, in
order, or raises `Refusal`. It reads no clock and makes no ids.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple, assert_never

from bot.errors import Refusal
from bot.flows.method import DiscussStep, Method, RoundStep, SilenceStep, Step
from bot.flows.session import effects as e
from bot.flows.session.commands import (
    Amend,
    AskProcessCheck,
    Back,
    Begin,
    Choose,
    Command,
    Contribute,
    Done,
    Facilitate,
    GoAsync,
    GoLive,
    Halt,
    HandBack,
    Join,
    Later,
    Leave,
    MarkOpened,
    MoreTime,
    Next,
    Pass,
    Pause,
    Pick,
    Reflect,
    Reply,
    Resume,
    Sort,
    Stop,
    TakeDirection,
    TimeUp,
    UseMethod,
    Vote,
    WishTips,
    Withdraw,
)
from bot.flows.session.contributions import (
    choose,
    contribute,
    finish,
    mark_opened,
    pass_turn,
    pick,
    postpone_turn,
    reflect,
    reply,
    sort,
    vote,
    wish_tips,
    withdraw,
)
from bot.flows.session.deadlines import give_more_time, go_async, go_live, time_up
from bot.flows.session.facilitation import (
    confirm_facilitator,
    facilitate,
    hand_back,
    release_facilitator,
)
from bot.flows.session.pace import MINUTE, minutes_left
from bot.flows.session.parts import with_parts
from bot.flows.session.practice import begin_practice, hand_over
from bot.flows.session.process_check import ask_process_check, take_direction
from bot.flows.session.seen import require_current, with_version
from bot.flows.session.state import (
    MIN_PARTICIPANTS,
    RESUMABLE,
    Position,
    Session,
    speakers,
    step_at,
)
from bot.flows.session.steps import (
    advance,
    advance_if_complete,
    close,
    enter_after,
    give_floor,
    pass_floor_on,
    replace_presenter,
)
from bot.flows.session.transition import Transition, start_clock
from bot.flows.session.turns import with_entered
from bot.flows.types import Ending, Phase


class Decision(NamedTuple):
    """What a command leads to."""

    session: Session
    effects: tuple[e.Effect, ...]


def decide(
    session: Session,
    command: Command,
    *,
    method: Method,
    now: datetime,
    at: datetime | None = None,
) -> Decision:
    """Return the session after `command`, and the effects that follow, in order.

    `method` is the session's own; for `UseMethod` the one that was chosen. `at` is when Slack
    says that the command was given, which may be a while ago; None where Slack does not say.
    Raises `Refusal` when the command cannot be done; the session is then as it was.
    """
    require_current(session, command)
    t = Transition(session, method, now, at)
    comes = session.awaits_bringer and getattr(command, "by", None) == session.bringer
    if comes:
        t.update(awaits_bringer=False)
    match command:
        case TimeUp():
            _time_up(t, command)
        case Join() if comes:
            t.require_open(session.bringer)
        case Join(by=by):
            _join(t, by)
        case Leave(by=by, for_good=True) if session.phase is Phase.CLOSED:
            _leave_ended(t, by)
        case Leave(by=by):
            _leave(t, by)
        case Begin(by=by):
            _begin(t, by)
        case UseMethod():
            _use_method(t, command)
        case Contribute():
            contribute(t, command)
        case Reply():
            reply(t, command)
        case Amend():
            t.emit(
                e.Reword(by=command.by, ref=command.ref, text=command.text, edited=command.edited)
            )
        case Withdraw():
            withdraw(t, command)
        case Pass(by=by):
            pass_turn(t, by)
        case Later(by=by):
            postpone_turn(t, by)
        case Done(by=by):
            finish(t, by)
        case Next(by=by):
            _next(t, by)
        case Back(by=by):
            _back(t, by)
        case GoLive(by=by, minutes=minutes):
            go_live(t, by, minutes)
        case GoAsync(by=by):
            go_async(t, by)
        case MoreTime(by=by):
            give_more_time(t, by)
        case Facilitate(by=by):
            facilitate(t, by)
        case HandBack(by=by):
            hand_back(t, by)
        case Pause(by=by):
            _pause(t, by)
        case Halt():
            _halt(t)
        case Resume(by=by):
            _resume(t, by)
        case Stop(by=by):
            _stop(t, by)
        case AskProcessCheck():
            ask_process_check(t, command)
        case TakeDirection():
            take_direction(t, command)
        case Choose():
            choose(t, command)
        case WishTips():
            wish_tips(t, command)
        case Pick():
            pick(t, command)
        case MarkOpened():
            mark_opened(t, command)
        case Sort():
            sort(t, command)
        case Vote():
            vote(t, command)
        case Reflect():
            reflect(t, command)
        case _:
            assert_never(command)
    if not isinstance(command, TimeUp) and t.session.phase is not Phase.CLOSED:
        t.emit(e.SetTimer(name="idle", due=t.now + t.session.pace.idle))
    asked = with_entered(with_parts(session, t.session, now), method, at)
    after = with_version(session, asked, command)
    if (comes or after.changed != session.changed) and e.Board() not in t.effects:
        t.emit(e.Board())
    return Decision(after, tuple(_dating(after, session, t.effects)))


def _dating(after: Session, before: Session, effects: list[e.Effect]) -> Iterator[e.Effect]:
    """Yield effects; the first post tells when a turn began of which Slack does not say so."""
    last = after.entered[-1] if after.entered else None
    unknown = last is not None and not last.exact and after.entered != before.entered
    for effect in effects:
        if unknown and last is not None and isinstance(effect, e.Say | e.Open):
            unknown = False
            yield effect.model_copy(update={"begins": last.number})
        else:
            yield effect


def _join(t: Transition, by: str) -> None:
    """Take part. Who joins after the beginning comes at the end of the queue."""
    if t.session.phase is Phase.CLOSED:
        raise Refusal("ended")
    if by in t.session.participants:
        raise Refusal("already_in")
    most = min(t.session.pace.capacity, t.method.most)
    if len(t.session.participants) >= most:
        raise Refusal("full", most=most)
    t.update(participants=(*t.session.participants, by))
    if by == t.session.facilitator:
        t.emit(e.Crib(to=by))
    if t.session.phase is not Phase.LOBBY:
        if t.position.queue and by in speakers(t.session, t.step):
            t.move(queue=_insert(t.position.queue, by, t.position.had))
        waits = t.session.interrupted
        if waits is not None and waits.queue and by in speakers(t.session, _waiting(t, waits)):
            queue = _insert(waits.queue, by, waits.had)
            t.update(interrupted=waits.model_copy(update={"queue": queue}))
        t.emit(e.Say(key="joined_late", who=by))
    t.emit(e.Board())


def _waiting(t: Transition, waits: Position) -> Step:
    """Return the step that waits during a process check."""
    return step_at(t.session, t.method, waits.step)


def _leave(t: Transition, by: str) -> None:
    """Leave. The session goes on without, or closes if the bringer leaves or too few stay."""
    t.require_member(by)
    if t.session.phase is Phase.CLOSED:
        raise Refusal("ended")
    t.update(participants=tuple(p for p in t.session.participants if p != by))
    if by == t.session.bringer and t.method.kinds:
        close(t, Ending.BRINGER_LEFT)
        return
    if t.session.phase is Phase.LOBBY:
        release_facilitator(t, by)
        t.emit(e.Board())
        return
    had_floor = bool(t.position.queue) and t.position.queue[0] == by
    t.emit(e.Say(key="left", who=by))
    release_facilitator(t, by)
    if len(t.session.participants) < MIN_PARTICIPANTS - 1:
        close(t, Ending.TOO_FEW)
    elif t.session.phase is Phase.PAUSED:
        _leave_queue(t, by)
        t.emit(e.Board())
    elif t.position.seat and by == t.session.presenter:
        replace_presenter(t)
    elif had_floor:
        pass_floor_on(t)
    else:
        t.move(queue=tuple(p for p in t.position.queue if p != by))
        t.emit(e.Board())
        advance_if_complete(t)


def _leave_ended(t: Transition, by: str) -> None:
    """Leave a session that ended, which others may take up again: not with a bringer who left."""
    t.require_member(by)
    t.update(participants=tuple(p for p in t.session.participants if p != by))
    if by == t.session.bringer and t.method.kinds:
        t.update(ending=Ending.BRINGER_LEFT)
    if by == t.session.facilitator:
        t.update(facilitator=None)
    if t.session.position is not None:
        _leave_queue(t, by)
    t.emit(e.Board())


def _leave_queue(t: Transition, by: str) -> None:
    """Take a person out of the queue while nobody is asked anything."""
    had_floor = t.position.queue[:1] == (by,)
    kept = None if had_floor else t.position.question
    t.move(queue=tuple(p for p in t.position.queue if p != by), question=kept)


def _begin(t: Transition, by: str) -> None:
    """Begin the first step, if there are enough people for the method."""
    t.require_member(by)
    if t.session.phase is not Phase.LOBBY:
        raise Refusal("begun_already")
    if t.session.awaits_bringer:
        raise Refusal("bringer_awaited")
    here = len(t.session.participants)
    if here < MIN_PARTICIPANTS:
        raise Refusal("too_few", count=MIN_PARTICIPANTS - here)
    if here < t.method.least:
        least = t.method.least
        raise Refusal("too_few_for_method", count=least - here, least=least)
    t.update(phase=Phase.RUNNING)
    begin_practice(t)
    confirm_facilitator(t)
    enter_after(t, -1, opened=())


def _use_method(t: Transition, command: UseMethod) -> None:
    """Choose another method in the lobby."""
    t.require_member(command.by)
    if t.session.phase is not Phase.LOBBY:
        raise Refusal("begun_already")
    if len(t.session.participants) > t.method.most:
        raise Refusal("too_many", most=t.method.most)
    t.update(method=t.method.id, own=command.own)
    t.emit(e.Board())


def _next(t: Transition, by: str) -> None:
    """Go on to the next step."""
    if t.session.phase is Phase.LOBBY:
        _begin(t, by)
        return
    t.require_running(by)
    if isinstance(t.step, SilenceStep) and t.position.until > t.now and by != t.session.facilitator:
        raise Refusal("silence_held", minutes=minutes_left(t.now, t.position.until))
    talking = isinstance(t.step, DiscussStep)  # which ends in no other way: nobody pushed on
    advance(t, undoable=True, by=None if talking else by)


def _back(t: Transition, by: str) -> None:
    """Undo the last step forward."""
    t.require_running(by)
    if t.session.before is None:
        raise Refusal("nothing_to_undo")
    position = t.session.before
    here = tuple(p for p in position.queue if p in t.session.participants)
    before = t.session.model_copy(update={"position": position})
    if (position.queue and not here) or before.seat_is_empty:
        raise Refusal("nothing_to_undo")
    kept = position.question if here[:1] == position.queue[:1] else None
    t.enter(position)
    t.update(before=None)
    t.emit(e.Say(key="back", who=by))
    hand_over(t)
    start_clock(t, queue=here, question=kept)


def _pause(t: Transition, by: str) -> None:
    """Stop the clock."""
    t.require_running(by)
    t.emit(e.Say(key="paused", who=by))
    _stop_clock(t)


def _halt(t: Transition) -> None:
    """Stop the clock of a session under way, whoever takes part."""
    if t.session.phase is Phase.RUNNING:
        t.emit(e.Say(key="halted"))
        _stop_clock(t)


def _stop_clock(t: Transition) -> None:
    t.update(phase=Phase.PAUSED)
    if t.timed:
        t.move(left=max(t.position.until - t.now, MINUTE))
    t.emit(e.Board(), e.CancelTimer(name="turn"))


def _resume(t: Transition, by: str) -> None:
    """Go on after a pause, or after a session was stopped or forgotten."""
    t.require_member(by)
    match t.session.phase:
        case Phase.RUNNING | Phase.LOBBY:
            raise Refusal("not_paused")
        case Phase.CLOSED if t.session.position is None or t.session.ending not in RESUMABLE:
            raise Refusal("ended")
        case Phase.CLOSED if len(t.session.participants) < MIN_PARTICIPANTS - 1:
            raise Refusal("too_few_left")
        case Phase.CLOSED:
            t.emit(e.CancelTimer(name="forget"))
    t.update(phase=Phase.RUNNING, ending=None)
    t.emit(e.Say(key="resumed", who=by))
    if t.session.seat_is_empty:
        replace_presenter(t)  # they left during the pause
    elif isinstance(t.step, RoundStep) and not t.position.queue:
        give_floor(t, ())  # the last one in the round left during the pause
    else:
        start_clock(t)
        advance_if_complete(t)


def _stop(t: Transition, by: str) -> None:
    """End the session early."""
    t.require_member(by)
    if t.session.phase is Phase.CLOSED:
        raise Refusal("ended")
    close(t, Ending.STOPPED)


def _time_up(t: Transition, command: TimeUp) -> None:
    """Close a session that nobody used, or let a turn or step run out."""
    if t.session.phase is Phase.CLOSED:
        return
    if command.timer == "idle":
        close(t, Ending.FORGOTTEN)
    elif t.session.phase is Phase.RUNNING:
        time_up(t)


def _insert(queue: tuple[str, ...], late: str, had: tuple[str, ...]) -> tuple[str, ...]:
    """Return the queue with a latecomer at the end, before those who had the floor already."""
    at = next((i for i, who in enumerate(queue) if i and who in had), len(queue))
    return (*queue[:at], late, *queue[at:])
