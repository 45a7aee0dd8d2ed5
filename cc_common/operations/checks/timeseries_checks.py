"""Checks of what the store's readers give, by plain SQL over the rows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, timedelta
from typing import Any, Final

from cc_common import alerts
from cc_common.operations.checks import store_checks
from cc_common.operations.checks.store_checks import rollups_equal_rows
from cc_common.operations.checks.subject import Check, Subject, confirm, expect, few, same

DAY: Final = timedelta(days=1)


def latest_of_one(scene: Subject) -> str:
    """The newest readings of a machine are those of its newest row."""
    for machine in scene.sampled:
        names = [m.name for m in scene.catalog.type_of(machine).metrics]
        row = scene.sql("newest_row", table=machine, columns=names)[0]
        told = {f.metric: f for f in scene.readings.latest(machine) if f.at == row.ts.astimezone(UTC)}
        wrong = [
            n for n, v in zip(names, row[1:], strict=True) if v is not None and (n not in told or told[n].value != v)
        ]
        expect(not wrong, f"{machine} says otherwise of {few(wrong)}")
    return f"equal to the newest rows of {len(scene.sampled)} machines"


def latest_of_all(scene: Subject) -> str:
    """The fleet's newest rows are the newest rows of its tables."""
    told = {row.equipment: row.ts for row in scene.readings.latest_all()}
    machines = [machine.id for machine in scene.catalog.equipment]
    times = {machine: scene.sql("newest_times", table=machine)[0].ts for machine in machines}
    wrong = [name for name, ts in times.items() if (ts and ts.astimezone(UTC)) != told.get(name)]
    expect(not wrong, f"not the newest row of {few(wrong)}")
    return f"{len(told)} machines"


def day_by_hour(scene: Subject) -> str:
    """24 hours by hour are what the rows say."""
    window = scene.until_newest(DAY)
    for machine in scene.sampled:
        metric = next((m for m in scene.catalog.type_of(machine).metrics if m.kind == "gauge"), None)
        if metric is None:
            continue
        told = scene.readings.series(machine, metric.name, window, step="PT1H").points
        bounds = {"start": window.start, "end": window.end, "tz": scene.catalog.tz}
        truth = {r.ts.astimezone(UTC): r for r in scene.sql("hours", bounds, table=machine, column=metric.name)}
        found = {point.start: point for point in told if point.rows}
        expect(found.keys() == truth.keys(), f"{machine}.{metric.name} has other hours than its rows")
        wrong = [ts for ts, row in truth.items() if not same(found[ts].value, row.value) or found[ts].rows != row.n]
        expect(not wrong, f"{machine}.{metric.name} differs in {len(wrong)} hours, first {wrong[:1]}")
    return f"equal to the rows of {len(scene.sampled)} machines"


def statistics(scene: Subject) -> str:
    """Statistics over ragged windows are those of the rows."""
    ragged = scene.until_newest(timedelta(hours=26, minutes=17))
    figures = [
        f for m in scene.sampled for name in _metrics(scene, m) for f in scene.readings.statistics(m, name, ragged)
    ]
    expect(bool(figures), "no statistics of a day and a bit")
    confirm(scene, figures)
    return f"{len(figures)} figures equal raw SQL"


def provenance(scene: Subject) -> str:
    """Newest readings, comparisons and rankings can be found again by their evidence alone."""
    day, catalog = scene.until_newest(DAY), scene.catalog
    figures = [f for machine in scene.sampled for f in scene.readings.latest(machine)]
    for machine in scene.sampled:
        kind = catalog.type_of(machine)
        figures += scene.readings.rank(kind.name, kind.metrics[0].name, day, "max", order="desc", limit=3)
    confirm(scene, figures)
    return f"{len(figures)} figures found again by table, column, statistic and window"


def anomalies(scene: Subject) -> str:
    """The detector answers, and its values are what the rows say."""
    found = scene.anomalies.fleet(scene.until_newest(DAY))
    wrong = [a for a in found if a.value is not None and not _in_rows(scene, a)]
    expect(not wrong, f"{len(wrong)} anomalies are not what their rows say")
    return f"{len(found)} in the plant's last 24 hours"


def alarms(scene: Subject) -> str:
    """The counts of alerts agree with their lists."""
    counts = alerts.counts(scene.databases.app)
    totals = {state: alerts.find(scene.databases.app, state=state, limit=1).total for state in alerts.OPEN}
    told = {"raised": counts.raised, "acknowledged": counts.acknowledged}
    expect(totals == told, f"{told} counted, {totals} listed")
    return f"{counts.raised} raised, {counts.acknowledged} acknowledged"


def _metrics(scene: Subject, machine: str) -> Iterator[str]:
    return (metric.name for metric in scene.catalog.type_of(machine).metrics)


def _in_rows(scene: Subject, anomaly: Any) -> bool:
    bounds = {"start": anomaly.evidence.start, "end": anomaly.evidence.end}
    row = scene.sql("figures", bounds, table=anomaly.evidence.table, column=anomaly.evidence.column)[0]
    return bool(row.count == anomaly.evidence.rows) and same(anomaly.value, getattr(row, anomaly.evidence.statistic))


SUITE: Final = tuple(
    Check(f"timeseries: {name}", look)
    for name, look in (
        ("connection", store_checks.connection),
        ("catalogue complete", store_checks.catalogue),
        ("tables there", store_checks.tables),
        ("rows and their range", store_checks.rows),
        ("latest of one", latest_of_one),
        ("latest of all", latest_of_all),
        ("24 hours by hour", day_by_hour),
        ("statistics equal raw SQL", statistics),
        ("roll-ups equal rows", rollups_equal_rows),
        ("feed fresh", store_checks.feed),
        ("index used", store_checks.index),
        ("provenance", provenance),
        ("anomalies", anomalies),
        ("alerts", alarms),
    )
)
