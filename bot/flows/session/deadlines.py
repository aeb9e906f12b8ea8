"""What happens when time runs out, and how people ask for more of it.

The first deadline of a turn or step brings a kind word, the second moves the session along.
"""

from bot.errors import Refusal
from bot.flows.method import DiscussStep, RoundStep, SilenceStep
from bot.flows.session import effects as e
from bot.flows.session.pace import (
    EXTENSION,
    GRACE_PERIOD,
    MINUTE,
    WARN_BEFORE,
    deadline,
    next_minute,
)
from bot.flows.session.state import awaited, floor, speakers
from bot.flows.session.steps import advance, pass_floor_on, send_to_end
from bot.flows.session.transition import Transition, start_clock, time_box, turn_length
from bot.flows.types import Mode, Phase


def time_up(t: Transition) -> None:
    """Say kindly that time is up; the second time, move on."""
    if isinstance(t.step, SilenceStep):
        _keep_silence(t)
    elif t.live:
        _tick(t)
    elif t.position.until <= t.now:
        if t.position.nudged:
            _move_along(t)
        else:
            _nudge(t)


def _keep_silence(t: Transition) -> None:
    """Count a silence down by a minute, and go on when it is over."""
    until = t.position.until
    if until > t.now:
        t.emit(e.Board(), e.SetTimer(name="turn", due=next_minute(t.now, until)))
    else:
        advance(t)


def _tick(t: Transition) -> None:
    """Count a spoken step down by a minute, with a word before its end and at it."""
    until = t.position.until
    if until > t.now:
        if until - t.now <= WARN_BEFORE < time_box(t) / 2 and not t.position.warned:
            t.move(warned=True)
            t.emit(e.Say(key="two_minutes"))
        t.emit(e.Board(), e.SetTimer(name="turn", due=next_minute(t.now, until)))
    elif t.position.nudged:
        advance(t, undoable=True)
    else:
        until = t.now + GRACE_PERIOD
        t.move(until=until, nudged=True)
        t.emit(e.Say(key="time_up"), e.Board(), e.SetTimer(name="turn", due=until))


def _nudge(t: Transition) -> None:
    """Remind those who are awaited in writing, and give them half the time again."""
    until = deadline(t.now, turn_length(t) / 2, t.session.pace)
    t.move(until=until, nudged=True)
    here = floor(t.session)
    if here is not None:
        key = "nudge_answer" if t.position.question else "nudge_turn"
        t.emit(e.Say(key=key, who=here, until=until))
    elif isinstance(t.step, DiscussStep):
        t.emit(e.Say(key="nudge_discuss", until=until))
    elif t.position.tied:
        t.emit(e.Say(key="nudge_turn", who=t.session.presenter, until=until))
    else:
        total = len(speakers(t.session, t.step))
        count = total - len(awaited(t.session, t.method))
        t.emit(e.Say(key="nudge_forms", count=count, total=total, until=until))
    t.emit(e.Board(), e.SetTimer(name="turn", due=until))


def _move_along(t: Transition) -> None:
    """Go on without those who were awaited in writing; a first silence in a round costs no turn."""
    position = t.position
    if not isinstance(t.step, RoundStep):
        advance(t)
    elif (
        position.question is None
        and len(position.queue) > 1
        and position.queue[0] not in position.had
    ):
        send_to_end(t)
    else:
        pass_floor_on(t)


def give_more_time(t: Transition, by: str) -> None:
    """Extend a spoken step by some minutes, from now or from its end."""
    t.require_running(by)
    if not t.live:
        raise Refusal("not_live")
    begun = t.now if t.position.nudged else max(t.now, t.position.until)
    t.move(until=begun + EXTENSION, nudged=False, warned=False)
    due = next_minute(t.now, t.position.until)
    more = EXTENSION // MINUTE
    t.emit(e.Say(key="more_time", who=by, count=more), e.Board())
    t.emit(e.SetTimer(name="turn", due=due))


def go_live(t: Transition, by: str, minutes: int | None) -> None:
    """Go on spoken; `minutes` for the whole session, None for what it had."""
    t.require_open(by)
    if t.live and minutes is None:
        raise Refusal("live_already")
    t.update(mode=Mode.LIVE, minutes=minutes or t.session.minutes)
    _restart_clock(t, "live", by)


def go_async(t: Transition, by: str) -> None:
    """Go on in writing."""
    t.require_open(by)
    if not t.live:
        raise Refusal("not_live")
    t.update(mode=Mode.ASYNC)
    _restart_clock(t, "async", by)


def _restart_clock(t: Transition, key: str, by: str) -> None:
    """Start the time of the step anew after a change of mode, if a step is under way."""
    if t.session.phase is Phase.LOBBY:
        t.emit(e.Board())
        return
    t.emit(e.Say(key=key, who=by))
    waiting = t.position.question or t.position.aside
    question, aside = (None, waiting) if t.live else (waiting, None)
    t.move(left=None, question=question, aside=aside)
    if t.session.phase is Phase.RUNNING:
        start_clock(t)
    else:
        t.emit(e.Board())
