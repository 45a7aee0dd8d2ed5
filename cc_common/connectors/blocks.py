"""Blocks: rows of text or typed columns of a file, conversion of text to numbers, and lines of wide files."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pyarrow import compute as pc

from cc_common.connectors.mapping import ColumnPart, SourcePart

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Cast = Callable[[Any], Any]


@dataclass(frozen=True, kw_only=True)
class Numbers:
    """Parsed numbers. `value` (n,): NaN where missing; `unreadable` and `infinite` (n,) mark the rest."""

    value: Floats
    unreadable: Flags
    infinite: Flags


def parse_numbers(cells: Any, *, decimal: str, nulls: tuple[str, ...]) -> Numbers:
    """Parses a column of text or numbers. `nulls`: the texts that mean a missing value."""
    there = has_value(cells, nulls)
    if is_text_type(cells.type):
        read = _read_text(pc.if_else(pa.array(there), pc.cast(cells, pa.string()), None), decimal)
    else:
        read = try_cast(cells, lambda part: pc.cast(pc.cast(part, _numeric_type(part.type)), pa.float64()))
    value = read.to_numpy(zero_copy_only=False).astype(np.float64)
    unreadable = there & ~np.asarray(pc.is_valid(read))
    return Numbers(value=value, unreadable=unreadable, infinite=there & ~unreadable & ~np.isfinite(value))


def has_value(cells: Any, nulls: tuple[str, ...]) -> Flags:
    """Which cells hold anything, a number or not."""
    there: Flags = np.asarray(pc.is_valid(cells))
    if is_text_type(cells.type):
        there &= ~np.asarray(pc.is_in(pc.cast(cells, pa.string()), value_set=pa.array(nulls, pa.string())))
    elif pa.types.is_floating(cells.type) and any(text.strip().lower() == "nan" for text in nulls):
        there &= ~np.asarray(pc.fill_null(pc.is_nan(cells), fill_value=False))
    return there


def try_cast(cells: Any, cast: Cast) -> Any:
    """Casts every cell that can be cast; null for the others."""
    try:
        return cast(cells)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        if len(cells) == 1:
            return cast(pa.nulls(1, cells.type))
    half = len(cells) // 2
    return pa.concat_arrays([try_cast(cells.slice(0, half), cast), try_cast(cells.slice(half), cast)])


def _read_text(cells: Any, decimal: str) -> Any:
    if decimal == ",":
        # A point in such a number would be one of thousands: better kept aside than read as another number.
        cells = pc.if_else(pc.match_substring(cells, "."), pa.scalar("?"), pc.replace_substring(cells, ",", "."))
    try:
        return pc.cast(cells, pa.float64())
    except pa.ArrowInvalid:
        return try_cast(pc.ascii_trim_whitespace(cells), lambda part: pc.cast(part, pa.float64()))


def is_text_type(kind: Any) -> bool:
    """Whether a column of that type holds text."""
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_dictionary(kind))


def _numeric_type(kind: Any) -> Any:
    """The type through which a numeric column is cast; true counts 1."""
    return pa.int8() if pa.types.is_boolean(kind) else kind


Longs = npt.NDArray[np.int64]

FIELDS: Final = "wrong number of fields"


class RejectedRow(NamedTuple):
    """A rejected row. `line`: its line in the file from 1; `column`: the one at fault; `row`: as it was read."""

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
    aside: tuple[RejectedRow, ...]
    raw: Callable[[int], str]

    def __len__(self) -> int:
        return len(self.lines)

    def head(self, rows: int) -> Block:
        """The first `rows` rows of the block."""
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


def column_array(block: Block, name: str) -> Any:
    """A column as one array."""
    found = block.table.column(name).combine_chunks()
    return pa.concat_arrays(found.chunks) if isinstance(found, pa.ChunkedArray) else found


OWNER: Final = "\0machine"  # the column of an unfolded block that says whose row it is; no file has such a name


class AssignedColumn(NamedTuple):
    """A column of a wide file: the machine's name in it, and its key in the mapping's `columns`."""

    column: str
    called: str
    key: str


def is_wide(source: SourcePart) -> bool:
    """Whether the source's columns name their machines."""
    parts = map(source.column, source.columns)
    return source.machine.header is not None or any(part.machine is not None for part in parts)


def assigned_columns(source: SourcePart, present: tuple[str, ...]) -> Iterator[AssignedColumn]:
    """The columns of the file that the mapping reads."""
    pattern = re.compile(source.machine.header) if source.machine.header is not None else None
    for name in present:
        machine = source.column(name).machine if name in source.columns else None
        if machine is not None:
            yield AssignedColumn(name, machine, name)
        elif pattern is not None and name not in source.ignore and (found := pattern.fullmatch(name)):
            called, key = _groups(found)
            if key in source.columns:
                yield AssignedColumn(name, called, key)


def _groups(found: re.Match[str]) -> tuple[str, str]:
    """The machine's and the metric's name in a match: by group names, else in that order."""
    named = found.groupdict()
    return named.get("machine", found[1]), named.get("reading", found[2])


@dataclass(frozen=True, kw_only=True)
class WideColumns:
    """The columns of one wide file. A slot is a column mapping that the machines of a type share."""

    machines: tuple[str, ...]  # ids
    slots: tuple[ColumnPart, ...]
    columns: Mapping[tuple[str, int], str]  # (machine, slot) -> the file's column

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of the slots' columns in an unfolded block."""
        return tuple(f"\0{slot}" for slot in range(len(self.slots)))

    def unfold(self, block: Block, null: tuple[str, ...], once: Flags) -> tuple[Block, Longs]:
        """The block with a row for each machine that a line says something of, and the line's place of each row.

        A line that says nothing of any machine, or is of those told `once`, stays one row, of the first.
        """
        said = np.stack([self._says(block, machine, null) for machine in self.machines], axis=1) & ~once[:, None]
        said[~said.any(axis=1), 0] = True
        line, machine = np.nonzero(said)
        table = {OWNER: pa.DictionaryArray.from_arrays(pa.array(machine, pa.int32()), pa.array(self.machines))}
        for slot, name in enumerate(self.names):
            table[name] = self._read(block, slot).take(pa.array(machine * len(block) + line))
        rows = {"table": pa.table(table), "lines": block.lines[line], "starts": block.starts[line]}
        return replace(block, **rows, raw=lambda row: block.raw(int(line[row]))), line

    def _says(self, block: Block, machine: str, null: tuple[str, ...]) -> Flags:
        own = [has_value(column_array(block, name), null) for (of, _), name in self.columns.items() if of == machine]
        found: Flags = np.logical_or.reduce(own)
        return found

    def _read(self, block: Block, slot: int) -> Any:
        """One slot of all machines, machine after machine; null where a machine has no such column."""
        names = [self.columns.get((machine, slot)) for machine in self.machines]
        cells = [None if name is None else column_array(block, name) for name in names]
        kind = _common({each.type for each in cells if each is not None})
        return pa.concat_arrays([pa.nulls(len(block), kind) if c is None else pc.cast(c, kind) for c in cells])


def _common(kinds: set[Any]) -> Any:
    """One type for columns that differ: text where one is, else numbers."""
    if len(kinds) == 1 and not any(map(pa.types.is_dictionary, kinds)):
        return next(iter(kinds))
    return pa.string() if any(map(is_text_type, kinds)) else pa.float64()
