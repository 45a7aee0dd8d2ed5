"""Checks of the store (schema, rows, roll-ups, feed, index) and of the time-series readers."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import numpy as np

from cc_common import alerts
from cc_common.catalog.equipment import Grain, rollup_columns, rollup_table
from cc_common.catalog.growth import is_imported
from cc_common.catalog.store import GRAINS, repeat_for_columns
from cc_common.core.windows import Window
from cc_common.db import queries
from cc_common.operations.checks import Check, Subject, at_most_few, confirm, expect, is_same
from cc_common.simulator import plant_in

FRESH: Final = timedelta(minutes=5)


def connection(scene: Subject) -> str:
    """Both databases accept connections."""
    with scene.databases.app.connection() as app, scene.databases.timeseries.connection() as readings:
        found = [held.execute(queries("check")["ping"]).fetchone() for held in (app, readings)]
        extension = readings.execute(queries("check")["extension"]).fetchone()
    versions: list[Any] = [row.version for row in found if row]
    return f"PostgreSQL {versions[0]}{f', TimescaleDB {extension.version}' if extension else ''}"


def catalogue(scene: Subject) -> str:
    """Every type has metrics and machines; a simulated plant is complete."""
    catalog = scene.catalog
    bare = [t.name for t in catalog.types if not t.metrics or not catalog.of_type(t.name)]
    expect(
        bool(catalog.equipment) and not bare, f"without metrics or machines: {at_most_few(bare) or 'the whole plant'}"
    )
    if not is_imported(scene.databases.timeseries):
        known = {machine.id for machine in catalog.equipment}
        lost = [machine.id for machine in plant_in(catalog.tz).equipment if machine.id not in known]
        expect(not lost, f"not in the catalogue: {at_most_few(lost)}")
    return f"{catalog.plant_name}: {len(catalog.equipment)} machines of {len(catalog.types)} types"


def tables(scene: Subject) -> str:
    """Each machine has a table with its type's columns, and each type two roll-ups."""
    machines = {machine.id: scene.catalog.type(machine.type) for machine in scene.catalog.equipment}
    rollups = [rollup_table(kind.name, grain) for kind in scene.catalog.types for grain in GRAINS]
    missing = [row.name for row in scene.sql("missing_tables", {"tables": [*machines, *rollups]})]
    expect(not missing, f"missing: {at_most_few(missing)}")
    columns = {r.table: r.columns for r in scene.store.rows(queries("catalog")["columns"], {"tables": list(machines)})}
    odd = [name for name, kind in machines.items() if columns[name] != ["ts", *(m.name for m in kind.metrics)]]
    expect(not odd, f"other columns than their type: {at_most_few(odd)}")
    return f"{len(machines)} tables of readings, {len(rollups)} roll-ups"


def rows(scene: Subject) -> str:
    """Every machine has rows and a data range."""
    ranges = {machine.id: scene.readings.data_range(machine.id) for machine in scene.catalog.equipment}
    empty = [name for name, found in ranges.items() if found is None]
    expect(not empty, f"without rows: {at_most_few(empty)}")
    whole = [found for found in ranges.values() if found is not None]
    first, last = min(w.start for w in whole), max(w.end for w in whole)
    minutes = sum((w.end - w.start) // timedelta(minutes=1) for w in whole)
    return f"{minutes:,} minutes of machines, {first:%Y-%m-%d %H:%M} to {last:%Y-%m-%d %H:%M} UTC"


def feed(scene: Subject) -> str:
    """The newest readings are no older than five minutes; not checked for an imported plant, which has no feed."""
    times = {row.equipment: row.ts for row in scene.readings.latest_all()}
    expect(bool(times), "there are no readings yet")
    newest = max(times.values())
    if is_imported(scene.databases.timeseries):
        return f"an imported plant: its newest reading is of {newest:%Y-%m-%d %H:%M} UTC"
    silent = [
        m.id for m in scene.catalog.equipment if times.get(m.id, datetime.min.replace(tzinfo=UTC)) < scene.now - FRESH
    ]
    expect(
        not silent,
        f"nothing for five minutes from {at_most_few(silent)}; the newest reading is of {newest:%Y-%m-%d %H:%M} UTC",
    )
    return f"the newest reading is {(scene.now - newest).total_seconds():.0f} s old"


def index(scene: Subject) -> str:
    """Every table has its unique index on time, and the query plan of an hour uses it."""
    names = [machine.id for machine in scene.catalog.equipment]
    without = [row.name for row in scene.sql("without_index", {"tables": names})]
    expect(not without, f"without an index on ts: {at_most_few(without)}")
    hour = scene.until_newest(timedelta(hours=1))
    for machine in scene.sampled:
        column = scene.catalog.type_of(machine).metrics[0].name
        plan = scene.sql("explain", {"start": hour.start, "end": hour.end}, table=machine, column=column)
        text = "\n".join(row[0] for row in plan)
        expect("Seq Scan" not in text, f"{machine} is scanned in full for an hour")
    return f"{len(names)} tables; an hour is an index scan"


DIFFER: Final = 1e-6  # relative difference of sums of an hour or a day, which may be added in another order
_UNITS: Final[tuple[tuple[Grain, str], ...]] = (("hourly", "hour"), ("daily", "day"))


def rollups_equal_rows(scene: Subject) -> str:
    """Every hour and day of the sampled days equals min, max, sum and count of the rows."""
    seen = 0
    for machine in scene.sampled:
        for window in _days(scene, machine):
            for grain, unit in _UNITS:
                counted, told = _counted(scene, machine, window, unit), _told(scene, machine, window, grain)
                wrong = sorted(ts for ts in counted.keys() | told if not _same(counted.get(ts), told.get(ts)))
                expect(not wrong, f"{machine}: {len(wrong)} {unit}s differ from their rows, first {wrong[:1]}")
                seen += len(counted)
    return f"{seen} hours and days of {len(scene.sampled)} machines"


def _days(scene: Subject, machine: str) -> Iterator[Window]:
    """Whole plant days: the machine's today and yesterday, and an earlier day."""
    clock, own = scene.store.clock, scene.readings.data_range(machine)
    if own is None:
        return
    today, first = clock.day(own.end - timedelta(minutes=1)), clock.day(own.start)
    yield Window(start=clock.to_utc(today - timedelta(days=1)), end=clock.to_utc(today + timedelta(days=1)))
    older = (today - first).days - 1
    if older > 0:
        day = first + timedelta(days=int(np.random.default_rng(scene.seed).integers(older)))
        yield Window(start=clock.to_utc(day), end=clock.to_utc(day + timedelta(days=1)))


def _counted(scene: Subject, machine: str, window: Window, unit: str) -> dict[str, tuple[Any, ...]]:
    sql = queries("check")
    names = ({"metric": metric.name} for metric in scene.catalog.type_of(machine).metrics)
    text = repeat_for_columns(sql["counted"], {"metrics": sql["counted_metric"]}, names, table=machine).as_string()
    given = {"start": window.start, "end": window.end, "tz": scene.catalog.tz, "unit": unit}
    return {str(row[0]): row[1:] for row in scene.store.tuples(text, given)}


def _told(scene: Subject, machine: str, window: Window, grain: Grain) -> dict[str, tuple[Any, ...]]:
    sql, kind = queries("check"), scene.catalog.type_of(machine)
    names = (asdict(rollup_columns(metric.name)) for metric in kind.metrics)
    rollup = rollup_table(kind.name, grain)
    text = repeat_for_columns(sql["rolled_up"], {"metrics": sql["rolled_up_metric"]}, names, rollup=rollup).as_string()
    given = {"machine": machine, "start": window.start, "end": window.end}
    return {str(row[0]): row[1:] for row in scene.store.tuples(text, given)}


def _same(counted: tuple[Any, ...] | None, told: tuple[Any, ...] | None) -> bool:
    if counted is None or told is None:
        return counted == told
    return all(
        one == other or (None not in (one, other) and math.isclose(one, other, rel_tol=DIFFER, abs_tol=DIFFER))
        for one, other in zip(counted, told, strict=True)
    )


DAY: Final = timedelta(days=1)


def latest_of_one(scene: Subject) -> str:
    """The latest readings of a machine equal its newest row."""
    for machine in scene.sampled:
        names = [m.name for m in scene.catalog.type_of(machine).metrics]
        row = scene.sql("newest_row", table=machine, columns=names)[0]
        told = {f.metric: f for f in scene.readings.latest(machine) if f.at == row.ts.astimezone(UTC)}
        wrong = [
            n for n, v in zip(names, row[1:], strict=True) if v is not None and (n not in told or told[n].value != v)
        ]
        expect(not wrong, f"{machine}: latest differs from its row in {at_most_few(wrong)}")
    return f"equal to the newest rows of {len(scene.sampled)} machines"


def latest_of_all(scene: Subject) -> str:
    """The latest rows of the fleet equal the newest rows of its tables."""
    told = {row.equipment: row.ts for row in scene.readings.latest_all()}
    machines = [machine.id for machine in scene.catalog.equipment]
    times = {machine: scene.sql("newest_times", table=machine)[0].ts for machine in machines}
    wrong = [name for name, ts in times.items() if (ts and ts.astimezone(UTC)) != told.get(name)]
    expect(not wrong, f"not the newest row of {at_most_few(wrong)}")
    return f"{len(told)} machines"


def day_by_hour(scene: Subject) -> str:
    """24 hours by hour equal the aggregates of the rows."""
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
        wrong = [ts for ts, row in truth.items() if not is_same(found[ts].value, row.value) or found[ts].rows != row.n]
        expect(not wrong, f"{machine}.{metric.name} differs in {len(wrong)} hours, first {wrong[:1]}")
    return f"equal to the rows of {len(scene.sampled)} machines"


def statistics(scene: Subject) -> str:
    """Statistics over windows with fractional hours equal those of the rows."""
    ragged = scene.until_newest(timedelta(hours=26, minutes=17))
    figures = [
        f for m in scene.sampled for name in _metrics(scene, m) for f in scene.readings.statistics(m, name, ragged)
    ]
    expect(bool(figures), "no statistics of a window longer than a day")
    confirm(scene, figures)
    return f"{len(figures)} figures equal raw SQL"


def provenance(scene: Subject) -> str:
    """Latest readings, comparisons and rankings can be recomputed from their evidence alone."""
    day, catalog = scene.until_newest(DAY), scene.catalog
    figures = [f for machine in scene.sampled for f in scene.readings.latest(machine)]
    for machine in scene.sampled:
        kind = catalog.type_of(machine)
        figures += scene.readings.rank(kind.name, kind.metrics[0].name, day, "max", order="desc", limit=3)
    confirm(scene, figures)
    return f"{len(figures)} figures found again by table, column, statistic and window"


def anomalies(scene: Subject) -> str:
    """The detector returns anomalies whose values equal those of the rows."""
    found = scene.anomalies.fleet(scene.until_newest(DAY))
    wrong = [a for a in found if a.value is not None and not _in_rows(scene, a)]
    expect(not wrong, f"{len(wrong)} anomalies differ from their rows")
    return f"{len(found)} in the plant's last 24 hours"


def alarms(scene: Subject) -> str:
    """The counts of alerts equal the lengths of their lists."""
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
    return bool(row.count == anomaly.evidence.rows) and is_same(anomaly.value, getattr(row, anomaly.evidence.statistic))


SUITE: Final = tuple(
    Check(f"timeseries: {name}", look)
    for name, look in (
        ("connection", connection),
        ("catalogue complete", catalogue),
        ("tables there", tables),
        ("rows and their range", rows),
        ("latest of one", latest_of_one),
        ("latest of all", latest_of_all),
        ("24 hours by hour", day_by_hour),
        ("statistics equal raw SQL", statistics),
        ("roll-ups equal rows", rollups_equal_rows),
        ("feed fresh", feed),
        ("index used", index),
        ("provenance", provenance),
        ("anomalies", anomalies),
        ("alerts", alarms),
    )
)
