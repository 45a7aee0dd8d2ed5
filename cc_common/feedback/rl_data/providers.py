"""The five providers of data for reinforcement learning over one plant, each seeded; statistics of the dataset."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

import numpy as np
import pandas as pd

from cc_common.analytics.anomalies import Anomalies
from cc_common.catalog.equipment import EquipmentType, Metric
from cc_common.catalog.store import Catalog
from cc_common.core.errors import NotFound
from cc_common.core.evidence import Statistic
from cc_common.core.windows import Window
from cc_common.db import Databases
from cc_common.feedback.rl_data.preferences import rated_pairs, synthetic_pairs
from cc_common.feedback.rl_data.sequences import Truth, labelled_events, sample_batch, sample_trajectories
from cc_common.feedback.rl_data.states import MINUTE, Span, machine_spans, sample_states, types_in_order
from cc_common.timeseries import MEANINGFUL, TimeSeries
from cc_common.timeseries.model import Store
from cc_common.timeseries.window_figures import figures

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


class RlData:
    """Frames carry `table` and `ts`, the row each state was drawn from. Nulls are NaN, times UTC."""

    def __init__(self, databases: Databases, catalog: Catalog) -> None:
        self._app, self._store = databases.app, Store(databases.timeseries, catalog)
        self._anomalies = Anomalies(databases.timeseries, catalog)

    def newest(self, length: timedelta) -> Window:
        """The window of that length up to the plant's newest row; NotFound without any."""
        newest = TimeSeries(self._store.database, self._store.catalog).latest_all()
        if not newest:
            raise NotFound("This plant has no readings yet.")
        end = max(row.ts for row in newest) + timedelta(minutes=1)
        return Window(start=end - length, end=end)

    def states(self, window: Window, *, count: int, seed: int, equipment_type: str | None = None) -> pd.DataFrame:
        """The state of a random machine at a random minute, `count` times, with replacement."""
        among = machine_spans(self._store, window, equipment_type)
        return sample_states(
            self._store, np.random.default_rng(seed), among, types_in_order(self._store, among), count, lambda _: True
        )

    def trajectories(
        self,
        window: Window,
        *,
        count: int,
        steps: int,
        step_minutes: int,
        seed: int,
        equipment_type: str | None = None,
    ) -> pd.DataFrame:
        """`count` runs of `steps` consecutive states of one machine, no row missing from a run's first to its last."""
        among = machine_spans(self._store, window, equipment_type)
        rng = np.random.default_rng(seed)
        return sample_trajectories(self._store, rng, among, count=count, steps=steps, step_minutes=step_minutes)

    def pairs(self, window: Window, *, seed: int, synthetic: int = 0) -> pd.DataFrame:
        """The preference pairs of the window's ratings; then `synthetic` made-up ones, marked, for a cold start."""
        rated = rated_pairs(self._app, self._store.catalog, window, seed=seed)
        if not synthetic:
            return rated
        made = synthetic_pairs(self._store.catalog, np.random.default_rng(seed), synthetic, window.end)
        return pd.concat([rated, made], ignore_index=True) if len(rated) else made

    def batch(
        self,
        window: Window,
        *,
        count: int,
        share: float,
        seed: int,
        truth: Truth = "detector",
        equipment_type: str | None = None,
    ) -> pd.DataFrame:
        """`count` states, round(share * count) of them from anomalous or faulty times of their machine."""
        among = machine_spans(self._store, window, equipment_type)
        events = labelled_events(self._store, self._anomalies, window, equipment_type, truth)
        return sample_batch(self._store, np.random.default_rng(seed), among, events, count=count, share=share)

    def statistics(self, window: Window, *, equipment_type: str | None = None) -> pd.DataFrame:
        """Statistics of the dataset, one exact row for each type and metric."""
        return dataset_statistics(self._store, machine_spans(self._store, window, equipment_type), window)
