"""When a session asked what of whom: what comes late counts for the turn in which it was written.

Only Slack's timestamps are compared, never with our clock: either may be wrong. Where Slack does
not say when something began, the post that announced it does.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from bot.flows.method import Method, RoundStep
from bot.flows.session.state import Entered, Session, step_at
from bot.flows.types import Phase

NO_TIME = datetime.min.replace(tzinfo=UTC)

LATEST = timedelta(days=3)
"""How late a message can come and still count: as long as the inbox knows what was received."""


def with_entered(session: Session, method: Method, at: datetime | None) -> Session:
    """Return a session after a command that was given `at`, with what it asks from then on."""
    position, earlier = session.position, session.entered
    if position is None:
        return session
    in_round = isinstance(step_at(session, method, position.step), RoundStep)
    last = earlier[-1] if earlier else None
    entered = Entered(
        step=position.step,
        seat=position.seat,
        at=max(last.at if last else NO_TIME, at or NO_TIME),
        number=last.number + 1 if last else 1,
        round=position.round,
        floor=position.queue[0] if in_round and position.queue else None,
        question=position.question,
        open=session.phase is Phase.RUNNING,
        exact=at is not None,
    )
    if last is not None and _asks(last) == _asks(entered):
        return session
    # What began before the oldest message that may still come is of no use any more.
    over = sum(later.at < entered.at - LATEST for later in earlier[1:]) if entered.exact else 0
    return session.model_copy(update={"entered": (*earlier[over:], entered)})


def _asks(entered: Entered) -> tuple[object, ...]:
    return entered.step, entered.seat, entered.round, entered.floor, entered.question, entered.open


def with_posts(session: Session, posts: Mapping[int, datetime]) -> Session:
    """Return a session that knows when turns began, from the times of the posts about them.

    `posts` has these times by Slack's clock, by the number of the turn.
    """
    dated: list[Entered] = []
    for entered, later in zip(session.entered, (*session.entered[1:], None), strict=True):
        posted = posts.get(entered.number)
        if entered.exact or posted is None:
            dated.append(entered)
            continue
        earliest = dated[-1].at if dated else NO_TIME
        latest = later.at if later is not None and later.exact else posted
        at = max(earliest, min(posted, latest))
        dated.append(entered.model_copy(update={"at": at, "exact": True}))
    return session.model_copy(update={"entered": tuple(dated)})


def late_for(session: Session, at: datetime | None) -> tuple[bool, Entered | None]:
    """Check whether something that was written `at` is late; return what was asked then, if so.

    None is from before the session began.
    """
    if at is None or not session.entered or at >= session.entered[-1].at:
        return False, None
    return True, next((each for each in reversed(session.entered) if each.at <= at), None)
