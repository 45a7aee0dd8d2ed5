"""A stretch of a file as it was read: rows of text or typed columns, and the lines that are no rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Longs = npt.NDArray[np.int64]

FIELDS: Final = "wrong number of fields"


class Aside(NamedTuple):
    """A row that no table took. `line`: of the file from 1; `column`: the one at fault; `row`: as it was read."""

    line: int
    reason: str
    column: str
    row: str


@dataclass(frozen=True, kw_only=True)
class Block:
    """`table` (n rows), with the `lines` (n,) and `starts` (n,) of its rows: bytes in a CSV's text, rows in Parquet.

    The block covers [start, end); `next_line` begins at `end`. `raw` gives a row by its place, as it was read.
    """

    table: Any  # pa.Table
    lines: Longs
    starts: Longs
    start: int
    end: int
    next_line: int
    aside: tuple[Aside, ...]
    raw: Callable[[int], str]

    def __len__(self) -> int:
        return len(self.lines)

    def head(self, rows: int) -> Block:
        """The block up to the row at that place."""
        if rows >= len(self):
            return self
        line = int(self.lines[rows])
        return replace(
            self,
            table=self.table.slice(0, rows),
            lines=self.lines[:rows],
            starts=self.starts[:rows],
            end=int(self.starts[rows]),
            next_line=line,
            aside=tuple(each for each in self.aside if each.line < line),
        )


def column(block: Block, name: str) -> Any:
    """A column as one array."""
    found = block.table.column(name).combine_chunks()
    return pa.concat_arrays(found.chunks) if isinstance(found, pa.ChunkedArray) else found
