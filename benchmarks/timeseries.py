"""Reads of the plant through the access layer, warm, beside SELECT 1 on a connection of the same pool.

    python benchmarks/timeseries.py [--count 200]

Joins the databases of the settings (start them with make run). Ragged windows begin and end inside an hour.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from cc_common.catalog.store import Catalog, load_catalog
from cc_common.config import load_settings
from cc_common.db import Database, open_databases
from cc_common.timeseries import TimeSeries
from cc_common.window import Window

Case = tuple[str, float | None, Callable[[], Any]]
WARM_UP = 15  # the driver prepares a statement at its fifth run, PostgreSQL keeps its plan five runs later
LONGEST_S = 3.0


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=200, help="runs of each figure (default 200)")
    count = parser.parse_args().count
    with open_databases(load_settings()) as databases:
        readings = databases.timeseries
        catalog = load_catalog(readings)
        print(_conditions(readings, catalog))
        print(f"{'milliseconds':44}{'p50':>9}{'p95':>9}{'aim p50':>9}")
        with readings.connection() as held:
            _row("SELECT 1, connection held", None, _times(lambda: held.execute("SELECT 1").fetchall(), count))
        for name, aim, read in _cases(readings, catalog):
            _row(name, aim, _times(read, count))


def _cases(database: Database, catalog: Catalog) -> Iterator[Case]:
    readings = TimeSeries(database, catalog)
    whole = readings.data_range("chiller_001")
    if whole is None:
        raise SystemExit("chiller_001 has no readings yet: start the plant with make run")
    midnight = whole.end.astimezone(ZoneInfo(catalog.tz)).replace(hour=0, minute=0, second=0, microsecond=0)
    day, week, month, years = (_back(midnight, days, whole) for days in (1, 7, 30, 1095))
    yield "a connection of the pool, no statement", None, lambda: _checkout(database)
    yield "latest, one metric", 0.1, lambda: readings.latest("chiller_001", ["power_consumption_kw"])
    yield "latest, whole machine", None, lambda: readings.latest("chiller_001")
    yield "latest of all machines", 2.0, readings.latest_all
    yield from _curves(readings, day, month, years)
    yield from _figures(readings, _ragged(day), _ragged(week), _ragged(years))


def _curves(readings: TimeSeries, day: Window, month: Window, years: Window) -> Iterator[Case]:
    def curve(window: Window, step: str | None, machine: str = "chiller_001") -> Callable[[], Any]:
        metric = "energy_kwh" if machine.startswith("energy") else "power_consumption_kw"
        return lambda: readings.series(machine, metric, window, step=step)

    yield "24 h by hour", 0.25, curve(day, "PT1H")
    yield "24 h by hour, ragged", 0.25, curve(_ragged(day), "PT1H")
    yield "24 h, step chosen (PT5M)", None, curve(day, None)
    yield f"{_days(month)} d by hour", 1.5, curve(month, "PT1H")
    yield f"{_days(years)} d by day", 2.0, curve(years, "P1D")
    yield f"{_days(month)} d by day, a counter's delta", None, curve(month, "P1D", "energy_meter_001")


def _figures(readings: TimeSeries, day: Window, week: Window, years: Window) -> Iterator[Case]:
    def figures(window: Window, machine: str, metric: str) -> Callable[[], Any]:
        return lambda: readings.statistics(machine, metric, window)

    def rank(equipment_type: str, metric: str, window: Window | None, statistic: Any) -> Callable[[], Any]:
        return lambda: readings.rank(equipment_type, metric, window, statistic, order="desc", limit=5)

    yield "statistics of 24 h, ragged", 1.0, figures(day, "chiller_001", "power_consumption_kw")
    yield f"statistics of {_days(years)} d, ragged", 1.0, figures(years, "chiller_001", "power_consumption_kw")
    yield f"delta of {_days(years)} d, ragged", 1.0, figures(years, "energy_meter_001", "energy_kwh")
    yield "rank of 80 AHUs, newest", None, rank("ahu", "fan_power_kw", None, "last")
    yield f"rank of 80 AHUs, {_days(week)} d ragged, avg", 5.0, rank("ahu", "fan_power_kw", week, "avg")
    yield f"rank of 90 meters, {_days(week)} d ragged, delta", None, rank("energy_meter", "energy_kwh", week, "delta")


def _back(midnight: datetime, days: int, whole: Window) -> Window:
    """So many days before that midnight, as far as there are any."""
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
        found = connection.execute(query).fetchone()
    whole = TimeSeries(database, catalog).data_range("chiller_001")
    load = f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
    return f"PostgreSQL {found.version}, {found.rows:,} rows, {whole and _days(whole)} days, {load}"


def _times(read: Callable[[], Any], count: int) -> list[float]:
    for _ in range(WARM_UP):
        read()
    times: list[float] = []
    started = time.perf_counter()
    while len(times) < count and time.perf_counter() - started < LONGEST_S:
        before = time.perf_counter()
        read()
        times.append((time.perf_counter() - before) * 1000)
    return times


def _row(name: str, aim: float | None, times: list[float]) -> None:
    p95 = statistics.quantiles(times, n=20)[-1]
    print(f"{name:44}{statistics.median(times):9.3f}{p95:9.3f}{aim or '':>9}")


if __name__ == "__main__":
    main()
