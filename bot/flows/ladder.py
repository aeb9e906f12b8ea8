"""The ladder to leading: watch one thing, lead one step, lead half, lead a whole session.

1. Nobody climbs unasked, and nobody is asked twice about a rung they declined.
2. What one practises is a whole step or several; no step is led by two.
3. Who waited longest chooses first. Where nothing is left for somebody, their rung waits.
4. The bringer of the case does not practise, and nobody does where a member leads already,
   but for watching.
"""

from collections.abc import Iterable, Iterator

from bot.flows.method import DiscussStep, Method, RoundStep
from bot.flows.types import Frozen, Rung


class Practice(Frozen):
    """What somebody practises in a session: the ids of the `steps` they lead; none to watch.

    `led`: a step was handed over to them.
    """

    who: str
    rung: Rung
    steps: tuple[str, ...] = ()
    led: bool = False

    @property
    def done(self) -> bool:
        """Whether they did it, once the session is over."""
        return self.led or self.rung is Rung.WATCH


def rung_after(rung: Rung) -> Rung | None:
    """Return the next rung; None after the last."""
    rungs = tuple(Rung)
    at = rungs.index(rung) + 1
    return rungs[at] if at < len(rungs) else None


def share_out(wanted: Iterable[Practice], method: Method, *, led: bool) -> tuple[Practice, ...]:
    """Return what each of the `wanted` practises; `led`: a member leads the session already."""
    given: list[Practice] = []
    taken: set[str] = set()
    for each in wanted:
        if each.rung is Rung.WATCH:
            given.append(each)
            continue
        ranges = () if led else _ranges(each.rung, method)
        free = next((steps for steps in ranges if not taken & set(steps)), None)
        if free is not None:
            taken |= set(free)
            given.append(each.model_copy(update={"steps": free}))
    return tuple(given)


def _ranges(rung: Rung, method: Method) -> Iterator[tuple[str, ...]]:
    """List the runs of steps that can be led on a rung, the most fitting first.

    Where everyone sits in the bringer's place in turn, nobody can lead all of a run.
    """
    ids = tuple(step.id for step in method.steps)
    half = len(ids) // 2
    if method.rotating():
        return
    match rung:
        case Rung.STEP:
            fit = [step for step in method.steps if isinstance(step, RoundStep | DiscussStep)]
            fit.sort(key=lambda step: not getattr(step, "answers", False))
            yield from ((step.id,) for step in fit)
        case Rung.HALF:
            yield from (ids[:half], ids[half:])
        case Rung.WHOLE:
            yield ids
        case Rung.WATCH:
            pass
