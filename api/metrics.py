"""Metrics for Prometheus: one registry an application, so that two in one process stay apart."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Final, NamedTuple

from flask import Flask, Response
from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from api.engine import PlanReply

SECONDS: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Gauge(NamedTuple):
    """A number as it is now; with a label (name, value) one of several of that name."""

    name: str
    text: str
    value: float
    label: tuple[str, str] | None = None


class Metrics:
    """The application's own counts. What other parts know is read from them at each scrape (see `observing`)."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.part_seconds = Histogram(
            "cc_query_part_seconds",
            "Time of each part of a question.",
            ["part"],
            buckets=SECONDS,
            registry=self.registry,
        )
        self.questions = Counter(
            "cc_questions", "Questions answered, by intent and outcome.", ["intent", "outcome"], registry=self.registry
        )
        self.cache_hits = Counter("cc_plan_cache_hits", "Plans taken from the cache.", registry=self.registry)
        self.tokens = Counter(
            "cc_model_tokens",
            "Tokens of plans that were made: of the prompt, dictated by the grammar, chosen by the model.",
            ["kind"],
            registry=self.registry,
        )
        self.swaps = Counter(
            "cc_model_swaps",
            "Changes of the served model, by outcome: served, refused.",
            ["outcome"],
            registry=self.registry,
        )
        self.ratings = Counter("cc_ratings", "Ratings taken, by thumb.", ["rating"], registry=self.registry)
        self.errors = Counter(
            "cc_errors", "Responses that told of a problem, by status.", ["status"], registry=self.registry
        )

    def took(self, milliseconds: Mapping[str, float]) -> None:
        """Notes where a question's time went."""
        for part, ms in milliseconds.items():
            self.part_seconds.labels(part).observe(ms / 1000)

    def planned(self, reply: PlanReply) -> None:
        """Notes what a plan took, unless it was a kept one."""
        if reply.cached:
            return
        self.took({"queue": reply.queue_ms, "model": reply.prefill_ms + reply.decode_ms})
        self.tokens.labels("prompt").inc(reply.prefill_tokens)
        self.tokens.labels("dictated").inc(reply.forced_tokens)
        self.tokens.labels("chosen").inc(reply.sampled_tokens)

    @contextmanager
    def observing(self, gauges: Callable[[], Iterable[Gauge]]) -> Iterator[None]:
        """Adds gauges, read at each scrape, while the context lasts."""
        collector = _Gauges(gauges)
        self.registry.register(collector)
        try:
            yield
        finally:
            self.registry.unregister(collector)


class _Gauges(Collector):
    def __init__(self, read: Callable[[], Iterable[Gauge]]) -> None:
        self._read = read

    def describe(self) -> Iterable[Metric]:
        """Nothing before the first scrape: reading may need the database."""
        return ()

    def collect(self) -> Iterable[Metric]:
        """The gauges as they are now."""
        families: dict[str, GaugeMetricFamily] = {}
        for gauge in self._read():
            label = [gauge.label[0]] if gauge.label else []
            family = families.setdefault(gauge.name, GaugeMetricFamily(gauge.name, gauge.text, labels=label))
            family.add_metric([gauge.label[1]] if gauge.label else [], gauge.value)
        return families.values()


def install(app: Flask, metrics: Metrics) -> None:
    """Counts every problem that `app` answers with."""

    def count(response: Response) -> Response:
        if response.status_code >= 400:
            metrics.errors.labels(str(response.status_code)).inc()
        return response

    app.after_request(count)
