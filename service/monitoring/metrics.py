"""Figures for Prometheus, read from the store when it asks: no process keeps counts of its own."""

import datetime as dt
import time
from collections.abc import Iterable, Iterator
from threading import Lock

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from service.clock import Clock
from service.config import Settings
from service.db.database import Database
from service.errors import UnavailableError
from service.jobs import queue_lengths
from service.ledger.heartbeats import age_seconds
from service.monitoring.alarms import Alarm
from service.monitoring.queries import (
    LATENESS_STEPS,
    Lateness,
    lateness_of,
    open_batches,
    see_one_moment,
)
from service.monitoring.reconcile import reconcile

KEPT_SECONDS = 5.0  # anybody may ask; the store is asked no more often than this
P95 = 0.95


class Metrics:
    """The text Prometheus reads, kept for a few seconds."""

    def __init__(self, database: Database, settings: Settings, clock: Clock) -> None:
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(StoreCollector(database, settings, clock))
        self._lock = Lock()
        self._text = b""
        self._read_at = float("-inf")

    def text(self) -> bytes:
        """Return the figures; raises `UnavailableError` when the store is away."""
        with self._lock:
            if time.monotonic() - self._read_at > KEPT_SECONDS:
                self._text = generate_latest(self._registry)
                self._read_at = time.monotonic()
            return self._text


class StoreCollector(Collector):
    """Reads the open editions, the batches, the signs of life and the broker's queues."""

    def __init__(self, database: Database, settings: Settings, clock: Clock) -> None:
        self._database = database
        self._settings = settings
        self._clock = clock

    def describe(self) -> Iterable[Metric]:
        return ()  # nothing to ask the store at registration

    def collect(self) -> Iterator[Metric]:
        now = self._clock.now()
        with self._database.reading() as session:
            see_one_moment(session)
            found = reconcile(session, now=now)
            equations = [
                (edition.list.slug, edition.local_date.isoformat(), equation.as_dict())
                for edition, equation in found.editions
            ]
            editions = [edition for edition, _ in found.editions]
            lateness = lateness_of(session, editions=editions, now=now)
            batches = open_batches(session)
            ages = {kind: age_seconds(session, kind) for kind in ("beat", "sweep", "worker")}
        yield from _equation_figures(equations)
        yield from _lateness_figures(lateness, now)
        yield _gauge("podbrief_batches_open", "Batches by state", "state", batches)
        yield _gauge(
            "podbrief_heartbeat_age_seconds",
            "Seconds since the last sign of life; absent when there never was one",
            "kind",
            {kind: age for kind, age in ages.items() if age is not None},
        )
        yield from _alarm_figures(found.alarms)
        yield from self._broker_figures()

    def _broker_figures(self) -> Iterator[Metric]:
        try:
            lengths = queue_lengths(self._settings)
        except UnavailableError:
            lengths = None
        reached = GaugeMetricFamily("podbrief_broker_up", "1 when the broker answers")
        reached.add_metric([], 0 if lengths is None else 1)
        yield reached
        yield _gauge("podbrief_broker_queue_length", "Doorbells waiting", "queue", lengths or {})


def _equation_figures(equations: list[tuple[str, str, dict[str, object]]]) -> Iterator[Metric]:
    terms = GaugeMetricFamily(
        "podbrief_equation",
        "Terms of the equation of each open edition",
        labels=["list", "date", "term"],
    )
    skipped = GaugeMetricFamily(
        "podbrief_skipped", "Due, and for a reason not planned", labels=["list", "date", "reason"]
    )
    holds = GaugeMetricFamily(
        "podbrief_equation_holds", "1 when the equation holds", labels=["list", "date"]
    )
    for slug, date, equation in equations:
        for term, value in equation.items():
            if isinstance(value, bool):
                holds.add_metric([slug, date], int(value))
            elif isinstance(value, int):
                terms.add_metric([slug, date, term], value)
            elif isinstance(value, dict):
                for reason, number in value.items():
                    skipped.add_metric([slug, date, reason], number)
    yield from (terms, skipped, holds)


def _alarm_figures(alarms: Iterable[Alarm]) -> Iterator[Metric]:
    rings = GaugeMetricFamily(
        "podbrief_alarm", "1 while it rings; docs/operations.md has a section each", labels=["name"]
    )
    measured = GaugeMetricFamily(
        "podbrief_alarm_value", "What each alarm measures: a number, or seconds", labels=["name"]
    )
    for alarm in alarms:
        rings.add_metric([alarm.name.value], int(alarm.rings))
        measured.add_metric([alarm.name.value], alarm.value)
    yield from (rings, measured)


def _lateness_figures(lateness: Lateness, now: dt.datetime) -> Iterator[Metric]:
    yield _gauge(
        "podbrief_briefs_open", "Briefs not ended, by state", "state", lateness.open_by_state
    )
    waiting = 0.0
    if lateness.oldest_unsent is not None:
        waiting = (now - lateness.oldest_unsent).total_seconds()
    oldest = GaugeMetricFamily(
        "podbrief_oldest_unsent_seconds", "How long the oldest brief due and not sent has waited"
    )
    oldest.add_metric([], waiting)
    yield oldest
    running, buckets = 0, []
    for limit, number in zip(
        (*map(float, LATENESS_STEPS), "+Inf"), lateness.sent_within, strict=True
    ):
        running += number
        buckets.append((str(limit), running))
    histogram = HistogramMetricFamily(
        "podbrief_lateness_seconds", "From due to accepted, briefs of the open editions"
    )
    histogram.add_metric([], buckets, lateness.seconds_in_all)
    yield histogram
    p95 = GaugeMetricFamily(
        "podbrief_lateness_p95_seconds", "19 of 20 were accepted within this, rounded up to a step"
    )
    p95.add_metric([], step_of_share(lateness.sent_within, P95))
    yield p95


def step_of_share(sent_within: list[int], share: float) -> float:
    """Return the least step within which at least `share` of all were sent; 0 when none were."""
    needed, running = share * sum(sent_within), 0
    if needed == 0:
        return 0.0
    for limit, number in zip(LATENESS_STEPS, sent_within, strict=False):
        running += number
        if running >= needed:
            return float(limit)
    return float("inf")


def _gauge(name: str, what: str, label: str, values: dict[str, int] | dict[str, float]) -> Metric:
    family = GaugeMetricFamily(name, what, labels=[label])
    for key, value in values.items():
        family.add_metric([key], value)
    return family
