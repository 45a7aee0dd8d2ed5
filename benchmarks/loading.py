"""Rows per second into an empty, durable server, with roll-ups and newest readings updated; and bytes per row.

    .venv/bin/python -m benchmarks.loading [--days 32]

One machine of each type, its readings simulated before the measurement. The floor is the same
readings by COPY into tables without any index; the peer is DuckDB writing them to Parquet.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pyarrow as pa

from cc_common.catalog.store import install_catalog
from cc_common.core.settings import load_settings
from cc_common.db import Database, EmbeddedServer, compose, migrate, queries
from cc_common.simulator import PLANT
from cc_common.simulator.history import simulate_signals
from cc_common.simulator.plant_build import disk_size
from cc_common.timeseries.rows import Rows, copy_data, timestamps
from cc_common.timeseries.writer import bulk_load

FIRST_DAY: Final = (datetime(2026, 3, 1, tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)).days
AIM: Final = 150_000  # rows per second, with roll-ups
DAYS: Final = 32  # as when history is built: one transaction per machine

Plant = Mapping[str, Rows]


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--days", type=int, default=DAYS, help=f"days of readings (default {DAYS})")
    plant = _simulated(parser.parse_args().days)
    rows = sum(map(len, plant.values()))
    print(
        f"{rows:,} rows of {len(plant)} machines, one connection, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
    )
    print(f"{'rows a second':52}{'':>12}{'aim':>12}")
    with _store() as database:
        _row("COPY into tables without index (floor)", rows, _timed(lambda: _copy(database, plant)))
        _row("loaded, roll-ups and newest readings kept", rows, _timed(lambda: _load(database, plant)), AIM)
        _row("DuckDB, from memory to Parquet", rows, _to_parquet(plant))
        print(disk_size(database, PLANT))


def _simulated(days: int) -> Plant:
    machines = [PLANT.of_type(kind.name)[0].id for kind in PLANT.types]
    return {machine: simulate_signals(PLANT, 1, machine, FIRST_DAY, days) for machine in machines}


@contextmanager
def _store() -> Iterator[Database]:
    """A store on the disk of the data folder, like the plant's."""
    folder = load_settings().data_dir
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="cc-", dir=folder) as own, EmbeddedServer(Path(own), own=True) as server:
        database = Database(server.dsn("cc_timeseries"), pool_size=2, timeout_s=10.0, name="plant")
        migrate(database, "timeseries")
        install_catalog(database, PLANT)
        yield database
        database.close()


def _load(database: Database, plant: Plant) -> None:
    for machine, rows in plant.items():
        with database.connection() as connection:
            bulk_load(connection, PLANT, machine, rows)


def _copy(database: Database, plant: Plant) -> None:
    for machine, rows in plant.items():
        bare, columns = f"bare_{machine}", ["ts", *(metric.name for metric in PLANT.type_of(machine).metrics)]
        with database.transaction() as connection:
            connection.execute(compose("CREATE TABLE {bare} (LIKE {table})", bare=bare, table=machine))
            query = compose(queries("ingest")["copy"], table=bare, columns=columns)
            with connection.cursor() as cursor, cursor.copy(query) as copy:
                copy.write(copy_data([timestamps(rows.ts), *rows.values.T]))


def _to_parquet(plant: Plant) -> float | None:
    """Seconds; None where DuckDB is not installed."""
    try:
        import duckdb
    except ImportError:
        return None
    tables = {machine: _table(rows) for machine, rows in plant.items()}
    with tempfile.TemporaryDirectory(prefix="cc-bench-") as folder, duckdb.connect() as connection:
        connection.execute("SET threads TO 2")

        def write() -> None:
            for machine, table in tables.items():
                connection.register("readings", table)
                connection.execute(f"COPY readings TO '{folder}/{machine}.parquet' (FORMAT parquet)")

        return _timed(write)


def _table(rows: Rows) -> Any:
    return pa.table({"ts": pa.array(rows.ts, pa.timestamp("us")), **{f"m{i}": v for i, v in enumerate(rows.values.T)}})


def _timed(work: Callable[[], None]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _row(name: str, rows: int, seconds: float | None, aim: int | None = None) -> None:
    if seconds is not None:
        print(f"{name:52}{rows / seconds:12,.0f}{f'{aim:,}' if aim else '':>12}")


if __name__ == "__main__":
    main()
