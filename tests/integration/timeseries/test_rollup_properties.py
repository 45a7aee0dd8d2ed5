"""Roll-ups, newest readings and raw rows stay one and the same through any writes and crashes of writer and server."""

from __future__ import annotations

import os
import signal
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from threading import Timer

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cc_common.catalog.store import install_catalog
from cc_common.core.errors import DatabaseUnavailable
from cc_common.core.windows import Window
from cc_common.db import Connection, Database, EmbeddedServer, migrate
from cc_common.simulator import PLANT
from cc_common.timeseries.rows import Rows
from cc_common.timeseries.writer import bulk_load, delete_readings, write_minute
from tests.integration.timeseries.test_writes import MACHINE, MINUTE, START, differences, some

Write = tuple[str, list[int], float]
Readings = dict[datetime, tuple[float | None, ...]]
# Minutes in any order and more than once; several days, so that late rows fall into hours that are counted already.
WRITES = st.tuples(
    st.sampled_from(["bulk", "minute", "delete"]),
    st.lists(st.integers(0, 4000), min_size=1, max_size=60),
    st.floats(-1e4, 1e4, width=32),
)
FATES = st.sampled_from(["well", "well", "well", "writer dies", "server dies before commit", "server dies any time"])


@dataclass(kw_only=True)
class Store:
    """A plant on a durable server of its own, and what it must hold."""

    server: EmbeddedServer
    database: Database
    holds: Readings = field(default_factory=dict)


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    with tempfile.TemporaryDirectory(prefix="cc-tests-") as path, EmbeddedServer(Path(path), own=True) as server:
        database = Database(server.dsn("cc_timeseries"), pool_size=2, timeout_s=5.0, name="plant")
        migrate(database, "timeseries")
        install_catalog(database, PLANT)
        yield Store(server=server, database=database)
        database.close()


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.tuples(WRITES, FATES), min_size=1, max_size=5))
def test_whatever_is_written_and_whoever_dies_rollups_equal_the_raw_rows(
    store: Store, steps: list[tuple[Write, str]]
) -> None:
    for write, fate in steps:
        before, after = store.holds, expected(store.holds, write)
        acknowledged = attempt(store, write, fate)
        store.holds = found = held(store.database)
        assert found == after if acknowledged else found in (before, after)
        assert differences(store.database) == 0
        assert newest(store.database) == max(found, default=None)


def attempt(store: Store, write: Write, fate: str) -> bool:
    """Whether the write was acknowledged; the server runs again afterwards."""
    killer = Timer(0.003 + write[1][0] / 400_000, kill, [store.server])
    try:
        with store.database.transaction() as connection:
            if fate == "server dies any time":
                killer.start()
            apply(connection, write)
            if fate == "writer dies":
                connection.pgconn.finish()  # what the server sees when a process is gone
                raise DatabaseUnavailable
            if fate == "server dies before commit":
                kill(store.server)
    except DatabaseUnavailable:
        return False
    finally:
        killer.join() if killer.is_alive() else killer.cancel()
        store.server.ensure_running()
    return True


def apply(connection: Connection, write: Write) -> None:
    how, _, _ = write
    if how == "bulk":
        bulk_load(connection, PLANT, MACHINE, rows_of(write))
    elif how == "delete":
        delete_readings(connection, PLANT, MACHINE, window_of(write))
    else:
        rows = rows_of(write)
        readings = [None if np.isnan(value) else float(value) for value in rows.values[0]]
        write_minute(connection, PLANT, START + write[1][0] * MINUTE, {MACHINE: readings})


def expected(holds: Readings, write: Write) -> Readings:
    how, minutes, _ = write
    if how == "delete":
        window = window_of(write)
        return {ts: values for ts, values in holds.items() if not window.start <= ts < window.end}
    rows = rows_of(write)
    given = zip(minutes, rows.values.tolist(), strict=False)
    new = {START + at * MINUTE: tuple(None if np.isnan(v) else v for v in values) for at, values in given}
    return holds | new


def rows_of(write: Write) -> Rows:
    _, minutes, base = write
    return some(minutes if write[0] == "bulk" else minutes[:1], base)


def window_of(write: Write) -> Window:
    _, minutes, _ = write
    first = START + minutes[0] * MINUTE
    return Window(start=first, end=first + len(minutes) * timedelta(minutes=9))


def held(database: Database) -> Readings:
    """The raw rows, each real as the float it is and not in as few digits as name it."""
    with database.connection() as connection:
        rows = connection.execute(f"SELECT * FROM {MACHINE} ORDER BY ts", binary=True).fetchall()
    return {row[0]: tuple(row[1:]) for row in rows}


def newest(database: Database) -> datetime | None:
    with database.connection() as connection:
        found = connection.execute("SELECT ts FROM latest_reading WHERE equipment_id = %s", [MACHINE]).fetchone()
    return found[0] if found else None


def kill(server: EmbeddedServer) -> None:
    if server.pid:
        os.kill(server.pid, signal.SIGKILL)
