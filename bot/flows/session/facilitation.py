"""Who leads a session: the bot, or a member whom the bot supports."""

from bot.errors import Refusal
from bot.flows.session import effects as e
from bot.flows.session.practice import end_practice
from bot.flows.session.transition import Transition
from bot.flows.types import Guidance


def facilitate(t: Transition, by: str) -> None:
    """Make a member the facilitator, relieving the one there is. Not the bringer."""
    t.require_open(by)
    if by == t.session.bringer and t.method.kinds:
        raise Refusal("bringer_leads")
    before = t.session.facilitator
    if by == before:
        raise Refusal("leads_already")
    end_practice(t, before)
    end_practice(t, by)
    t.update(facilitator=by)
    if before in t.session.participants:
        t.emit(e.Say(key="relieves", who=by, other=before), e.Crib(to=before, over=True))
    else:
        t.emit(e.Say(key="leads", who=by))
    t.emit(e.Crib(to=by), e.Board())


def hand_back(t: Transition, by: str) -> None:
    """Make the bot the facilitator again."""
    t.require_open(by)
    if by != t.session.facilitator:
        raise Refusal("leads_not")
    end_practice(t, by)
    t.update(facilitator=None)
    t.emit(e.Say(key="handed_back", who=by), e.Crib(to=by, over=True), e.Board())


def release_facilitator(t: Transition, by: str) -> None:
    """Make the bot the facilitator again if the member who leaves was."""
    end_practice(t, by)
    if by == t.session.facilitator:
        t.update(facilitator=None)
        t.emit(e.Say(key="leader_left", who=by), e.Crib(to=by, over=True))


def confirm_facilitator(t: Transition) -> None:
    """Check at the beginning who facilitates: the bot, if the facilitator has not come.

    A supported group without a facilitator is told that one of them might.
    """
    led = t.session.facilitator
    if led is not None and led not in t.session.participants:
        t.update(facilitator=None)
        t.emit(e.Say(key="leader_absent", who=led))
    elif led is None and t.session.guidance is Guidance.SUPPORTED and not _is_shared(t):
        t.emit(e.Say(key="who_leads"))


def _is_shared(t: Transition) -> bool:
    """Check whether somebody is going to practise leading."""
    return any(practice.steps for practice in t.session.practice)
