"""Data for reinforcement learning: preference pairs, statistics of what there is, and the five providers."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import numpy as np
import pandas as pd

from cc_common.analytics.anomalies import AnomalyDetector
from cc_common.catalog.equipment import Equipment, EquipmentType, Metric
from cc_common.catalog.store import Catalog
from cc_common.core.errors import InvalidInput, NotFound
from cc_common.core.evidence import Statistic
from cc_common.core.windows import Window
from cc_common.db import Database, Databases
from cc_common.feedback.experience_store import rated_between
from cc_common.feedback.pairs import Pair, build_pairs, plans_before
from cc_common.feedback.rl_data.sequences import Truth, labelled_events, sample_batch, sample_trajectories
from cc_common.feedback.rl_data.states import MINUTE, Span, machine_spans, sample_states, types_in_order
from cc_common.planning import Plan, WidgetType, build_messages, render_plan
from cc_common.timeseries import MEANINGFUL, TimeSeries
from cc_common.timeseries.model import Store
from cc_common.timeseries.window_figures import figures_of_window
from cc_common.understanding import Resolution, Resolver

CAP: Final = 16  # transplanted pairs a prompt
SYNTHETIC: Final = "synthetic"
COLUMNS: Final = ("table", "ts", "how", "synthetic", "prompt", "chosen", "rejected", "sources", "rating_ids")
_NOON: Final = datetime(2026, 1, 1, 6, 30, tzinfo=UTC)  # of no day in particular: no time enters a prompt


@dataclass(frozen=True)
class Taste:
    """A synthetic preference: widgets `liked` over widgets `disliked`."""

    intent: str
    words: str
    statistic: Statistic
    liked: tuple[WidgetType, ...]
    disliked: tuple[WidgetType, ...]


_TASTES: Final = (
    Taste("latest", "Show {name} {label}", "last", ("kpi", "trend"), ("table",)),
    Taste("latest", "What is the {label} of {name}?", "last", ("kpi",), ("table", "statistics")),
    Taste("trend", "Trend of {name} {label} over the last 24 hours", "avg", ("trend", "statistics"), ("table",)),
    Taste("statistics", "Statistics of {name} {label} over the last 7 days", "avg", ("statistics", "kpi"), ("table",)),
)


def rated_pairs(app: Database, catalog: Catalog, window: Window, *, seed: int) -> pd.DataFrame:
    """The pairs of the ratings of that window; see cc_common.feedback.pairs. `ts`: the window's end."""
    rated = rated_between(app, window.start, window.end)
    before = plans_before(app, (one.experience.id for one in rated))
    made = build_pairs(rated, catalog, cap=CAP, seed=seed, before=before)
    return _frame([_of_pair(pair, window.end) for pair in made.pairs])


def synthetic_pairs(catalog: Catalog, rng: np.random.Generator, count: int, ts: datetime) -> pd.DataFrame:
    """So many pairs of a made-up taste over the plant's machines, marked "synthetic": nobody rated them."""
    if count < 0:
        raise InvalidInput(f"Ask for no pairs or for some, not {count}.")
    made = _invented(catalog, rng, ts)
    return _frame([next(made) for _ in range(count)])


def _of_pair(pair: Pair, ts: datetime) -> dict[str, Any]:
    return {
        "table": "rating",
        "ts": ts,
        "how": pair.how,
        "synthetic": False,
        "prompt": _text(pair.prompt),
        "chosen": pair.chosen,
        "rejected": pair.rejected,
        "sources": _text(pair.sources),
        "rating_ids": _text(pair.rating_ids),
    }


def _invented(catalog: Catalog, rng: np.random.Generator, ts: datetime) -> Iterator[dict[str, Any]]:
    """Endlessly; a question whose names its own plant's resolver reads otherwise makes no honest prompt."""
    resolver = Resolver(catalog)
    subjects = [(e, m) for e in catalog.equipment for m in catalog.type(e.type).metrics if m.kind == "gauge"]
    if not subjects:
        raise NotFound("This plant measures nothing that a question could be made up about.")
    while True:
        machine, metric = subjects[int(rng.integers(len(subjects)))]
        taste = _TASTES[int(rng.integers(len(_TASTES)))]
        resolution = resolver.resolve(taste.words.format(name=machine.name, label=metric.label), now=_NOON)
        if machine in resolution.equipment and metric in resolution.metrics and not resolution.unknown:
            yield _of_taste(taste, machine, metric, resolution, ts)


def _of_taste(taste: Taste, machine: Equipment, metric: Metric, resolution: Resolution, ts: datetime) -> dict[str, Any]:
    plan = Plan(intent=taste.intent, equipment=(machine.id,), metrics=(metric.name,), aggregation=taste.statistic)
    return {
        "table": SYNTHETIC,
        "ts": ts,
        "how": SYNTHETIC,
        "synthetic": True,
        "prompt": _text(build_messages(resolution)),
        "chosen": render_plan(replace(plan, widgets=taste.liked), resolution),
        "rejected": render_plan(replace(plan, widgets=taste.disliked), resolution),
        "sources": "[]",
        "rating_ids": "[]",
    }


def _text(value: Sequence[Any]) -> str:
    return json.dumps(list(value), ensure_ascii=False)


def _frame(rows: list[dict[str, Any]]) -> pd.DataFrame:
    kinds = dict.fromkeys(COLUMNS, "str") | {"ts": "datetime64[us, UTC]", "synthetic": "bool"}
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype(kinds)


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
    for figure in figures_of_window(store, machines, metric, window, wanted):
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
        self._anomalies = AnomalyDetector(databases.timeseries, catalog)

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
