"""Figures of a window: for one machine or for many of one type, in one round trip whatever the window's length."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, timedelta
from typing import Any, Final

from cc_common.catalog.equipment import Equipment, Metric
from cc_common.evidence import Evidence, Figure, Statistic
from cc_common.timeseries import statements
from cc_common.timeseries.model import check_meaningful
from cc_common.timeseries.planner import split
from cc_common.timeseries.store import Store
from cc_common.window import Window

MINUTE: Final = timedelta(minutes=1)
ENDS: Final = frozenset(("last", "delta"))  # these need the first and the newest reading, not only totals

_VALUES: Final[dict[Statistic, Callable[[Any], float]]] = {
    "avg": lambda row: row.total / row.n,
    "min": lambda row: row.low,
    "max": lambda row: row.high,
    "sum": lambda row: row.total,
    "count": lambda row: float(row.n),
    "last": lambda row: row.last,
    "delta": lambda row: row.last - row.first,
}


def figures(
    store: Store, machines: Sequence[Equipment], metric: Metric, window: Window, wanted: Sequence[Statistic]
) -> list[Figure]:
    """The statistics of each machine (all of one type) that has readings in the window, machine by machine."""
    for statistic in wanted:
        check_meaningful(metric, statistic)
    rows = _rows(store, machines, metric, window, with_ends=not ENDS.isdisjoint(wanted))
    by_place = sorted(rows, key=lambda row: row.machine)
    return [_figure(machines[row.machine - 1], metric, window, s, row) for row in by_place for s in wanted]


def newest(machine: Equipment, metric: Metric, value: float, at: Any) -> Figure:
    """The figure of a single reading; its evidence is the reading's own minute."""
    moment = at.astimezone(UTC)
    evidence = Evidence(
        table=machine.id, column=metric.name, statistic="last", start=moment, end=moment + MINUTE, rows=1
    )
    return Figure(
        equipment=machine.id,
        metric=metric.name,
        statistic="last",
        value=value,
        unit=metric.unit,
        at=moment,
        evidence=evidence,
    )


def _rows(store: Store, machines: Sequence[Equipment], metric: Metric, window: Window, *, with_ends: bool) -> list[Any]:
    stretches = split(store.clock, window)
    tables, sources = tuple(m.id for m in machines), tuple(s.source for s in stretches)
    text = (statements.ends if with_ends else statements.totals)(tables, machines[0].type, metric.name, sources)
    parameters = {"machines": list(tables), "start": window.start, "end": window.end, **statements.bounds(stretches)}
    return store.rows(text, parameters)


def _figure(machine: Equipment, metric: Metric, window: Window, statistic: Statistic, row: Any) -> Figure:
    value = _VALUES[statistic](row)
    if statistic == "last":
        return newest(machine, metric, value, row.last_at)
    evidence = Evidence(
        table=machine.id, column=metric.name, statistic=statistic, start=window.start, end=window.end, rows=row.n
    )
    return Figure(
        equipment=machine.id,
        metric=metric.name,
        statistic=statistic,
        value=value,
        unit="" if statistic == "count" else metric.unit,
        start=window.start,
        end=window.end,
        evidence=evidence,
    )
