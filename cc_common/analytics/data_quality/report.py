"""Data quality reports: one machine exactly from its rows, or all machines from the roll-ups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from cc_common.analytics.anomalies.stuck_sensors import (
    STUCK_ROWS,
    Resting,
    StuckSensor,
    find_stuck_metrics,
    find_stuck_sensors,
    is_off,
)
from cc_common.analytics.data_quality.measures import (
    Gap,
    MachineQuality,
    MetricQuality,
    QualityReport,
    Range,
    StuckRun,
    as_stored,
    read_ranges,
)
from cc_common.catalog.equipment import Equipment, EquipmentType, Metric
from cc_common.catalog.store import Catalog
from cc_common.core.errors import InvalidInput
from cc_common.core.evidence import Evidence
from cc_common.core.windows import Window
from cc_common.db import Connection, Database, compose, queries
from cc_common.timeseries.model import Store
from cc_common.timeseries.statements import check_years


def quality_overview(
    store: Store, resting: Resting, machines: Sequence[Equipment], window: Window
) -> tuple[MachineQuality, ...]:
    """The quality of the machines, in the order given."""
    minutes = whole_minutes(window)
    found: dict[str, MachineQuality] = {}
    for name in dict.fromkeys(m.type for m in machines):
        own, kind = [m for m in machines if m.type == name], store.catalog.type(name)
        heard = read_ranges(store, kind, own, minutes)
        still = find_stuck_metrics(store, resting, own, kind, minutes)
        found |= {m.id: _machine(m, kind, minutes, heard[m.id], still.get(m.id, ())) for m in own}
    return tuple(found[m.id] for m in machines)


def _machine(
    machine: Equipment, kind: EquipmentType, window: Window, heard: Sequence[Range], stuck: tuple[str, ...]
) -> MachineQuality:
    metrics = list(zip(kind.metrics, heard, strict=True))
    return MachineQuality(
        equipment=machine.id,
        window=window,
        expected=(window.end - window.start) // MINUTE * len(kind.metrics),
        rows=sum(of.rows for of in heard),
        missing=tuple(metric.name for metric, of in metrics if not of.rows),
        stuck=stuck,
        out_of_range=tuple(metric.name for metric, of in metrics if _is_out(metric, of)),
    )


def _is_out(metric: Metric, of: Range) -> bool:
    low, high = as_stored(metric.low), as_stored(metric.high)
    under = low is not None and of.low is not None and of.low < low
    return under or (high is not None and of.high is not None and of.high > high)


MINUTE: Final = timedelta(minutes=1)
MAX_WINDOW: Final = timedelta(days=31)


def quality_report(store: Store, resting: Resting, machine: Equipment, window: Window) -> QualityReport:
    """The quality of a machine's metrics; InvalidInput for a window of over 31 days or under a minute."""
    minutes = whole_minutes(window)
    if minutes.end - minutes.start > MAX_WINDOW:
        raise InvalidInput(f"Quality is counted row by row: over at most {MAX_WINDOW.days} days.")
    metrics = store.catalog.type(machine.type).metrics
    moving = {m.name for m in metrics if m.kind == "gauge" and not resting.rests(machine.id, m.name, minutes.end)}
    with store.database.connection() as connection, connection.transaction():  # read-only
        connection.execute(queries("quality")["one_moment"])
        found = tuple(_of_metric(connection, machine, m, minutes, moves=m.name in moving) for m in metrics)
    return QualityReport(
        equipment=machine.id, window=minutes, metrics=tuple(_while_on(store, machine, m) for m in found)
    )


def _while_on(store: Store, machine: Equipment, metric: MetricQuality) -> MetricQuality:
    """Drops the runs during which the machine was off."""
    kind = store.catalog.type(machine.type)
    return replace(metric, stuck=tuple(r for r in metric.stuck if not is_off(store, kind, machine.id, r.start, r.end)))


def whole_minutes(window: Window) -> Window:
    """The minutes that begin in the window; InvalidInput when none does."""
    check_years(window)
    start, end = (
        moment + (datetime.min.replace(tzinfo=UTC) - moment) % MINUTE for moment in (window.start, window.end)
    )
    if start == end:
        raise InvalidInput("No whole minute begins in the window.")
    return Window(start=start, end=end, label=window.label)


def _of_metric(
    connection: Connection, machine: Equipment, metric: Metric, window: Window, *, moves: bool
) -> MetricQuality:
    limits = {"low": as_stored(metric.low), "high": as_stored(metric.high)}
    given = {"start": window.start, "end": window.end, "least": STUCK_ROWS, **limits}

    def ask(name: str) -> list[Any]:
        query = compose(queries("quality")[name], table=machine.id, column=metric.name)
        return connection.execute(query, given).fetchall()

    counted = ask("tally")[0]
    return MetricQuality(
        metric=metric.name,
        unit=metric.unit,
        expected=(window.end - window.start) // MINUTE,
        rows=counted.rows,
        gaps=tuple(Gap(**row._asdict()) for row in ask("gaps")),
        stuck=tuple(StuckRun(**row._asdict()) for row in ask("stuck_runs")) if moves else (),
        below=counted.below,
        above=counted.above,
        evidence=Evidence(
            table=machine.id,
            column=metric.name,
            statistic="count",
            start=window.start,
            end=window.end,
            rows=counted.rows,
        ),
    )


class DataQuality:
    """Reports the data quality of one plant."""

    def __init__(self, database: Database, catalog: Catalog) -> None:
        self._store = Store(database, catalog)
        self._resting = Resting(self._store)

    def report(self, equipment_id: str, window: Window) -> QualityReport:
        """The exact report of one machine. NotFound; InvalidInput for more than 31 days or less than a minute."""
        return quality_report(self._store, self._resting, self._store.catalog.get(equipment_id), window)

    def fleet(self, window: Window, equipment_ids: Sequence[str] | None = None) -> tuple[MachineQuality, ...]:
        """The overview of all machines (or these), in catalogue order, from the roll-ups."""
        catalog = self._store.catalog
        machines = catalog.equipment if equipment_ids is None else tuple(catalog.get(each) for each in equipment_ids)
        return quality_overview(self._store, self._resting, machines, window)

    def frozen(self, now: datetime) -> tuple[StuckSensor, ...]:
        """The sensors that moved before and have been flat for at least two hours."""
        return find_stuck_sensors(self._store, self._resting, now)
