"""The deadline of a request: Slack waits three seconds for an answer, and for a form to open.

All calls of Slack during one request share that time.
"""

from collections.abc import Callable
from contextvars import ContextVar
from time import monotonic

from slack_bolt import BoltResponse

ANSWER_SECONDS = 2.6
"""The time from a request's arrival to our answer; the rest of the three seconds is the way."""

LEAST_SECONDS = 0.05
"""The timeout of a call for which no time is left: it fails at once."""

_deadline: ContextVar[float | None] = ContextVar("deadline", default=None)


def starting(
    answer_seconds: float = ANSWER_SECONDS,
) -> Callable[[Callable[[], BoltResponse]], BoltResponse]:
    """Return a middleware of Bolt that sets the deadline of a request that arrives."""

    def started(next: Callable[[], BoltResponse]) -> BoltResponse:  # noqa: A002 - Bolt's
        _deadline.set(monotonic() + answer_seconds)
        return next()

    return started


def seconds_left() -> float:
    """Return the time that calls of Slack may still take during this request."""
    deadline = _deadline.get()
    return ANSWER_SECONDS if deadline is None else max(deadline - monotonic(), LEAST_SECONDS)
