"""TimeSeries: reads the plant's readings; every figure has evidence of the rows that it was computed from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from cc_common.catalog.equipment import Equipment, Metric
from cc_common.catalog.store import Catalog
from cc_common.core.errors import InvalidInput
from cc_common.core.evidence import Figure, Statistic
from cc_common.core.windows import Window
from cc_common.db import Database
from cc_common.timeseries import series as curves
from cc_common.timeseries import statements, window_figures
from cc_common.timeseries.model import SUMMARY, LatestRow, Order, Series, Store
from cc_common.timeseries.window_figures import MINUTE, figures_of_window, reading_figure

SINCE: Final = datetime(1970, 1, 1, tzinfo=UTC)


def latest_of_machine(store: Store, machine: Equipment, metrics: Sequence[Metric]) -> tuple[Figure, ...]:
    """The newest reading of each metric, in the order given; metrics without readings are omitted."""
    rows = store.rows(statements.plain("newest_row"), {"machine": machine.id})
    if not rows:
        return ()
    ts, readings = rows[0]
    names = (metric.name for metric in store.catalog.type(machine.type).metrics)
    values = dict(zip(names, readings, strict=False))
    found = (_reading(store, machine, metric, values[metric.name], ts) for metric in metrics)
    return tuple(figure for figure in found if figure is not None)


def latest_of_fleet(store: Store, machines: Sequence[Equipment]) -> tuple[LatestRow, ...]:
    """The newest row of each of these machines, in their order; machines without rows are omitted."""
    names = {kind.name: tuple(m.name for m in kind.metrics) for kind in store.catalog.types}
    rows = _by_id(store.rows(statements.plain("newest_rows"), {}))
    found = [(m, rows[m.id]) for m in machines if m.id in rows]
    return tuple(
        LatestRow(equipment=m.id, ts=r.ts.astimezone(UTC), readings=dict(zip(names[m.type], r.readings, strict=False)))
        for m, r in found
    )


def latest_of_type(store: Store, machines: Sequence[Equipment], metric: Metric) -> tuple[Figure, ...]:
    """The newest reading of one metric for each machine of a type; machines without readings are omitted."""
    kind = store.catalog.type(machines[0].type)
    parameters = {"type": kind.name, "position": kind.metrics.index(metric) + 1}
    rows = _by_id(store.rows(statements.plain("newest_of_metric"), parameters))
    found = ((m, rows[m.id]) for m in machines if m.id in rows)
    readings = (_reading(store, m, metric, row.value, row.ts) for m, row in found)
    return tuple(figure for figure in readings if figure is not None)


def _reading(store: Store, machine: Equipment, metric: Metric, value: float | None, ts: datetime) -> Figure | None:
    if value is not None:
        return reading_figure(machine, metric, value, ts)
    older = Window(start=SINCE, end=ts + MINUTE)
    return next(iter(figures_of_window(store, [machine], metric, older, ["last"])), None)


def _by_id(rows: Iterable[Any]) -> dict[str, Any]:
    return {row.equipment_id: row for row in rows}


class TimeSeries:
    """Reads of one plant. NotFound for unknown names; InvalidInput for a statistic without meaning for its metric."""

    def __init__(self, database: Database, catalog: Catalog) -> None:
        self._store = Store(database, catalog)
        self._catalog = catalog

    def latest(self, equipment_id: str, metrics: Sequence[str] | None = None) -> tuple[Figure, ...]:
        """The newest reading of each metric (None: all), each with its own time; metrics without one are omitted."""
        machine = self._catalog.get(equipment_id)
        asked = self._catalog.type(machine.type).metrics
        if metrics is not None:
            asked = tuple(self._catalog.metric(equipment_id, name) for name in metrics)
        return latest_of_machine(self._store, machine, asked)

    def latest_all(self, equipment_type: str | None = None) -> tuple[LatestRow, ...]:
        """The newest row of every machine (of that type), in catalogue order; machines without rows are omitted."""
        machines = self._catalog.equipment if equipment_type is None else self._catalog.of_type(equipment_type)
        return latest_of_fleet(self._store, machines)

    def figure(self, equipment_id: str, metric: str, window: Window, statistic: Statistic) -> Figure | None:
        """One statistic of a window, exact; None when the window has no reading."""
        machine, found = self._named(equipment_id, metric)
        return next(iter(window_figures.figures_of_window(self._store, [machine], found, window, [statistic])), None)

    def statistics(self, equipment_id: str, metric: str, window: Window) -> tuple[Figure, ...]:
        """Gauges: avg, min, max, count. Tallies: sum, max, count. Counters: delta, count. Empty without readings."""
        machine, found = self._named(equipment_id, metric)
        return tuple(window_figures.figures_of_window(self._store, [machine], found, window, SUMMARY[found.kind]))

    def series(
        self,
        equipment_id: str,
        metric: str,
        window: Window,
        *,
        step: str | None = None,
        aggregation: Statistic | None = None,
    ) -> Series:
        """A curve by `step` (None: a step with at most 370 points), buckets aligned to the plant's clock.

        aggregation None: avg of a gauge, delta of a counter, sum of a tally.
        """
        return curves.read_series(self._store, *self._named(equipment_id, metric), window, step, aggregation)

    def compare(
        self, equipment_ids: Sequence[str], metric: str, window: Window, statistic: Statistic
    ) -> tuple[Figure, ...]:
        """One statistic of several machines in the order given; machines without readings are omitted.

        window None compares the newest readings (statistic "last").
        """
        asked = dict.fromkeys(equipment_ids)
        of_type: dict[str, tuple[Metric, list[Equipment]]] = {}
        for machine, found in (self._named(equipment_id, metric) for equipment_id in asked):
            of_type.setdefault(machine.type, (found, []))[1].append(machine)
        groups = (
            window_figures.figures_of_window(self._store, ms, found, window, [statistic])
            for found, ms in of_type.values()
        )
        by_id = {figure.equipment: figure for group in groups for figure in group}
        return tuple(by_id[equipment_id] for equipment_id in asked if equipment_id in by_id)

    def rank(
        self,
        equipment_type: str,
        metric: str,
        window: Window | None,
        statistic: Statistic,
        *,
        order: Order,
        limit: int | None,
    ) -> tuple[Figure, ...]:
        """The machines of a type ordered by one statistic, ties by number; machines without readings are omitted.

        window None ranks the newest readings (statistic "last").
        """
        if limit is not None and limit < 1:
            raise InvalidInput(f"A ranking shows at least one machine, not {limit}.")
        if window is None and statistic != "last":
            raise InvalidInput(f"A ranking by {statistic} needs a window; without one it goes by the newest readings.")
        machines = self._catalog.of_type(equipment_type)
        if not machines:
            return ()
        found = self._catalog.metric(machines[0].id, metric)
        if window is None:
            newest = latest_of_type(self._store, machines, found)
            return tuple(sorted(newest, key=lambda figure: figure.value, reverse=order == "desc")[:limit])
        return tuple(
            window_figures.ranked_figures(self._store, machines, found, window, statistic, order=order, limit=limit)
        )

    def data_range(self, equipment_id: str) -> Window | None:
        """From the first row to the end of the newest row's minute; None for a machine without rows."""
        row = self._store.rows(statements.data_range(self._catalog.get(equipment_id).id), {})[0]
        return None if row.first is None else Window(start=row.first, end=row.last + window_figures.MINUTE)

    def _named(self, equipment_id: str, metric: str) -> tuple[Equipment, Metric]:
        return self._catalog.get(equipment_id), self._catalog.metric(equipment_id, metric)
