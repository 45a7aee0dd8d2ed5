"""The checks of the store, in the order they are told."""

from __future__ import annotations

from typing import Final

from cc_common.check import readings, store
from cc_common.check.model import Check
from cc_common.check.rollups import rollups_equal_rows

SUITE: Final = tuple(
    Check(f"timeseries: {name}", look)
    for name, look in (
        ("connection", store.connection),
        ("catalogue complete", store.catalogue),
        ("tables there", store.tables),
        ("rows and their range", store.rows),
        ("latest of one", readings.latest_of_one),
        ("latest of all", readings.latest_of_all),
        ("24 hours by hour", readings.day_by_hour),
        ("statistics equal raw SQL", readings.statistics),
        ("roll-ups equal rows", rollups_equal_rows),
        ("feed fresh", store.feed),
        ("index used", store.index),
        ("provenance", readings.provenance),
        ("anomalies", readings.anomalies),
        ("alerts", readings.alarms),
    )
)
