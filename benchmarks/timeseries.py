"""Reads of the plant through the access layer, and anomaly scans, warm, compared with SELECT 1.

    .venv/bin/python -m benchmarks.timeseries [--count 200]

Uses the running databases of the settings (make run), or starts the embedded server: another plant by
CC_DATA_DIR or CC_TIMESERIES_DSN. Ragged windows begin and end inside an hour. The peer is DuckDB on the
same rows in Parquet (for all machines' newest readings: the last day's), whose results must be equal.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from benchmarks.aggregate_scans import scans
from benchmarks.duckdb_peer import Export, Peer, Question, alike, between, peer
from benchmarks.table import Read, Table, times
from cc_common.catalog.store import Catalog, load_catalog
from cc_common.core.settings import load_settings
from cc_common.core.windows import Window
from cc_common.db import Database, open_databases
from cc_common.timeseries import TimeSeries

POWER, ENERGY, FAN = "power_consumption_kw", "energy_kwh", "fan_power_kw"
MAX_SCANS = 40
FED_AFTER = timedelta(hours=6)  # time for which a running feed may write until the end


@dataclass(frozen=True)
class Case:
    """One figure; `peer` where DuckDB can run the same query."""

    name: str
    aim: float | None
    read: Read
    peer: Question | None = None


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=200, help="runs of each figure (default 200)")
    count = parser.parse_args().count
    with open_databases(load_settings()) as databases:
        readings = databases.timeseries
        catalog = load_catalog(readings)
        print(_conditions(readings, catalog))
        spans = _spans(TimeSeries(readings, catalog), catalog)
        with peer(readings, catalog.tz, _exports(catalog, spans)) as duck, readings.connection() as held:
            table = Table(held)
            for case in _cases(readings, catalog, spans):
                table.row(case.name, case.aim, times(case.read, count), _peers(case, duck, count))
            for name, aim, read in scans(readings, catalog, spans.whole):
                table.row(name, aim, times(read, min(count, MAX_SCANS)))


@dataclass(frozen=True)
class Spans:
    """Windows that end at the plant's last midnight, as far back as there are readings."""

    whole: Window
    day: Window
    week: Window
    month: Window
    years: Window


def _spans(readings: TimeSeries, catalog: Catalog) -> Spans:
    whole = readings.data_range("chiller_001")
    if whole is None:
        raise SystemExit("chiller_001 has no readings yet: start the plant with make run")
    midnight = whole.end.astimezone(ZoneInfo(catalog.tz)).replace(hour=0, minute=0, second=0, microsecond=0)
    return Spans(whole, *(_back(midnight, days, whole) for days in (1, 7, 30, 1095)))


def _exports(catalog: Catalog, spans: Spans) -> list[Export]:
    def of_type(kind: str, column: str) -> dict[str, str]:
        return {machine.id: column for machine in catalog.of_type(kind)}

    ever = Window(start=spans.whole.start, end=spans.whole.end + FED_AFTER)
    newest = Window(start=spans.whole.end - timedelta(days=1), end=ever.end)
    return [
        Export(name="one_chiller", columns={"chiller_001": POWER}, window=ever),
        Export(name="one_energy_meter", columns={"energy_meter_001": ENERGY}, window=spans.whole),
        Export(name="ahu", columns=of_type("ahu", FAN), window=spans.week),
        Export(name="energy_meter", columns=of_type("energy_meter", ENERGY), window=spans.week),
        Export(name="newest", columns={m.id: _first(catalog, m.id) for m in catalog.equipment}, window=newest),
    ]


def _first(catalog: Catalog, machine: str) -> str:
    return catalog.type_of(machine).metrics[0].name


def _cases(database: Database, catalog: Catalog, spans: Spans) -> Iterator[Case]:
    readings = TimeSeries(database, catalog)
    last = Question(
        "SELECT last(value ORDER BY ts) FROM one_chiller WHERE value IS NOT NULL", lambda found: [found[0].value]
    )
    yield Case("a connection of the pool, no statement", None, lambda: _checkout(database))
    yield Case("latest, one metric", 0.1, lambda: readings.latest("chiller_001", [POWER]), last)
    yield Case("latest, whole machine", None, lambda: readings.latest("chiller_001"))
    yield Case("latest of all machines", 2.0, readings.latest_all, _newest_of_all(catalog))
    yield from _curves(readings, spans)
    yield from _figures(readings, _ragged(spans.day), _ragged(spans.week), _ragged(spans.years))


def _newest_of_all(catalog: Catalog) -> Question:
    """By machine, the first metric of its newest row, where it has one."""
    newest = "SELECT machine, last(value ORDER BY ts) AS value FROM newest GROUP BY machine"
    return Question(
        f"SELECT value FROM ({newest}) WHERE value IS NOT NULL ORDER BY machine",
        lambda rows: [
            v for _, v in sorted((r.equipment, r.readings[_first(catalog, r.equipment)]) for r in rows) if v is not None
        ],
    )


def _curves(readings: TimeSeries, spans: Spans) -> Iterator[Case]:
    def curve(window: Window, step: str | None, machine: str = "chiller_001") -> Read:
        metric = ENERGY if machine.startswith("energy") else POWER
        return lambda: readings.series(machine, metric, window, step=step)

    day, month, years = spans.day, spans.month, spans.years
    yield Case("24 h by hour", 0.25, curve(day, "PT1H"), _curve("hour", day))
    yield Case("24 h by hour, ragged", 0.25, curve(_ragged(day), "PT1H"), _curve("hour", _ragged(day)))
    yield Case("24 h, step chosen (PT5M)", None, curve(day, None))
    yield Case(f"{_days(month)} d by hour", 1.5, curve(month, "PT1H"), _curve("hour", month))
    yield Case(f"{_days(years)} d by day", 2.0, curve(years, "P1D"), _curve("day", years))
    yield Case(f"{_days(month)} d by day, a counter's delta", None, curve(month, "P1D", "energy_meter_001"))


def _figures(readings: TimeSeries, day: Window, week: Window, years: Window) -> Iterator[Case]:
    def figures(window: Window, machine: str, metric: str) -> Read:
        return lambda: readings.statistics(machine, metric, window)

    def rank(equipment_type: str, metric: str, window: Window | None, statistic: Any) -> Read:
        return lambda: readings.rank(equipment_type, metric, window, statistic, order="desc", limit=5)

    chiller, fan = ("chiller_001", POWER), ("ahu", FAN)
    yield Case("statistics of 24 h, ragged", 1.0, figures(day, *chiller), _mean(day))
    yield Case(f"statistics of {_days(years)} d, ragged", 1.0, figures(years, *chiller), _mean(years))
    delta = figures(years, "energy_meter_001", ENERGY)
    yield Case(f"delta of {_days(years)} d, ragged", 1.0, delta, _ranked(_DELTA, "one_energy_meter", years, 1))
    yield Case("rank of 80 AHUs, newest", None, rank(*fan, None, "last"))
    name = f"rank of 80 AHUs, {_days(week)} d ragged, avg"
    yield Case(name, 5.0, rank(*fan, week, "avg"), _ranked("avg(value::DOUBLE)", "ahu", week, 5))
    name = f"rank of 90 meters, {_days(week)} d ragged, delta"
    yield Case(name, 5.0, rank("energy_meter", ENERGY, week, "delta"), _ranked(_DELTA, "energy_meter", week, 5))


_DELTA = "last(value ORDER BY ts)::DOUBLE - first(value ORDER BY ts)::DOUBLE"


def _curve(unit: str, window: Window) -> Question:
    sql = f"SELECT avg(value::DOUBLE) FROM one_chiller WHERE {between(window)} GROUP BY date_trunc('{unit}', local)"
    return Question(
        f"{sql} ORDER BY date_trunc('{unit}', local)",
        lambda series: [point.value for point in series.points if point.value is not None],
    )


def _mean(window: Window) -> Question:
    values = "avg(value::DOUBLE), min(value)::DOUBLE, max(value)::DOUBLE, count(value)::DOUBLE"
    sql = f"SELECT unnest([{values}]) FROM one_chiller WHERE {between(window)}"
    return Question(sql, lambda figures: [figure.value for figure in figures])


def _ranked(value: str, view: str, window: Window, limit: int) -> Question:
    sql = f"SELECT {value} AS v FROM {view} WHERE {between(window)} GROUP BY machine ORDER BY v DESC LIMIT {limit}"
    return Question(sql, lambda figures: [figure.value for figure in figures][:limit])


def _peers(case: Case, duck: Peer | None, count: int) -> list[float] | None:
    """DuckDB's times, after its results were found equal; the feed may have written since the export."""
    if duck is None or case.peer is None:
        return None
    ask = duck.reader(case.peer)
    if not alike(case.peer.ours(case.read()), ask()):
        duck.renew()
        ours, theirs = case.peer.ours(case.read()), ask()
        if not alike(ours, theirs):
            raise SystemExit(f"{case.name}: ours and DuckDB's differ: {ours[:3]}... and {theirs[:3]}...")
    return times(ask, count)


def _back(midnight: datetime, days: int, whole: Window) -> Window:
    """A number of days before that midnight, limited by the readings."""
    return Window(start=max(midnight - timedelta(days=days), whole.start), end=midnight)


def _ragged(window: Window) -> Window:
    return Window(start=window.start + timedelta(minutes=17), end=window.end - timedelta(minutes=24))


def _days(window: Window) -> int:
    return round((window.end - window.start) / timedelta(days=1))


def _checkout(database: Database) -> None:
    with database.connection():
        pass


def _conditions(database: Database, catalog: Catalog) -> str:
    counts = " + ".join(f"(SELECT coalesce(sum(rows), 0) FROM rollup.{t.name}_daily)" for t in catalog.types)
    with database.connection() as connection:
        query = f"SELECT ({counts})::bigint AS rows, current_setting('server_version') AS version"
        (found,) = connection.execute(query).fetchall()
    whole = TimeSeries(database, catalog).data_range("chiller_001")
    load = f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
    return f"PostgreSQL {found.version}, {found.rows:,} rows, {whole and _days(whole)} days, {load}"


if __name__ == "__main__":
    main()
