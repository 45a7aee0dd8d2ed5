"""Reads of the plant through the access layer, warm, beside SELECT 1 on a connection of the same pool.

    python benchmarks/timeseries.py [--count 200]

Joins the databases of the settings (start them with make run), or starts the embedded server on them: another plant by
CC_DATA_DIR or CC_TIMESERIES_DSN. Ragged windows begin and end inside an hour. Beside some figures stand DuckDB's over
the same rows in Parquet, which must say the same.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from benchmarks.duckdb_peer import Export, Peer, Question, between, check_equal, peer
from cc_common.catalog.store import Catalog, load_catalog
from cc_common.config import load_settings
from cc_common.db import Database, open_databases
from cc_common.timeseries import TimeSeries
from cc_common.window import Window

Read = Callable[[], Any]
WARM_UP = 15  # the driver prepares a statement at its fifth run, PostgreSQL keeps its plan five runs later
LONGEST_S = 3.0
POWER, ENERGY = "power_consumption_kw", "energy_kwh"


@dataclass(frozen=True)
class Case:
    """One figure; `peer` where DuckDB can be asked the same."""

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
        with peer(readings, catalog.tz, _exports(catalog, spans)) as duck:
            print(f"{'milliseconds':44}{'p50':>9}{'p95':>9}{'aim p50':>9}{'DuckDB p50':>12}")
            with readings.connection() as held:
                _row("SELECT 1, connection held", None, _times(lambda: held.execute("SELECT 1").fetchall(), count))
            for case in _cases(readings, catalog, spans):
                _row(case.name, case.aim, _times(case.read, count), _peers(case, duck, count))


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
    def export(kind: str, column: str, machines: int | None, window: Window) -> Export:
        ids = [machine.id for machine in catalog.of_type(kind)][:machines]
        return Export(name=kind if machines is None else f"one_{kind}", machines=ids, column=column, window=window)

    return [
        export("chiller", POWER, 1, spans.whole),
        export("energy_meter", ENERGY, 1, spans.whole),
        export("ahu", "fan_power_kw", None, spans.week),
        export("energy_meter", ENERGY, None, spans.week),
    ]


def _cases(database: Database, catalog: Catalog, spans: Spans) -> Iterator[Case]:
    readings = TimeSeries(database, catalog)
    last = Question(
        "SELECT last(value ORDER BY ts) FROM one_chiller WHERE value IS NOT NULL", lambda found: [found[0].value]
    )
    yield Case("a connection of the pool, no statement", None, lambda: _checkout(database))
    yield Case("latest, one metric", 0.1, lambda: readings.latest("chiller_001", [POWER]), last)
    yield Case("latest, whole machine", None, lambda: readings.latest("chiller_001"))
    yield Case("latest of all machines", 2.0, readings.latest_all)
    yield from _curves(readings, spans)
    yield from _figures(readings, _ragged(spans.day), _ragged(spans.week), _ragged(spans.years))


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

    chiller, fan = ("chiller_001", POWER), ("ahu", "fan_power_kw")
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
    """DuckDB's times, once it was seen to say the same."""
    if duck is None or case.peer is None:
        return None
    ask = duck.reader(case.peer)
    check_equal(case.name, case.peer.ours(case.read()), ask())
    return _times(ask, count)


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


def _row(name: str, aim: float | None, times: list[float], peers: list[float] | None = None) -> None:
    p95 = statistics.quantiles(times, n=20)[-1]
    theirs = f"{statistics.median(peers):12.3f}" if peers else ""
    print(f"{name:44}{statistics.median(times):9.3f}{p95:9.3f}{aim or '':>9}{theirs}".rstrip())


if __name__ == "__main__":
    main()
