"""Anomaly scans of the plant, for the table of benchmarks/timeseries.py."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import Final

from benchmarks.table import Read
from cc_common.analytics.anomalies import AnomalyDetector
from cc_common.catalog.store import Catalog
from cc_common.core.windows import Window
from cc_common.db import Database

EXAMPLES: Final = (
    ("chiller_001", "power_consumption_kw"),
    ("ahu_010", "filter_dp_pa"),
    ("energy_meter_005", "energy_kwh"),
)


def scans(database: Database, catalog: Catalog, whole: Window) -> Iterator[tuple[str, float | None, Read]]:
    """The scans: what is scanned, the aim in milliseconds, and the call. `whole`: the window of all readings."""
    anomalies, month, day = AnomalyDetector(database, catalog), _back(whole, 30), _back(whole, 1)
    print(f"scans for anomalies: {len(anomalies.learned())} of {len(catalog.equipment)} machines are learned")
    days = f"{(month.end - month.start).days} d"
    for machine, metric in EXAMPLES:
        yield f"{machine} {metric}, {days}", 50.0, partial(anomalies.detect, machine, month, metric=metric)
    yield f"a whole machine, {days}", None, lambda: anomalies.detect("ahu_010", month)
    yield "expected of one metric, 24 h", None, lambda: anomalies.expected("ahu_010", "fan_power_kw", day)
    yield "the fleet, 24 h", 2000.0, lambda: anomalies.fleet(day)


def _back(whole: Window, days: int) -> Window:
    return Window(start=max(whole.end - timedelta(days=days), whole.start), end=whole.end)
