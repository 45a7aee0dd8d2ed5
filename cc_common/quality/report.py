"""One machine's quality, exact: counted over its rows, all at one moment."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from cc_common.catalog.equipment import Equipment, Metric
from cc_common.db import Connection, compose, queries
from cc_common.errors import InvalidInput
from cc_common.evidence import Evidence
from cc_common.quality.model import Gap, MetricQuality, QualityReport, StuckRun, as_stored
from cc_common.quality.resting import Resting, is_off
from cc_common.timeseries.planner import check_years
from cc_common.timeseries.store import Store
from cc_common.window import Window

MINUTE: Final = timedelta(minutes=1)
STUCK_ROWS: Final = 120  # the same reading for so many minutes
LONGEST: Final = timedelta(days=31)


def report(store: Store, resting: Resting, machine: Equipment, window: Window) -> QualityReport:
    """The machine's metrics; InvalidInput for a window of more than 31 days or less than a minute."""
    minutes = whole_minutes(window)
    if minutes.end - minutes.start > LONGEST:
        raise InvalidInput(f"Quality is counted row by row: over at most {LONGEST.days} days.")
    metrics = store.catalog.type(machine.type).metrics
    moving = {m.name for m in metrics if m.kind == "gauge" and not resting.rests(machine.id, m.name, minutes.end)}
    with store.database.transaction() as connection:
        connection.execute(queries("quality")["one_moment"])
        found = tuple(_of_metric(connection, machine, m, minutes, moves=m.name in moving) for m in metrics)
    return QualityReport(
        equipment=machine.id, window=minutes, metrics=tuple(_while_on(store, machine, m) for m in found)
    )


def _while_on(store: Store, machine: Equipment, metric: MetricQuality) -> MetricQuality:
    """Without the runs in which the machine was off."""
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
