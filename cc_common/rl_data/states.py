"""State vectors: what was known of a machine at a minute, in named columns. Nothing later than the minute enters."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pandas as pd

from cc_common.catalog.equipment import EquipmentType
from cc_common.catalog.statements import repeated
from cc_common.db import queries
from cc_common.timeseries.store import Store

Pick = tuple[str, datetime]  # a machine and a minute, UTC
PROVENANCE: Final = ("table", "type", "ts")
CLOCK: Final = ("hour_sin", "hour_cos", "weekday_sin", "weekday_cos")
_PHRASES: Final = ("now", "minute", "hour", "hour_means", "day_means", "means")


def features(kind: EquipmentType) -> tuple[str, ...]:
    """The columns of a type's state but provenance: the plant's clock, then each metric's; a counter has no means."""
    return (*CLOCK, *(name for metric in kind.metrics for name in _of_metric(metric.name, metric.kind != "counter")))


def states_at(store: Store, picks: Sequence[Pick], types: Sequence[EquipmentType]) -> pd.DataFrame:
    """The states of these picks in their order, those whose minute has no row left out; nulls are NaN.

    Columns: table, type, ts, then the features of `types`; what a machine's own type does not measure is NaN, too.
    """
    found = _rows(store, picks)
    columns = tuple(dict.fromkeys(name for kind in types for name in features(kind)))
    there = [pick for pick in picks if pick in found]
    vectors = np.full((len(there), len(columns)), np.nan)
    places = {kind.name: [columns.index(name) for name in features(kind)] for kind in types}
    for row, (machine, moment) in enumerate(there):
        vectors[row, places[store.catalog.get(machine).type]] = found[machine, moment]
    return _frame(store, there, columns, vectors)


def _frame(store: Store, picks: Sequence[Pick], columns: Sequence[str], vectors: npt.NDArray[Any]) -> pd.DataFrame:
    frame = pd.DataFrame(vectors, columns=list(columns))
    frame.insert(0, "table", pd.Series([machine for machine, _ in picks], dtype="str"))
    frame.insert(1, "type", pd.Series([store.catalog.get(machine).type for machine, _ in picks], dtype="str"))
    frame.insert(2, "ts", pd.Series([moment for _, moment in picks], dtype="datetime64[us, UTC]"))
    return frame


def _rows(store: Store, picks: Sequence[Pick]) -> Mapping[Pick, npt.NDArray[np.float64]]:
    moments: dict[str, set[datetime]] = defaultdict(set)
    for machine, moment in picks:
        moments[machine].add(moment)
    return {
        (machine, row[0].astimezone(UTC)): _vector(store.catalog.type_of(machine), row, ZoneInfo(store.catalog.tz))
        for machine, asked in moments.items()
        for row in store.tuples(_statement(machine, store.catalog.type_of(machine)), {"moments": sorted(asked)})
    }


def _vector(kind: EquipmentType, row: tuple[Any, ...], zone: ZoneInfo) -> npt.NDArray[np.float64]:
    now, minute, hour, hour_mean, day_mean = np.array(row[1:], np.float64).reshape(5, len(kind.metrics))
    blocks = np.stack([now, hour_mean, day_mean, now - minute, now - hour], axis=1)
    kept = [block if m.kind != "counter" else block[[0, 3, 4]] for m, block in zip(kind.metrics, blocks, strict=True)]
    return np.concatenate([_clock(row[0].astimezone(zone)), *kept])


def _clock(local: datetime) -> npt.NDArray[np.float64]:
    hour = 2 * np.pi * (local.hour + local.minute / 60) / 24
    weekday = 2 * np.pi * local.weekday() / 7
    return np.array([np.sin(hour), np.cos(hour), np.sin(weekday), np.cos(weekday)])


def _of_metric(name: str, with_means: bool) -> tuple[str, ...]:
    means = (f"{name}_mean_1h", f"{name}_mean_24h") if with_means else ()
    return (name, *means, f"{name}_delta_1m", f"{name}_delta_1h")


@lru_cache(maxsize=1024)
def _statement(machine: str, kind: EquipmentType) -> str:
    sql = queries("rl_data")
    names = ({"metric": metric.name} for metric in kind.metrics)
    text: str = repeated(sql["states"], {slot: sql[slot] for slot in _PHRASES}, names, table=machine).as_string()
    return text
