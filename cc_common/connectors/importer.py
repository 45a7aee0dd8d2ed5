"""Runs an import: mapping, catalogue, then file by file, each block in one transaction; resumes after a kill."""

from __future__ import annotations

import json
import time
import zlib
from collections import Counter
from collections.abc import Callable, Collection, Generator, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Final, TypeVar

import numpy as np

from cc_common.catalog.equipment import EquipmentType
from cc_common.catalog.growth import grow_catalog, plan_growth
from cc_common.catalog.store import Catalog, repeat_for_columns
from cc_common.connectors.blocks import Block
from cc_common.connectors.file_layout import FileLayout
from cc_common.connectors.files import Blocks, file_layouts, open_blocks, sha256_of
from cc_common.connectors.mapped_catalog import build_catalog, find_contradictions
from cc_common.connectors.mapping import PlantMapping, mistakes_message, read_mapping
from cc_common.connectors.report import FileReport, Report, Tally, reject_header, reject_lines
from cc_common.connectors.rows import ParsedRows, parse_rows, whole_minutes
from cc_common.core.errors import InvalidInput
from cc_common.db import Connection, Database, compose, queries
from cc_common.timeseries.rows import Rows, day_starts
from cc_common.timeseries.writer import bulk_load, lock_machines, to_datetime
from cc_common.understanding import Resolver


@dataclass(frozen=True, kw_only=True)
class FileKey:
    """A file's sha256 and the fingerprint of its layout."""

    file: str  # its SHA-256
    reading: str


@dataclass(frozen=True, kw_only=True)
class ImportPosition:
    """The position of a file's import: the next byte or row, the line, and the counts so far."""

    at: int
    line: int
    chunks: tuple[int, ...]
    counts: Counter[str]
    last_times: Mapping[str, int]


def stored_position(database: Database, key: FileKey) -> ImportPosition | None:
    """The stored position of the file's import; None when it was not begun."""
    with database.connection() as connection:
        rows = connection.execute(queries("imports")["chunks"], {"file": key.file, "reading": key.reading}).fetchall()
    if not rows:
        return None
    counts: Counter[str] = Counter()
    for row in rows:
        counts.update(row.counts)
    chunks = tuple(row.starts_at for row in rows)
    last = rows[-1]
    return ImportPosition(
        at=last.ends_at, line=last.next_line, chunks=chunks, counts=counts, last_times=last.last_times
    )


def stored_rejects(database: Database, key: FileKey, start: int) -> bytes:
    """The stored lines of rejects.csv of one chunk."""
    with database.connection() as connection:
        found = connection.execute(
            queries("imports")["kept_aside"], {"file": key.file, "reading": key.reading, "start": start}
        ).fetchone()
    return zlib.decompress(found.kept_aside) if found else b""


def load_chunk(database: Database, catalog: Catalog, key: FileKey, name: str, block: Block, found: ParsedRows) -> None:
    """Writes the rows of a block and the new position in one transaction; counts rows that replaced stored ones."""
    with database.transaction() as connection:
        lock_machines(connection, list(found.rows))
        for machine, rows in found.rows.items():
            found.counts["replaced"] += _load(connection, catalog, machine, rows)
        connection.execute(
            queries("imports")["save_chunk"],
            {
                "file": key.file,
                "reading": key.reading,
                "start": block.start,
                "end": block.end,
                "next_line": block.next_line,
                "counts": json.dumps(+found.counts),
                "last_times": json.dumps(found.last_times),
                "kept_aside": zlib.compress(reject_lines(name, found.aside), 1),
            },
        )


def _load(connection: Connection, catalog: Catalog, machine: str, rows: Rows) -> int:
    """Writes one machine's rows over stored ones; stored values are kept where the new row has none."""
    rows, replaced = _with_stored_readings(connection, catalog.type_of(machine), machine, rows)
    # A day that has rows already is counted again from them: only the first of a chunk's days is likely to.
    days = day_starts(rows.ts, catalog.tz)
    cut = int(np.searchsorted(days, days[0], side="right"))
    for part in (slice(0, cut), slice(cut, None)):
        bulk_load(connection, catalog, machine, Rows(rows.ts[part], rows.values[part]))
    return replaced


def _with_stored_readings(connection: Connection, kind: EquipmentType, machine: str, rows: Rows) -> tuple[Rows, int]:
    sql = queries("imports")
    span = {"first": to_datetime(rows.ts[0]), "last": to_datetime(rows.ts[-1])}
    there = connection.execute(compose(sql["any_between"], table=machine), span).fetchone()
    if there is None or not there[0]:
        return rows, 0
    names = ({"metric": metric.name} for metric in kind.metrics)
    query = repeat_for_columns(sql["stored"], {"metrics": "{metric}"}, names, table=machine)
    with connection.cursor(binary=True, row_factory=lambda _: tuple) as cursor:
        stored = np.array(cursor.execute(query, {"micros": rows.ts.tolist()}).fetchall(), np.float64)
    if not len(stored):
        return rows, 0
    places = stored[:, 0].astype(np.int64)
    values = rows.values.copy()
    values[places] = np.where(np.isnan(values[places]), stored[:, 1:], values[places]).astype(np.float32)
    return Rows(rows.ts, values), len(stored)


BLOCK: Final = 16 << 20  # bytes of text; of a file with many machines four times that: each machine costs its own load
MAX_LISTED_FILES: Final = 4

Item = TypeVar("Item")
Progress = Callable[[float, int], None]  # the share done, from 0 to 1, and the rows read


@dataclass(kw_only=True)
class Import:
    """One run. `folder` gets rejects.csv, report.json and report.txt; with `check` nothing else is written."""

    database: Database
    mapping: Path
    folder: Path
    only: Collection[str] = ()
    check: bool = False
    block: int = BLOCK
    progress: Progress = lambda _share, _rows: None
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    _rows: int = 0

    def run(self) -> Report:
        """InvalidInput or Conflict before any row is written; of a truncated file the rows before are kept."""
        began = time.monotonic()
        mapping = self._read_mapping()
        catalog = self._catalog(mapping)
        readings = file_layouts(self.mapping, mapping, catalog, self.only)
        if not self.check:
            catalog = grow_catalog(self.database, build_catalog(mapping))
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "rejects.csv").open("wb") as rejects:
            rejects.write(reject_header())
            files = tuple(self._files(catalog, readings, rejects))
        spent = time.monotonic() - began
        return self._saved(Report(plant=catalog.plant_name, checked=self.check, seconds=spent, files=files))

    def _read_mapping(self) -> PlantMapping:
        mapping = read_mapping(self.mapping)
        if wrong := find_contradictions(mapping):
            raise InvalidInput(mistakes_message(self.mapping, wrong))
        return mapping

    def _catalog(self, mapping: PlantMapping) -> Catalog:
        """The catalogue after the import; a resolver is built from it to report names that questions cannot use."""
        with self.database.transaction() as connection:
            catalog = plan_growth(connection, build_catalog(mapping))
        Resolver(catalog)
        return catalog

    def _files(self, catalog: Catalog, readings: tuple[FileLayout, ...], rejects: BinaryIO) -> Iterator[FileReport]:
        sizes = [reading.path.stat().st_size for reading in readings]
        for place, reading in enumerate(readings):
            before, own = sum(sizes[:place]) / max(1, sum(sizes)), sizes[place] / max(1, sum(sizes))

            def heard(share: float, before: float = before, own: float = own) -> None:
                self.progress(before + own * share, self._rows)

            with closing(open_blocks(reading.path, reading.source)) as blocks:
                yield self._file(catalog, reading, blocks, rejects, heard)

    def _file(
        self, catalog: Catalog, reading: FileLayout, blocks: Blocks, rejects: BinaryIO, heard: Callable[[float], None]
    ) -> FileReport:
        key = FileKey(file=sha256_of(reading.path), reading=reading.fingerprint(catalog))
        counts, last_times = Counter[str](), dict[str, int]()
        if not self.check and (done := stored_position(self.database, key)) is not None:
            for start in done.chunks:
                rejects.write(stored_rejects(self.database, key, start))
            blocks.start(done.at, done.line)
            counts, last_times = done.counts, dict(done.last_times)
        before = counts["read"]
        for block, found in read_ahead(self._understood(catalog, reading, blocks, last_times)):
            if not self.check:
                load_chunk(self.database, catalog, key, reading.path.name, block, found)
            rejects.write(reject_lines(reading.path.name, found.aside))
            counts.update(found.counts)
            self._rows += found.counts["read"]
            heard(blocks.share())
        return FileReport(
            file=reading.path.name,
            sha256=key.file,
            tally=Tally.from_counts(counts),
            before=before,
            missing=reading.missing,
        )

    def _understood(
        self, catalog: Catalog, reading: FileLayout, blocks: Blocks, last_times: Mapping[str, int]
    ) -> Iterator[tuple[Block, ParsedRows]]:
        for block in self._blocks(reading, blocks):
            found = parse_rows(block, reading, catalog, last_times, now=self.now)
            last_times = found.last_times
            yield block, found

    def _blocks(self, reading: FileLayout, blocks: Blocks) -> Iterator[Block]:
        """Blocks that end at a minute's end, except the file's last."""
        size = self.block * (MAX_LISTED_FILES if reading.has_many else 1)
        while (block := blocks.read(size)) is not None:
            head = block if blocks.ended else whole_minutes(block, reading, now=self.now)
            if head is not block:
                blocks.put_back(block, head)
            yield head

    def _saved(self, report: Report) -> Report:
        text = json.dumps(report.as_json(), indent=1, ensure_ascii=False)
        (self.folder / "report.json").write_text(text + "\n", "utf-8")
        (self.folder / "report.txt").write_text(report.as_text(), "utf-8")
        return report


def read_ahead(items: Iterator[Item]) -> Generator[Item, None, None]:
    """Yields the items, each read by a thread while the one before is processed."""
    with ThreadPoolExecutor(1, thread_name_prefix="reading") as pool:
        coming = pool.submit(next, items, None)
        while (item := coming.result()) is not None:
            coming = pool.submit(next, items, None)
            yield item
