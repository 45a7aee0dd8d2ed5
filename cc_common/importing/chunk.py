"""One stretch of a file into the database: rows, roll-ups, and the note that it is done, in one transaction."""

from __future__ import annotations

import json
import zlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from cc_common.catalog.equipment import EquipmentType
from cc_common.catalog.statements import repeated
from cc_common.catalog.store import Catalog
from cc_common.db import Connection, Database, compose, queries
from cc_common.importing.block import Block
from cc_common.importing.rejects import lines_of
from cc_common.importing.rows import Understood
from cc_common.ingest import Rows, bulk_load
from cc_common.ingest.buckets import day_starts
from cc_common.ingest.loading import lock, moment


@dataclass(frozen=True, kw_only=True)
class FileKey:
    """A file's content, and how it is read."""

    file: str  # its SHA-256
    reading: str


@dataclass(frozen=True, kw_only=True)
class Done:
    """Where a file's import stands: the next place and line, and what its rows came to so far."""

    at: int
    line: int
    chunks: tuple[int, ...]
    counts: Counter[str]
    last_times: Mapping[str, int]


def done_of(database: Database, key: FileKey) -> Done | None:
    """What was done of the file before; None when nothing was."""
    with database.connection() as connection:
        rows = connection.execute(queries("imports")["chunks"], {"file": key.file, "reading": key.reading}).fetchall()
    if not rows:
        return None
    counts: Counter[str] = Counter()
    for row in rows:
        counts.update(row.counts)
    chunks = tuple(row.starts_at for row in rows)
    last = rows[-1]
    return Done(at=last.ends_at, line=last.next_line, chunks=chunks, counts=counts, last_times=last.last_times)


def kept_aside(database: Database, key: FileKey, start: int) -> bytes:
    """The rows of rejects.csv that the chunk left."""
    with database.connection() as connection:
        found = connection.execute(
            queries("imports")["kept_aside"], {"file": key.file, "reading": key.reading, "start": start}
        ).fetchone()
    return zlib.decompress(found.kept_aside) if found else b""


def load_chunk(database: Database, catalog: Catalog, key: FileKey, name: str, block: Block, found: Understood) -> None:
    """Write what the block came to; "replaced" is counted here, of rows that took the place of others."""
    with database.transaction() as connection:
        lock(connection, list(found.rows))
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
                "kept_aside": zlib.compress(lines_of(name, found.aside), 1),
            },
        )


def _load(connection: Connection, catalog: Catalog, machine: str, rows: Rows) -> int:
    """Write one machine's rows over those that are there, whose readings stand where the new ones have none."""
    rows, replaced = _completed(connection, catalog.type_of(machine), machine, rows)
    # A day that has rows already is counted again from them: only the first of a chunk's days is likely to.
    days = day_starts(rows.ts, catalog.tz)
    cut = int(np.searchsorted(days, days[0], side="right"))
    for part in (slice(0, cut), slice(cut, None)):
        bulk_load(connection, catalog, machine, Rows(rows.ts[part], rows.values[part]))
    return replaced


def _completed(connection: Connection, kind: EquipmentType, machine: str, rows: Rows) -> tuple[Rows, int]:
    sql = queries("imports")
    span = {"first": moment(rows.ts[0]), "last": moment(rows.ts[-1])}
    there = connection.execute(compose(sql["any_between"], table=machine), span).fetchone()
    if there is None or not there[0]:
        return rows, 0
    names = ({"metric": metric.name} for metric in kind.metrics)
    query = repeated(sql["stored"], {"metrics": "{metric}"}, names, table=machine)
    with connection.cursor(binary=True, row_factory=lambda _: tuple) as cursor:
        stored = np.array(cursor.execute(query, {"micros": rows.ts.tolist()}).fetchall(), np.float64)
    if not len(stored):
        return rows, 0
    places = stored[:, 0].astype(np.int64)
    values = rows.values.copy()
    values[places] = np.where(np.isnan(values[places]), stored[:, 1:], values[places]).astype(np.float32)
    return Rows(rows.ts, values), len(stored)
