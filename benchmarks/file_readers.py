"""Rows per second and memory of our CSV reader, pyarrow's and DuckDB's; and how each treats malformed lines.

    .venv/bin/python -m benchmarks.file_readers [--mb 200]

One machine with 10 metrics, one reading per minute. The floor is reading the bytes and counting the lines. Each reader
runs in a process of its own, on two threads, and discards what it reads.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import duckdb
import numpy as np
import pyarrow as pa
from pyarrow import csv as arrow_csv

from cc_common.connectors.cells import read_times
from cc_common.connectors.csv_files import CsvFile
from cc_common.connectors.file_layout import FileLayout, names_in_files
from cc_common.connectors.importer import BLOCK
from cc_common.connectors.mapped_catalog import build_catalog
from cc_common.connectors.mapping import PlantMapping
from cc_common.connectors.rows import parse_rows, whole_minutes
from cc_common.core.settings import PROJECT

METRICS: Final = tuple(f"m{place}" for place in range(10))
MAPPING: Final = PlantMapping.model_validate(
    {
        "plant": {"name": "P", "tz": "Europe/Berlin"},
        "types": {"pump": {"metrics": {name: {"unit": "kW"} for name in METRICS}}},
        "machines": [{"id": "pump_1", "type": "pump"}],
        "sources": [
            {
                "files": "*.csv",
                "time": {"column": "t", "format": "%Y-%m-%d %H:%M"},
                "machine": {"id": "pump_1"},
                "columns": {name: name for name in METRICS},
            }
        ],
    }
)
NOW: Final = datetime(2027, 1, 1, tzinfo=UTC)
FIRST_MINUTE: Final = np.datetime64("2016-01-01T00:00")
ROWS_A_YEAR: Final = 365 * 1440
# Lines 2, 4, 7 and 8 are rows; line 3 leaves a quote open, 5 is empty, 6 lacks a field, 7 is no UTF-8.
ODD: Final = b't,m,kw\r\n1,2,3\r\n"4,5,6\r\n7,8,9\r\n\r\n1,2\r\n"a ""b""",\xff,3\r\n1,2,3'

OPTIONS: Final = "header=true, store_rejects=true, auto_detect=false, delim=',', quote='\"', escape='\"'"

Reader = Callable[[Path], int]  # returns the number of rows


def main() -> None:
    """Prints both tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mb", type=int, default=200, help="size of the file (default 200)")
    parser.add_argument("--reader", choices=READERS, help=argparse.SUPPRESS)
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.reader:
        _measure(READERS[given.reader], given.file)
        return
    with tempfile.TemporaryDirectory(prefix="cc-bench-") as folder:
        path = Path(folder) / "pump_1.csv"
        _write(path, given.mb)
        print(f"{path.stat().st_size / 1e6:.0f} MB, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
        print(f"{'':44}{'rows':>12}{'rows a s':>12}{'CPU s':>8}{'peak MB':>9}", flush=True)
        for name in READERS:
            subprocess.run(
                [sys.executable, "-m", "benchmarks.file_readers", "--reader", name, "--file", path],
                check=True,
                cwd=PROJECT,
            )
        _print_odd(Path(folder) / "odd.csv")
    _print_clock_changes()


def _measure(reader: Reader, path: Path) -> None:
    name = next(name for name, one in READERS.items() if one is reader)
    before, cpu = time.perf_counter(), time.process_time()
    rows = reader(path)
    took, cpu = time.perf_counter() - before, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{name:44}{rows:12,}{rows / took:12,.0f}{cpu:8.1f}{peak:9.0f}", flush=True)


def _write(path: Path, megabytes: int) -> None:
    """Writes minutes from 2016 on, in a year of plant time without clock changes, so that every time is valid."""
    rng = np.random.default_rng(7)
    with path.open("wb") as file:
        file.write(",".join(("t", *METRICS)).encode() + b"\n")
        minute = 0
        while file.tell() < megabytes * 1_000_000:
            times = FIRST_MINUTE + np.arange(minute, minute + 50_000)
            shown = np.char.replace(times.astype("datetime64[m]").astype(str), "T", " ")
            columns = [rng.normal(100, 20, len(times)).round(2) for _ in METRICS]
            options = arrow_csv.WriteOptions(include_header=False, quoting_style="none")
            arrow_csv.write_csv(pa.table([pa.array(shown), *columns], names=["t", *METRICS]), file, options)
            minute += len(times)


def _floor(path: Path) -> int:
    with path.open("rb") as file:
        return sum(block.count(b"\n") for block in iter(lambda: file.read(BLOCK), b"")) - 1


def _ours_text(path: Path) -> int:
    return sum(len(block) for block in _blocks(CsvFile(path, MAPPING.sources[0])))


def _blocks(file: CsvFile) -> Iterator[Any]:
    while (block := file.read(BLOCK)) is not None:
        yield block


def _ours_rows(path: Path) -> int:
    """Reads as `import --check` does: whole minutes, times in the plant's zone, units, faults."""
    catalog, source = build_catalog(MAPPING), MAPPING.sources[0]
    file, called = CsvFile(path, source), names_in_files(MAPPING, catalog)
    layout = FileLayout(
        path=path,
        source=source,
        plant_tz=MAPPING.plant.tz,
        called=called,
        asked=frozenset(called.values()),
        present=file.columns,
    )
    rows, last = 0, dict[str, int]()
    for block in _blocks(file):
        head = block if file.ended else whole_minutes(block, layout, now=NOW)
        if head is not block:
            file.put_back(block, head)
        found = parse_rows(head, layout, catalog, last, now=NOW)
        rows, last = rows + found.counts["read"], found.last_times
    return rows


def _arrow_typed(path: Path) -> int:
    convert = arrow_csv.ConvertOptions(
        column_types={"t": pa.timestamp("s"), **dict.fromkeys(METRICS, pa.float64())},
        timestamp_parsers=["%Y-%m-%d %H:%M"],
    )
    pa.set_cpu_count(2)
    with arrow_csv.open_csv(path, arrow_csv.ReadOptions(block_size=BLOCK), convert_options=convert) as reader:
        return sum(len(batch) for batch in reader)


def _duckdb(columns: str) -> Reader:
    def read(path: Path) -> int:
        with duckdb.connect() as connection:
            connection.execute("SET threads TO 2")
            asked = connection.sql(
                f"SELECT * FROM read_csv('{path}', columns={columns}, timestampformat='%Y-%m-%d %H:%M', {OPTIONS})"
            )
            return sum(len(batch) for batch in asked.to_arrow_reader(100_000))

    return read


def _struct(names: Sequence[str], time_type: str, value_type: str) -> str:
    first, *others = names
    return "{" + ", ".join([f"'{first}': '{time_type}'", *(f"'{name}': '{value_type}'" for name in others)]) + "}"


READERS: Final[dict[str, Reader]] = {
    "bytes read, lines counted (floor)": _floor,
    "ours, text with line numbers": _ours_text,
    "ours, readings (import --check)": _ours_rows,
    "pyarrow open_csv, typed": _arrow_typed,
    "DuckDB read_csv, text, rejects stored": _duckdb(_struct(("t", *METRICS), "VARCHAR", "VARCHAR")),
    "DuckDB read_csv, typed, rejects stored": _duckdb(_struct(("t", *METRICS), "TIMESTAMP", "DOUBLE")),
}


def _print_odd(path: Path) -> None:
    """Prints how each treats ODD."""
    path.write_bytes(ODD)
    print("\nlines 2, 4, 7, 8 are rows; 3 (a quote left open), 5 (empty), 6 (a field short) are none; 7 is no UTF-8")
    for name, read in (("ours", _odd_ours), ("pyarrow", _odd_arrow), ("DuckDB", _odd_duckdb)):
        print(f"{name:10}{read(path)}")


def _odd_ours(path: Path) -> str:
    block = CsvFile(path, MAPPING.sources[0]).read(BLOCK)
    assert block is not None
    return f"rows of lines {block.lines.tolist()}; kept aside {[(each.line, each.reason) for each in block.aside]}"


def _odd_arrow(path: Path) -> str:
    aside: list[str] = []

    def invalid(row: Any) -> str:
        aside.append(f"line {row.number}: {row.text!r}")
        return "skip"

    parse = arrow_csv.ParseOptions(invalid_row_handler=invalid)
    try:
        table = arrow_csv.read_csv(path, parse_options=parse)
    except pa.ArrowInvalid as exc:
        return f"no row: {exc}; kept aside {aside}"
    return f"rows {table.to_pylist()}; kept aside {aside}"


def _odd_duckdb(path: Path) -> str:
    columns = _struct(("t", "m", "kw"), "VARCHAR", "VARCHAR")
    with duckdb.connect() as connection:
        try:
            rows = connection.execute(f"SELECT * FROM read_csv('{path}', columns={columns}, {OPTIONS})").fetchall()
            aside = connection.execute("SELECT line, error_type, csv_line FROM reject_errors").fetchall()
        except duckdb.Error as exc:
            return f"no row: {str(exc).splitlines()[0]}"
    return f"rows {rows}; kept aside {aside}"


def _print_clock_changes() -> None:
    """Prints how each treats local times that do not exist or occur twice, in Europe/Berlin."""
    texts = ["2025-03-30 02:30", "2025-10-26 02:30"]
    found = read_times(pa.array(texts), "%Y-%m-%d %H:%M", "Europe/Berlin", now=NOW)
    ours = [
        "kept aside: the clocks skip it" if skipped else f"{_utc(early)} or {_utc(late)}, by the row above"
        for early, late, skipped in zip(found.early, found.late, found.skipped, strict=True)
    ]
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone TO 'UTC'")
        asked = "SELECT timezone('Europe/Berlin', TIMESTAMP '{}')::VARCHAR"
        theirs = [connection.sql(asked.format(text)).fetchall()[0][0] for text in texts]
    print("\nlocal times that do not exist, and that come twice")
    for text, our, their in zip(texts, ours, theirs, strict=True):
        print(f"{text}   ours: {our}   DuckDB: {their}")


def _utc(micros: int) -> str:
    return f"{datetime.fromtimestamp(int(micros) / 1e6, UTC):%H:%M} UTC"


if __name__ == "__main__":
    main()
