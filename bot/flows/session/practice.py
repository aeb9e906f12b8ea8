"""Handing steps over to members who learn to lead, and taking them back."""

from bot.flows.ladder import share_out
from bot.flows.session import effects as e
from bot.flows.session.transition import Transition


def begin_practice(t: Transition) -> None:
    """Share out, as the session begins, what those who learn to lead practise in it."""
    here = set(t.session.participants) - {t.session.bringer}
    wanted = tuple(each for each in t.session.practice if each.who in here)
    led = t.session.facilitator in t.session.participants
    given = share_out(wanted, t.method, led=led) if t.method.kinds else ()
    t.update(practice=given)
    practising = {each.who for each in given}
    t.emit(*(e.Practise(to=each.who, rung=each.rung, steps=each.steps) for each in given))
    waiting = (each for each in wanted if each.who not in practising)
    t.emit(*(e.Practise(to=each.who, rung=each.rung, waits=True) for each in waiting))


def hand_over(t: Transition) -> None:
    """Take over from who practised leading, and hand over to whose step it is."""
    if t.session.interrupted is not None:
        return  # who leads goes on leading during a process check
    led, step = t.session.facilitator, t.step.id
    own = next((p.steps for p in t.session.practice if p.who == led and p.led), None)
    if led is not None and own is not None and step not in own:
        t.update(facilitator=None)
        t.emit(e.Say(key="practice_over", who=led), e.Crib(to=led, over=True))
    due = next((p for p in t.session.practice if step in p.steps), None)
    if due is not None and t.session.facilitator is None:
        leads = due.model_copy(update={"led": True})
        others = tuple(p for p in t.session.practice if p != due)
        t.update(facilitator=due.who, practice=(*others, leads))
        t.emit(e.Say(key="practice_leads", who=due.who), e.Crib(to=due.who))


def end_practice(t: Transition, who: str | None) -> None:
    """End what somebody practises in this session: they left, were relieved or lead it all."""
    t.update(practice=tuple(p for p in t.session.practice if p.who != who))
