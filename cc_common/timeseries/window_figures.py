"""Computes figures of a window for one machine or a type in one round trip: from roll-ups, and readings at the ends."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, timedelta
from typing import Any, Final

from cc_common.catalog.equipment import Equipment, Metric
from cc_common.core.evidence import Evidence, Figure, Statistic
from cc_common.core.windows import Window
from cc_common.timeseries import statements
from cc_common.timeseries.model import Order, Store, check_meaningful
from cc_common.timeseries.statements import Sources, Stretch, split_window

MINUTE: Final = timedelta(minutes=1)
ENDS: Final = frozenset(("last", "delta"))  # these need the first and the newest reading, in addition to totals
MAX_SEPARATE: Final = 8  # machines with a statement each: a statement for any set of them would never be reused

Found = tuple[Equipment, Any]  # a machine and its row of the result
Statement = Callable[[tuple[str, ...], str, str, Sources], str]  # by tables, type, column and sources

_VALUES: Final[dict[Statistic, Callable[[Any], float]]] = {
    "avg": lambda row: row.total / row.n,
    "min": lambda row: row.low,
    "max": lambda row: row.high,
    "sum": lambda row: row.total,
    "count": lambda row: float(row.n),
    "last": lambda row: row.last,
    "delta": lambda row: row.last - row.first,
}


def figures_of_window(
    store: Store, machines: Sequence[Equipment], metric: Metric, window: Window, wanted: Sequence[Statistic]
) -> list[Figure]:
    """The statistics of each machine (all of one type) that has readings in the window, machine by machine.

    Statistics of ENDS are combined with each other and with count only.
    """
    found = _found(store, machines, metric, window, wanted)
    return [_figure(machine, metric, window, s, row) for machine, row in found for s in wanted]


def ranked_figures(
    store: Store,
    machines: Sequence[Equipment],
    metric: Metric,
    window: Window,
    statistic: Statistic,
    *,
    order: Order,
    limit: int | None,
) -> list[Figure]:
    """One statistic of the first `limit` machines in its order, ties in the order given."""
    check_meaningful(metric, statistic)
    value, stretches = _VALUES[statistic], split_window(store.clock, window)

    def first(found: list[Found]) -> list[Found]:
        return sorted(found, key=lambda each: value(each[1]), reverse=order == "desc")[:limit]

    if statistic not in ENDS or limit is None or limit > MAX_SEPARATE or not _has_edges(stretches):
        found = first(_found(store, machines, metric, window, [statistic]))
    else:  # counts rows only for the machines shown
        marked = first(_from_edges(store, statements.marks, machines, metric, window, stretches))
        found = first([each for m, _ in marked for each in _found(store, [m], metric, window, [statistic])])
    return [_figure(machine, metric, window, statistic, row) for machine, row in found]


def reading_figure(machine: Equipment, metric: Metric, value: float, at: Any) -> Figure:
    """The figure of a single reading; its evidence is that reading's minute."""
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


def _found(
    store: Store, machines: Sequence[Equipment], metric: Metric, window: Window, wanted: Sequence[Statistic]
) -> list[Found]:
    for statistic in wanted:
        check_meaningful(metric, statistic)
    stretches = split_window(store.clock, window)
    if ENDS.isdisjoint(wanted):
        return _read(store, statements.totals, machines, metric, window, stretches)
    if not _has_edges(stretches):
        return _read(store, statements.ends, machines, metric, window, stretches)
    return _from_edges(store, statements.edges, machines, metric, window, stretches)


def _has_edges(stretches: Sequence[Stretch]) -> bool:
    """Tells whether the window begins and ends within an hour, so that both edges are read from raw rows."""
    return len(stretches) > 1 and {stretches[0].source, stretches[-1].source} == {"raw"}


def _from_edges(
    store: Store,
    statement: Statement,
    machines: Sequence[Equipment],
    metric: Metric,
    window: Window,
    stretches: Sequence[Stretch],
) -> list[Found]:
    """First and newest readings from the edges; for machines without readings there, from the whole window."""
    found = {machine.id: row for machine, row in _read(store, statement, machines, metric, window, stretches)}
    silent = [m for m in machines if m.id not in found or found[m.id].first is None or found[m.id].last is None]
    if len(silent) > MAX_SEPARATE:
        return _read(store, statements.ends, machines, metric, window, stretches)
    for machine in silent:
        found.pop(machine.id, None)
        found |= {m.id: row for m, row in _read(store, statements.ends, [machine], metric, window, stretches)}
    return [(machine, found[machine.id]) for machine in machines if machine.id in found]


def _read(
    store: Store,
    statement: Statement,
    machines: Sequence[Equipment],
    metric: Metric,
    window: Window,
    stretches: Sequence[Stretch],
) -> list[Found]:
    """Each machine with its row, in the order given."""
    tables, sources = tuple(m.id for m in machines), tuple(s.source for s in stretches)
    text = statement(tables, machines[0].type, metric.name, sources)
    parameters = {"machines": list(tables), "start": window.start, "end": window.end, **statements.bounds(stretches)}
    rows = sorted(store.rows(text, parameters), key=lambda row: row.machine)
    return [(machines[row.machine - 1], row) for row in rows]


def _figure(machine: Equipment, metric: Metric, window: Window, statistic: Statistic, row: Any) -> Figure:
    value = _VALUES[statistic](row)
    if statistic == "last":
        return reading_figure(machine, metric, value, row.last_at)
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
