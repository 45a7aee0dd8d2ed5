"""Finds and opens the files of a mapping and checks their headers before a row is written; Parquet in batches."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from hashlib import file_digest
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
import pyarrow as pa
from pyarrow import parquet

from cc_common.catalog.store import Catalog
from cc_common.connectors.blocks import Block
from cc_common.connectors.csv_files import CsvFile
from cc_common.connectors.file_layout import FileLayout, names_in_files
from cc_common.connectors.mapping import PlantMapping, SourcePart, mistakes_message
from cc_common.core.errors import InvalidInput, NotFound

BYTES_A_ROW: Final = 100  # as text, so that blocks of both formats hold about as many rows


class ParquetFile:
    """The rows of one file, from one of them on; `line` counts them from 1."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._file = parquet.ParquetFile(path, pre_buffer=False)
        except (pa.ArrowInvalid, OSError) as exc:
            raise InvalidInput(f"{path} is no Parquet file: {exc}") from exc
        self.columns = tuple(self._file.schema_arrow.names)
        self._total = self._file.metadata.num_rows
        self._rest = self._file.schema_arrow.empty_table()
        self.start(0, 1)

    @property
    def ended(self) -> bool:
        """Whether all of the file has been read."""
        return bool(self._at >= self._total)

    def start(self, at: int, line: int) -> None:
        """Go on at the row of that place, from 0; row groups before it are not read."""
        first, group = 0, 0
        while group < self._file.num_row_groups and first + self._rows_of(group) <= at:
            first, group = first + self._rows_of(group), group + 1
        self._batches, self._at, self._skip = self._read_from(group), at, at - first

    def read(self, size: int) -> Block | None:
        """The next block of about size / 100 rows; None at the end."""
        wanted = max(1, size // BYTES_A_ROW)
        while len(self._rest) < wanted and (batch := next(self._batches, None)) is not None:
            self._rest = pa.concat_tables([self._rest, pa.Table.from_batches([batch]).slice(self._skip)])
            self._skip = max(0, self._skip - len(batch))
        table, self._rest = self._rest.slice(0, wanted), self._rest.slice(wanted)
        return self._block(table) if len(table) else None

    def put_back(self, block: Block, head: Block) -> None:
        """Puts back the rows of `block` that are not in `head`."""
        self._rest = pa.concat_tables([block.table.slice(len(head)), self._rest])
        self._at = head.end

    def share(self) -> float:
        """How much of the file has been read, from 0 to 1."""
        return float(self._at / max(1, self._total))

    def close(self) -> None:
        """Closes the file."""
        self._file.close()

    def _rows_of(self, group: int) -> int:
        return int(self._file.metadata.row_group(group).num_rows)

    def _read_from(self, group: int) -> Iterator[Any]:
        groups = list(range(group, self._file.num_row_groups))
        try:
            yield from self._file.iter_batches(batch_size=1 << 16, row_groups=groups) if groups else ()
        except (pa.ArrowInvalid, OSError) as exc:
            raise InvalidInput(
                f"{self._path} cannot be read past row {self._at}: {exc}. What came before is loaded."
            ) from exc

    def _block(self, table: Any) -> Block:
        places = np.arange(self._at, self._at + len(table))
        start, self._at = self._at, self._at + len(table)

        def raw(row: int) -> str:
            return json.dumps(table.slice(row, 1).to_pylist()[0], default=str, ensure_ascii=False)

        return Block(
            table=table,
            lines=places + 1,
            starts=places,
            start=start,
            end=self._at,
            next_line=self._at + 1,
            aside=(),
            raw=raw,
        )


PARQUET: tuple[str, ...] = (".parquet", ".pq")


class Blocks(Protocol):
    """An open file of either format."""

    columns: tuple[str, ...]

    @property
    def ended(self) -> bool:
        """Whether all of the file has been read."""

    def start(self, at: int, line: int) -> None:
        """Go on at that place."""

    def read(self, size: int) -> Block | None:
        """The next block; None at the end."""

    def put_back(self, block: Block, head: Block) -> None:
        """Puts back the rows of `block` that are not in `head`."""

    def share(self) -> float:
        """How much has been read, from 0 to 1."""

    def close(self) -> None:
        """Closes it."""


def open_blocks(path: Path, source: SourcePart) -> Blocks:
    """The file, at its first row; InvalidInput when it is none of its kind."""
    try:
        parquet = source.format == "parquet" or (source.format is None and path.suffix.lower() in PARQUET)
        return ParquetFile(path) if parquet else CsvFile(path, source)
    except OSError as exc:
        raise InvalidInput(f"{path} cannot be read: {exc}.") from exc


def file_layouts(
    mapping_path: Path, mapping: PlantMapping, catalog: Catalog, only: Collection[str]
) -> tuple[FileLayout, ...]:
    """The layouts of all files in order; InvalidInput lists all mismatches, file by file.

    Files of machines that were not asked for (`only`, when given) are left out.
    """
    _check_only(catalog, only)
    found, wrong = [], []
    for place, source in enumerate(mapping.sources):
        paths = sorted(_matching_files(mapping_path.parent, source.files))
        wrong += [] if paths else [f"sources.{place}.files: no file fits {source.files!r} in {mapping_path.parent}"]
        for path in paths:
            reading = _layout(path, source, mapping, catalog, only)
            wrong += [f"sources.{place}.{line}" for line in reading.mistakes(catalog)]
            found.append(reading)
    if wrong:
        raise InvalidInput(mistakes_message(mapping_path, wrong))
    return tuple(reading for reading in found if reading.is_asked)


def sha256_of(path: Path) -> str:
    """The digest of a file's content."""
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def _matching_files(folder: Path, pattern: str) -> Iterator[Path]:
    """The files that match the pattern, relative to the mapping's folder."""
    root = Path(pattern).anchor
    return Path(root).glob(pattern.removeprefix(root)) if root else folder.glob(pattern)


def _layout(
    path: Path, source: SourcePart, mapping: PlantMapping, catalog: Catalog, only: Collection[str]
) -> FileLayout:
    blocks = open_blocks(path, source)
    present = blocks.columns
    blocks.close()
    return FileLayout(
        path=path,
        source=source,
        plant_tz=mapping.plant.tz,
        called=names_in_files(mapping, catalog),
        asked=frozenset(only or (machine.id for machine in catalog.equipment)),
        present=present,
    )


def _check_only(catalog: Catalog, only: Collection[str]) -> None:
    try:
        for machine in only:
            catalog.get(machine)
    except NotFound as exc:
        raise InvalidInput(f"--only: {exc}") from exc
