"""Parquet in blocks of rows, read a batch at a time whatever the size of its row groups."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
from pyarrow import parquet

from cc_common.errors import InvalidInput
from cc_common.importing.block import Block

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
        """What of `block` is not in its `head` is read again."""
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
