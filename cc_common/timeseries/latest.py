"""The newest readings: of one machine, of the fleet, of one metric. They come from latest_reading, one row a machine; a
metric that is missing in the newest row is looked for in older ones. A row may have more metrics than a catalogue whose
growth this process has not taken up yet; the new ones come last.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from cc_common.catalog.equipment import Equipment, Metric
from cc_common.evidence import Figure
from cc_common.timeseries import statements
from cc_common.timeseries.model import LatestRow
from cc_common.timeseries.store import Store
from cc_common.timeseries.windows import MINUTE, figures, newest
from cc_common.window import Window

SINCE: Final = datetime(1970, 1, 1, tzinfo=UTC)


def of_machine(store: Store, machine: Equipment, metrics: Sequence[Metric]) -> tuple[Figure, ...]:
    """The newest reading of each metric, in the order asked; metrics without any are left out."""
    rows = store.rows(statements.plain("newest_row"), {"machine": machine.id})
    if not rows:
        return ()
    ts, readings = rows[0]
    names = (metric.name for metric in store.catalog.type(machine.type).metrics)
    values = dict(zip(names, readings, strict=False))
    found = (_reading(store, machine, metric, values[metric.name], ts) for metric in metrics)
    return tuple(figure for figure in found if figure is not None)


def of_fleet(store: Store, machines: Sequence[Equipment]) -> tuple[LatestRow, ...]:
    """The newest row of each of these machines that has one, in their order."""
    names = {kind.name: tuple(m.name for m in kind.metrics) for kind in store.catalog.types}
    rows = _by_id(store.rows(statements.plain("newest_rows"), {}))
    found = [(m, rows[m.id]) for m in machines if m.id in rows]
    return tuple(
        LatestRow(equipment=m.id, ts=r.ts.astimezone(UTC), readings=dict(zip(names[m.type], r.readings, strict=False)))
        for m, r in found
    )


def of_type(store: Store, machines: Sequence[Equipment], metric: Metric) -> tuple[Figure, ...]:
    """The newest reading of one metric of each machine of a type that has any."""
    kind = store.catalog.type(machines[0].type)
    parameters = {"type": kind.name, "position": kind.metrics.index(metric) + 1}
    rows = _by_id(store.rows(statements.plain("newest_of_metric"), parameters))
    found = ((m, rows[m.id]) for m in machines if m.id in rows)
    readings = (_reading(store, m, metric, row.value, row.ts) for m, row in found)
    return tuple(figure for figure in readings if figure is not None)


def _reading(store: Store, machine: Equipment, metric: Metric, value: float | None, ts: datetime) -> Figure | None:
    if value is not None:
        return newest(machine, metric, value, ts)
    older = Window(start=SINCE, end=ts + MINUTE)
    return next(iter(figures(store, [machine], metric, older, ["last"])), None)


def _by_id(rows: Iterable[Any]) -> dict[str, Any]:
    return {row.equipment_id: row for row in rows}
