"""Metrics for Prometheus: counts and durations, without names and without content."""

from collections.abc import Callable, Iterable
from datetime import datetime

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Histogram, Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import generate_latest
from prometheus_client.registry import Collector
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from bot.ops.health import Health, backlog, lags
from bot.store.tables import Lane, Outbound, OutboxState, Timer
from bot.store.unit import Store

REQUESTS = Histogram(
    "intervisie_request_seconds",
    "Time to answer a request from Slack, which gives up after three seconds.",
    ["status"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 3),
)
MESSAGES = Counter(
    "intervisie_messages",
    "Messages that this process sent to Slack, by method and outcome.",
    ["method", "outcome"],
)
TIMERS = Counter("intervisie_timers", "Timers that this process handled, by outcome.", ["outcome"])


class InstallationCollector(Collector):
    """Collects what is well, and from the database, while it works, what waits there."""

    def __init__(self, store: Store, now: Callable[[], datetime], health: Health) -> None:
        self._store = store
        self._health = health
        self._now = now

    def collect(self) -> Iterable[Metric]:
        """Return lags and counts of the whole installation, not only of this process."""
        ready = GaugeMetricFamily(
            "intervisie_ready", "1 for each part that is well, as /readyz says.", labels=["part"]
        )
        for part, state in self._health.ready()[1].items():
            ready.add_metric([part], state == "ok")
        lag = GaugeMetricFamily(
            "intervisie_lag_seconds", "How overdue the oldest timer or message is.", labels=["part"]
        )
        waiting = GaugeMetricFamily(
            "intervisie_waiting",
            "Timers that are due, and conversations with a message to send.",
            labels=["part"],
        )
        longest = GaugeMetricFamily(
            "intervisie_backlog", "Messages that wait for the conversation for which most wait."
        )
        failed = GaugeMetricFamily(
            "intervisie_failed", "Messages of the last two weeks that could not be sent."
        )
        now = self._now()
        try:
            with self._store.unit() as unit:
                for part, length in lags(unit, now)._asdict().items():
                    lag.add_metric([part], length.total_seconds())
                for part, at in (("clock", Timer.due_at), ("relay", Lane.next_at)):
                    count = unit.db.scalar(select(func.count()).where(at <= now))
                    waiting.add_metric([part], count or 0)
                longest.add_metric([], backlog(unit))
                lost = select(func.count()).where(Outbound.state == OutboxState.FAILED)
                failed.add_metric([], unit.db.scalar(lost) or 0)
        except SQLAlchemyError:
            return [ready]
        return [ready, lag, waiting, longest, failed]


def exposition(store: Store, now: Callable[[], datetime], health: Health) -> Callable[[], bytes]:
    """Return a function that returns this process's and the installation's metrics as text."""
    installation = CollectorRegistry()
    installation.register(InstallationCollector(store, now, health))
    return lambda: generate_latest(REGISTRY) + generate_latest(installation)
