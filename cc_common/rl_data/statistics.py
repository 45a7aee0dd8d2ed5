"""Dataset statistics: what there is to draw from, metric by metric."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import pandas as pd

from cc_common.catalog.equipment import EquipmentType, Metric
from cc_common.evidence import Statistic
from cc_common.rl_data.drawing import MINUTE, Span
from cc_common.timeseries import MEANINGFUL
from cc_common.timeseries.store import Store
from cc_common.timeseries.windows import figures
from cc_common.window import Window

_WANTED: Final[tuple[Statistic, ...]] = ("count", "min", "max", "avg")


def dataset_statistics(store: Store, among: list[Span], window: Window) -> pd.DataFrame:
    """A row for each type and metric: machines, minutes they lived through, readings, missing, min, max, mean, unit.

    A running counter has no mean. `missing`: minutes within a machine's first and last row without a reading.
    """
    minutes: dict[str, dict[str, int]] = {}
    for machine, own in among:
        minutes.setdefault(store.catalog.get(machine).type, {})[machine] = (own.end - own.start) // MINUTE
    return pd.DataFrame(
        [
            _row(store, kind, metric, minutes[kind.name], window)
            for kind in store.catalog.types
            if kind.name in minutes
            for metric in kind.metrics
        ]
    )


def _row(
    store: Store, kind: EquipmentType, metric: Metric, minutes: Mapping[str, int], window: Window
) -> dict[str, Any]:
    wanted = tuple(s for s in _WANTED if s in MEANINGFUL[metric.kind])
    machines = [machine for machine in store.catalog.of_type(kind.name) if machine.id in minutes]
    found: dict[str, list[float]] = {name: [] for name in _WANTED}
    for figure in figures(store, machines, metric, window, wanted):
        found[figure.statistic].append(figure.value)
    readings = int(sum(found["count"]))
    return {
        "type": kind.name,
        "metric": metric.name,
        "unit": metric.unit,
        "machines": len(minutes),
        "minutes": sum(minutes.values()),
        "readings": readings,
        "missing": sum(minutes.values()) - readings,
        "min": min(found["min"], default=np.nan),
        "max": max(found["max"], default=np.nan),
        "mean": float(np.average(found["avg"], weights=found["count"])) if found["avg"] else np.nan,
    }
