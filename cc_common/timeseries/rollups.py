"""Computes roll-ups: with numpy during a load, or with PostgreSQL from the raw rows where some exist already."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from cc_common.catalog.equipment import EquipmentType, Grain, all_rollup_columns, rollup_columns, rollup_table
from cc_common.catalog.store import Catalog, repeat_for_columns
from cc_common.db import Connection, queries
from cc_common.timeseries.rows import Micros, Rows, day_starts, hour_starts, timestamps

if TYPE_CHECKING:
    from psycopg.sql import Composed

_UNITS: Final[tuple[tuple[Grain, str], ...]] = (("hourly", "hour"), ("daily", "day"))

Cut = Callable[[Micros, str], Micros]


@dataclass(frozen=True, kw_only=True)
class Rollup:
    """`start` (n,) of each hour or day, microseconds since 1970, `rows` (n,); the rest (metrics, n), NaN when empty."""

    start: Micros
    rows: npt.NDArray[np.int32]
    min: npt.NDArray[np.float32]
    max: npt.NDArray[np.float32]
    sum: npt.NDArray[np.float64]
    count: npt.NDArray[np.int32]

    def columns(self, equipment_id: str) -> Iterator[npt.NDArray[Any]]:
        """The values of all_rollup_columns, in that order."""
        yield np.full(len(self.start), equipment_id.encode())
        yield timestamps(self.start)
        yield self.rows
        for each in zip(self.min, self.max, self.sum, self.count, strict=True):
            yield from each


def hours_of(rows: Rows, tz: str) -> Rollup:
    """Aggregates rows by plant hour, with the same results as PostgreSQL."""
    start, edges = _cut(rows.ts, hour_starts, tz)
    values = np.ascontiguousarray(rows.values.T)
    null = np.isnan(values)
    count = np.add.reduceat(~null, edges, axis=1, dtype=np.int32)
    total = np.add.reduceat(np.where(null, 0, values), edges, axis=1, dtype=np.float64)
    return Rollup(
        start=start,
        rows=np.diff(edges, append=len(rows)).astype(np.int32),
        min=np.fmin.reduceat(values, edges, axis=1),
        max=np.fmax.reduceat(values, edges, axis=1),
        sum=np.where(count > 0, total, np.nan),
        count=count,
    )


def days_of(hours: Rollup, tz: str) -> Rollup:
    """Aggregates whole hours by plant day."""
    start, edges = _cut(hours.start, day_starts, tz)
    count = np.add.reduceat(hours.count, edges, axis=1, dtype=np.int32)
    total = np.add.reduceat(np.nan_to_num(hours.sum), edges, axis=1)
    return Rollup(
        start=start,
        rows=np.add.reduceat(hours.rows, edges, dtype=np.int32),
        min=np.fmin.reduceat(hours.min, edges, axis=1),
        max=np.fmax.reduceat(hours.max, edges, axis=1),
        sum=np.where(count > 0, total, np.nan),
        count=count,
    )


def refresh_rollups(
    connection: Connection, catalog: Catalog, equipment_id: str, start: datetime, end: datetime
) -> None:
    """Recomputes the hours and days that [start, end) touches from the raw rows, in the caller's transaction."""
    kind = catalog.type_of(equipment_id)
    touched = {"equipment": equipment_id, "tz": catalog.tz, "first": start, "last": end - datetime.resolution}
    connection.execute(_refresh_hours(kind, equipment_id), touched)
    connection.execute(_refresh_days(kind), touched)


def merge_minute(
    connection: Connection,
    catalog: Catalog,
    kind: EquipmentType,
    ts: datetime,
    readings: Mapping[str, list[float | None]],
) -> None:
    """Adds a new minute of these machines to its hour and its day."""
    minute = {"ts": ts, "tz": catalog.tz, "equipment": list(readings), "readings": list(readings.values())}
    for grain, unit in _UNITS:
        connection.execute(_merge(kind, grain), {**minute, "grain": unit})


def _refresh_hours(kind: EquipmentType, equipment_id: str) -> Composed:
    sql = queries("ingest")
    return repeat_for_columns(
        sql["refresh_hours"],
        {"aggregates": sql["hour_aggregates"], "counted": sql["counted_metric"]},
        ({"metric": m.name, **asdict(rollup_columns(m.name))} for m in kind.metrics),
        table=equipment_id,
        rollup=rollup_table(kind.name, "hourly"),
        columns=all_rollup_columns(kind),
    )


def _refresh_days(kind: EquipmentType) -> Composed:
    sql = queries("ingest")
    return repeat_for_columns(
        sql["refresh_days"],
        {"aggregates": sql["day_aggregates"], "counted": sql["counted_metric"]},
        (asdict(rollup_columns(m.name)) for m in kind.metrics),
        hourly=rollup_table(kind.name, "hourly"),
        rollup=rollup_table(kind.name, "daily"),
        columns=all_rollup_columns(kind),
    )


def _merge(kind: EquipmentType, grain: Grain) -> Composed:
    sql = queries("ingest")
    return repeat_for_columns(
        sql["merge_minute"],
        {"fresh": sql["fresh_metric"], "merged": sql["merged_metric"]},
        (asdict(rollup_columns(m.name)) for m in kind.metrics),
        rollup=rollup_table(kind.name, grain),
        columns=all_rollup_columns(kind),
    )


def _cut(ts: Micros, cut: Cut, tz: str) -> tuple[Micros, npt.NDArray[np.intp]]:
    """The starts of the buckets, and the index of each bucket's first row in `ts`."""
    starts = cut(ts, tz)
    edges = np.flatnonzero(np.append(True, starts[1:] != starts[:-1]))
    return starts[edges], edges
