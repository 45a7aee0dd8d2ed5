"""The peer of benchmarks/timeseries.py: DuckDB on the same rows in Parquet, exported for the run."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from cc_common.core.windows import Window
from cc_common.db import Database, compose

EXACT: Final = 1e-9  # relative: both add in double precision, in different order
_ROWS: Final = "SELECT ts, {column} AS value FROM {table} WHERE ts >= %(start)s AND ts < %(end)s ORDER BY ts"

Values = list[float]


@dataclass(frozen=True, kw_only=True, eq=False)
class Export:
    """Rows of one column per machine in the file `name`; `columns` by machine."""

    name: str
    columns: Mapping[str, str]
    window: Window


@dataclass(frozen=True)
class Question:
    """A DuckDB query, and the numbers of our answer that its column must equal, in order."""

    sql: str
    ours: Callable[[Any], Values]


class Peer:
    """An open DuckDB with a view for each export: machine, ts (UTC), local (the plant's clock), value."""

    def __init__(self, connection: Any, write: Callable[[], None]) -> None:
        self._connection = connection
        self.renew = write  # exports everything again, after the feed has written

    def reader(self, question: Question) -> Callable[[], Values]:
        """Executes and fetches, each time from the Parquet file."""
        return lambda: [row[0] for row in self._connection.execute(question.sql).fetchall()]


@contextmanager
def peer(database: Database, tz: str, exports: Sequence[Export]) -> Iterator[Peer | None]:
    """Exports and opens; None, with a message, where DuckDB is not installed."""
    try:
        import duckdb
    except ImportError:
        print("DuckDB is not installed (pip install duckdb): its figures are left out.")
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="cc-bench-") as folder, duckdb.connect() as connection:
        connection.execute("SET threads TO 2; SET TimeZone TO 'UTC'")
        paths = {export: Path(folder) / f"{export.name}.parquet" for export in exports}

        def write() -> None:
            for export, path in paths.items():
                _write(database, export, path)

        write()
        for export, path in paths.items():
            connection.execute(
                f"CREATE VIEW {export.name} AS SELECT *, timezone('{tz}', ts) AS local FROM read_parquet('{path}')"
            )
        yield Peer(connection, write)


def alike(ours: Values, theirs: Values) -> bool:
    """Whether both results are equal."""
    return len(ours) == len(theirs) and all(
        math.isclose(a, b, rel_tol=EXACT, abs_tol=1e-9) for a, b in zip(ours, theirs, strict=True)
    )


def moment(at: datetime) -> str:
    """A timestamp literal of DuckDB."""
    return f"TIMESTAMPTZ '{at.astimezone(UTC):%Y-%m-%d %H:%M:%S}+00'"


def between(window: Window) -> str:
    """The condition for the rows of a window that have a reading."""
    return f"ts >= {moment(window.start)} AND ts < {moment(window.end)} AND value IS NOT NULL"


def _write(database: Database, export: Export, path: Path) -> None:
    schema = pa.schema([("machine", pa.string()), ("ts", pa.timestamp("us", tz="UTC")), ("value", pa.float32())])
    span = {"start": export.window.start, "end": export.window.end}
    with pq.ParquetWriter(path, schema) as writer, database.connection() as connection:
        for machine, column in export.columns.items():
            query = compose(_ROWS, table=machine, column=column)
            rows = connection.execute(query, span, binary=True).fetchall()
            columns = [[machine] * len(rows), [row.ts for row in rows], [row.value for row in rows]]
            writer.write_table(pa.table([pa.array(c, f.type) for c, f in zip(columns, schema, strict=True)], schema))
