"""Hours: hourly roll-ups of the machines of one type as arrays on one grid of plant hours."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from cc_common.analytics.anomalies.robust_statistics import FULL_HOUR, MIN_READINGS, Flags, Floats
from cc_common.catalog.equipment import EquipmentType, Metric, rollup_columns, rollup_table
from cc_common.catalog.store import repeat_for_columns
from cc_common.core.windows import HOUR
from cc_common.db import queries
from cc_common.timeseries.model import Store
from cc_common.timeseries.rollups import Rollup
from cc_common.timeseries.rows import EPOCH_2000_US, HOUR_US

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Hours:
    """n machines, p metrics, T hours. `start`: microseconds since 1970 UTC of the first hour; NaN: no reading."""

    kind: EquipmentType
    machines: tuple[str, ...]
    start: int
    mean: Floats  # (n, p, T), as are the next three
    low: Floats
    high: Floats
    count: Floats  # number of readings
    rows: Floats  # (n, T)

    @classmethod
    def of_rollups(cls, kind: EquipmentType, machines: tuple[str, ...], rolled: Sequence[Rollup]) -> Hours:
        """Builds Hours from roll-ups in memory, all on the same hours."""
        count = np.stack([each.count for each in rolled]).astype(np.float64)
        with np.errstate(invalid="ignore"):
            mean = np.stack([each.sum for each in rolled]) / count
        low, high, rows = (
            np.stack([getattr(each, name) for each in rolled]).astype(np.float64) for name in ("min", "max", "rows")
        )
        start = int(rolled[0].start[0])
        return cls(kind=kind, machines=machines, start=start, mean=mean, low=low, high=high, count=count, rows=rows)

    def __len__(self) -> int:
        return int(self.rows.shape[-1])

    @property
    def starts(self) -> npt.NDArray[np.int64]:
        """The start of each hour, microseconds since 1970 UTC."""
        return self.start + HOUR_US * np.arange(len(self), dtype=np.int64)

    def hour_start(self, hour: int) -> datetime:
        """The start of an hour, UTC."""
        return _EPOCH + timedelta(microseconds=self.start + hour * HOUR_US)

    def between(self, first: int, last: int) -> Hours:
        """Selects the hours first <= i < last."""
        cut = {name: getattr(self, name)[..., first:last] for name in ("mean", "low", "high", "count", "rows")}
        return replace(self, start=self.start + first * HOUR_US, **cut)

    def pick(self, places: list[int]) -> Hours:
        """Selects machines, in the order given."""
        cut = {name: getattr(self, name)[places] for name in ("mean", "low", "high", "count", "rows")}
        return replace(self, machines=tuple(self.machines[i] for i in places), **cut)

    def targets(self) -> Floats:
        """(n, 3, p, T): mean, lowest and highest of each hour; of a counter its advance, of a tally only its mean."""
        judged = np.stack([self.mean, self.low, self.high], axis=1)
        judged[np.broadcast_to((self.count < MIN_READINGS)[:, None], judged.shape)] = np.nan
        for place, metric in enumerate(self.kind.metrics):
            if metric.kind == "counter":
                advance = self.high[:, place] - self.low[:, place]
                judged[:, 0, place] = np.where(self.count[:, place] >= FULL_HOUR, advance, np.nan)
            if metric.kind != "gauge":
                judged[:, 1:, place] = np.nan
        return judged

    def constant(self) -> Flags:
        """(n, p, T): full hours in which a metric kept one value."""
        still: Flags = (self.low == self.high) & (self.count >= FULL_HOUR)
        return still


_UNIX_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_HEADER: Final = 20  # bytes before the first value of an array in PostgreSQL's binary format
_VALUES: Final = (("mean", ">f8"), ("low", ">f4"), ("high", ">f4"), ("count", ">i4"))


def newest_hour(store: Store) -> datetime | None:
    """The end of the minute of the plant's newest reading; None without readings."""
    moment: datetime | None = store.rows(queries("anomalies")["newest"], {})[0].newest
    return moment


def read_hours(
    store: Store,
    kind: EquipmentType,
    machines: Sequence[str],
    start: datetime,
    end: datetime,
    metrics: Sequence[Metric] | None = None,
) -> Hours:
    """Reads the plant hours from the one that contains `start`; the last hour has no readings from `end` on.

    `machines`: all of that type. `metrics`: restricts the type to these metrics (None: all).
    """
    if metrics is not None:
        kind = replace(kind, metrics=tuple(metrics))
    first = store.clock.floor(start, HOUR)
    count = max(-((first - end) // HOUR), 1)
    shape = (len(machines), len(kind.metrics), count)
    arrays = {name: np.full(shape, 0.0 if name == "count" else np.nan) for name, _ in _VALUES}
    total = np.zeros((len(machines), count))
    for row in _rows(store, kind, machines, first, end):
        hour = (_values(row.ts, ">i8") + EPOCH_2000_US - _micros(first)) // HOUR_US
        total[row.place - 1, hour] = _values(row.rows, ">i4")
        for at in range(len(kind.metrics)):
            for name, code in _VALUES:
                arrays[name][row.place - 1, at, hour] = _values(getattr(row, f"{name}_{at + 1}"), code)
    return Hours(kind=kind, machines=tuple(machines), start=_micros(first), rows=total, **arrays)


def _rows(store: Store, kind: EquipmentType, machines: Sequence[str], first: datetime, end: datetime) -> list[Any]:
    latest, whole = newest_hour(store), store.clock.floor(end, HOUR)
    if latest is None or end >= latest:  # the last hour has no readings after the window
        whole = end
    bounds = {"machines": list(machines), "start": first, "whole": whole, "end": end}
    return store.rows(_statement(kind, tuple(machines), whole < end), bounds)


@lru_cache(maxsize=256)
def _statement(kind: EquipmentType, machines: tuple[str, ...], edge: bool) -> str:
    sql, rollup = queries("anomalies"), rollup_table(kind.name, "hourly")
    columns = [asdict(rollup_columns(m.name)) for m in kind.metrics]
    phrases = {"arrays": sql["hour_arrays"], "values": sql["hour_values"]}
    text = repeat_for_columns(sql["hours"], phrases, columns, rollup=rollup).as_string()
    parts = (_edge(kind, machine, place) for place, machine in enumerate(machines, 1))
    return text.replace("/* edge */", "\n".join(parts) if edge else "")


def _edge(kind: EquipmentType, machine: str, place: int) -> str:
    sql, names = queries("anomalies"), ({"metric": m.name} for m in kind.metrics)
    text = repeat_for_columns(sql["edge"], {"values": sql["edge_values"]}, names, table=machine).as_string()
    return re.sub("^--.*\n", "", text, flags=re.MULTILINE).replace("/*place*/ 0", str(place))


def _values(data: bytes, code: str) -> npt.NDArray[Any]:
    """Parses the values of a binary array without nulls, each preceded by its length in four bytes."""
    found: npt.NDArray[Any] = np.frombuffer(data, [("length", ">i4"), ("value", code)], offset=_HEADER)["value"]
    return found


def _micros(moment: datetime) -> int:
    return (moment - _UNIX_EPOCH) // timedelta(microseconds=1)
