"""The health of the parts: for /readyz, and as gauges at each scrape of /metrics."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Final

from api.metrics import Gauge
from api.model_swapper import TIER
from api.schemas.common import Part
from api.services import Services
from cc_common import alerts
from cc_common.core.errors import DatabaseUnavailable
from cc_common.model_registry import versions
from cc_common.operations.status import rl_status

LATE_S: Final = 180  # the feed writes each minute as it ends


def examine(parts: Services) -> list[Part]:
    """The state of every part. The feed is not required for readiness: history can be queried without it."""
    engine = parts.engine.health()
    return [
        _part("app database", _trouble(lambda: versions.served(parts.databases.app, 2))),
        _part("time-series database", _trouble(lambda: feed_lag_s(parts))),
        _part("model", "" if engine.ready else engine.reason or "The model's process is not running."),
        _part("feed", _trouble_of_feed(parts), needed=False),
    ]


def feed_lag_s(parts: Services) -> float | None:
    """Seconds since the newest reading of the whole plant; None when there is none."""
    newest = max((row.ts for row in parts.timeseries.latest_all()), default=None)
    return None if newest is None else (datetime.now(UTC) - newest).total_seconds()


def gauges(parts: Services) -> Iterator[Gauge]:
    """What other parts know; what a database knows is left out while it is down."""
    engine = parts.engine.health()
    yield Gauge("cc_model_ready", "1 when the language model plans.", float(engine.ready))
    yield Gauge("cc_engine_queue", "Questions waiting for the model.", engine.queue)
    yield Gauge("cc_engine_restarts", "Times the model's process had to be started again.", engine.restarts)
    yield Gauge("cc_engine_resident_bytes", "Memory of the model's process.", engine.resident_bytes)
    yield Gauge("cc_tier1_steps", "Lessons learned by Tier 1.", parts.tier1.version)
    try:
        yield from _stored(parts)
    except DatabaseUnavailable:
        return


def _stored(parts: Services) -> Iterator[Gauge]:
    status = rl_status(parts.databases.app, parts.settings)
    yield Gauge("cc_experiences", "Answers on record.", status.buffer.experiences)
    if status.tier1.loss is not None:
        yield Gauge("cc_tier1_loss", "Mean loss of Tier 1's newest steps, nats.", status.tier1.loss)
    for state, count in Counter(v.state for v in versions.history(parts.databases.app) if v.tier == TIER).items():
        yield Gauge("cc_models", "Language models by what became of them.", count, ("state", state))
    open_alerts = alerts.counts(parts.databases.app)
    for standing in alerts.OPEN:
        yield Gauge(
            "cc_alerts_open", "Alerts that are not cleared.", getattr(open_alerts, standing), ("state", standing)
        )
    yield Gauge("cc_alert_groups_open", "Causes that alerts stand for.", open_alerts.groups)
    yield Gauge("cc_alerts_shelved", "Open alerts that are on the shelf.", open_alerts.shelved)
    yield Gauge("cc_alerts_escalated", "Open alerts unseen for too long, or grown worse.", open_alerts.escalated)
    yield Gauge("cc_alarms_10_minutes", "Causes told in the last 10 minutes (EEMUA 191).", open_alerts.alarms_lately)
    lag = feed_lag_s(parts)
    if lag is not None:
        yield Gauge("cc_feed_lag_seconds", "Age of the plant's newest reading.", lag)


def _part(name: str, trouble: str, *, needed: bool = True) -> Part:
    return Part(name=name, ready=not trouble, needed=needed, reason=trouble)


def _trouble(read: Callable[[], object]) -> str:
    try:
        read()
    except DatabaseUnavailable as exc:
        return str(exc)
    return ""


def _trouble_of_feed(parts: Services) -> str:
    try:
        lag = feed_lag_s(parts)
    except DatabaseUnavailable as exc:
        return str(exc)
    if lag is None:
        return "The plant has no readings yet."
    return f"The newest reading is {lag:.0f} s old." if lag > LATE_S else ""
