"""Who took part in a session, who led it, and whether its case was brought: by what happened.

1. A part is a stretch of time in which somebody was in the session, or led it, while it was
   under way: from its beginning until its end. The lobby is no part of it.
2. Whoever has a part took part, however late they came or early they left.
3. The case was brought once its bringer took part, unless they left before the last step.
4. Whoever led at the end, or for at least half of the time, led the session. That is known when
   it is over: until then somebody else may take over.
"""

from datetime import datetime, timedelta

from bot.flows.method import Method
from bot.flows.session.state import Part, Session
from bot.flows.types import Ending, Phase

UNDER_WAY = (Phase.RUNNING, Phase.PAUSED)

NO_TIME = timedelta()


def with_parts(before: Session, after: Session, now: datetime) -> Session:
    """Return the session `after` a command, with the parts that begin and end with it."""
    # What `before` says counts too: sessions of versions before 0.2.0 have no parts yet.
    parts = _kept(_kept(before.parts, _present(before), now), _present(after), now)
    return after if parts == after.parts else after.model_copy(update={"parts": parts})


def _present(session: Session) -> set[tuple[str, bool]]:
    """Return who is in a session that is under way, and who leads it (True)."""
    if session.phase not in UNDER_WAY:
        return set()
    found = {(who, False) for who in session.participants}
    if session.facilitator in session.participants:
        found.add((session.facilitator, True))
    return found


def _kept(
    parts: tuple[Part, ...], present: set[tuple[str, bool]], now: datetime
) -> tuple[Part, ...]:
    """Return the parts of these, begun or ended at `now` where they have to be."""
    kept = tuple(
        part.model_copy(update={"until": now})
        if part.until is None and (part.who, part.leads) not in present
        else part
        for part in parts
    )
    going_on = {(part.who, part.leads) for part in kept if part.until is None}
    new = sorted(present - going_on)
    return kept + tuple(Part(who=who, leads=leads, since=now) for who, leads in new)


def took_part(session: Session) -> tuple[str, ...]:
    """Return who took part in a session, in the order in which they came."""
    return tuple(dict.fromkeys(part.who for part in session.parts if not part.leads))


def who_led(session: Session) -> tuple[str, ...]:
    """Return the members who led a session that is over; nobody when the bot did."""
    moments = {at for part in session.parts for at in (part.since, part.until) if at is not None}
    if not moments or session.phase is not Phase.CLOSED:
        return ()
    first, last = min(moments), max(moments)
    led: dict[str, timedelta] = {}
    at_the_end = set()
    for part in session.parts:
        if part.leads:
            led[part.who] = led.get(part.who, NO_TIME) + ((part.until or last) - part.since)
            if part.until in (None, last):
                at_the_end.add(part.who)
    half = (last - first) / 2
    return tuple(who for who, time in led.items() if who in at_the_end or time >= half > NO_TIME)


def was_brought(session: Session, method: Method) -> bool:
    """Check whether the case of a session that goes through this method was brought."""
    if not method.kinds or session.position is None or session.bringer not in took_part(session):
        return False
    position = session.interrupted or session.position
    in_last_step = position.step >= len(method.steps) - 1
    return session.ending is not Ending.BRINGER_LEFT or in_last_step
