"""Metrics, for Prometheus. They count and time; they know no names and no content."""

from collections.abc import Callable, Iterable
from datetime import datetime

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Histogram, Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import generate_latest
from prometheus_client.registry import Collector
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from bot.ops.health import lags
from bot.store.tables import Lane, Outbound, OutboxState, Timer
from bot.store.unit import Store

REQUESTS = Histogram(
    "intervisie_request_seconds",
    "Time to answer what Slack sends; after three seconds it gives up.",
    ["status"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 3),
)
MESSAGES = Counter(
    "intervisie_messages",
    "What this process sent to Slack, by method and by what became of it.",
    ["method", "outcome"],
)
TIMERS = Counter("intervisie_timers", "What this process did that was due.", ["outcome"])


class Backlog(Collector):
    """What waits in the database, read when somebody asks. Nothing, while it is away."""

    def __init__(self, store: Store, now: Callable[[], datetime]) -> None:
        self._store = store
        self._now = now

    def collect(self) -> Iterable[Metric]:
        """Give lags and counts; they are the same whichever process is asked."""
        lag = GaugeMetricFamily(
            "intervisie_lag_seconds", "How long the longest wait is.", labels=["part"]
        )
        waiting = GaugeMetricFamily(
            "intervisie_waiting", "Timers that are due; conversations to speak in.", labels=["part"]
        )
        failed = GaugeMetricFamily(
            "intervisie_failed", "Messages of the last two weeks that Slack would never take."
        )
        now = self._now()
        try:
            with self._store.unit() as unit:
                for part, length in lags(unit, now)._asdict().items():
                    lag.add_metric([part], length.total_seconds())
                for part, at in (("clock", Timer.due_at), ("relay", Lane.next_at)):
                    count = unit.db.scalar(select(func.count()).where(at <= now))
                    waiting.add_metric([part], count or 0)
                lost = select(func.count()).where(Outbound.state == OutboxState.FAILED)
                failed.add_metric([], unit.db.scalar(lost) or 0)
        except SQLAlchemyError:
            return []
        return [lag, waiting, failed]


def exposition(store: Store, now: Callable[[], datetime]) -> Callable[[], bytes]:
    """Give what writes this process's metrics and the installation's, in Prometheus' format."""
    installation = CollectorRegistry()
    installation.register(Backlog(store, now))
    return lambda: generate_latest(REGISTRY) + generate_latest(installation)
