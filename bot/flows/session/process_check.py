"""A process check: the group pauses to say how it is doing, and the bringer chooses how to go on.

1. Anyone may ask for one in a session about a case, up to `MOST_CHECKS` times and one at a time;
   not in a silence, nor once the group looks back.
2. The bringer is parked while the others say what they think; then the bringer alone chooses.
3. What was under way waits meanwhile, and goes on afterwards where it was. A bringer who does not
   choose holds up nothing.
"""

from bot.errors import Refusal
from bot.flows.method import SilenceStep
from bot.flows.session import effects as e
from bot.flows.session.commands import AskProcessCheck, TakeDirection
from bot.flows.session.pace import MINUTE, minutes_left
from bot.flows.session.state import CHOICE, DIRECTIONS, MOST_CHECKS, PROCESS_CHECK, may_check
from bot.flows.session.steps import open_step, return_to_method
from bot.flows.session.transition import Transition


def ask_process_check(t: Transition, command: AskProcessCheck) -> None:
    """Begin a process check: what is under way waits."""
    t.require_running(command.by)
    if not may_check(t.session, t.method, t.step):
        raise _why_not(t)
    left = t.position
    if t.live:
        left = left.model_copy(update={"left": max(left.until - t.now, MINUTE)})
    t.update(interrupted=left, checks=t.session.checks + 1, before=None)
    t.update(check_steps=t.session.check_steps or command.steps)
    t.emit(e.Say(key="check_asked", who=command.by))
    open_step(t, PROCESS_CHECK, opened=left.opened, seat=left.seat)


def _why_not(t: Transition) -> Refusal:
    if isinstance(t.step, SilenceStep):
        return Refusal("silence_held", minutes=minutes_left(t.now, t.position.until))
    if t.session.interrupted is not None:
        return Refusal("check_now")
    if t.session.checks >= MOST_CHECKS:
        return Refusal("check_often", most=MOST_CHECKS)
    return Refusal("check_late" if t.method.kinds else "check_no_case")


def take_direction(t: Transition, command: TakeDirection) -> None:
    """Go on as the bringer chose: with a step, or where the method was."""
    t.require_running(command.by)
    if t.position.step != CHOICE:
        raise Refusal("check_past")
    if command.by != t.session.presenter:
        raise Refusal("bringer_only")
    step = DIRECTIONS[command.direction]
    if step is None:
        return_to_method(t)
    else:
        open_step(t, step, opened=t.position.opened, seat=t.position.seat)
