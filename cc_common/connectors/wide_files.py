"""Wide files with a column for each machine and metric: a line becomes a row of each machine that has values in it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final, NamedTuple

import numpy as np
import pyarrow as pa
from pyarrow import compute as pc

from cc_common.connectors.blocks import Block, Flags, Longs, column, has_value, is_text_type
from cc_common.connectors.mapping import ColumnPart, SourcePart

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
        own = [has_value(column(block, name), null) for (of, _), name in self.columns.items() if of == machine]
        found: Flags = np.logical_or.reduce(own)
        return found

    def _read(self, block: Block, slot: int) -> Any:
        """One slot of all machines, machine after machine; null where a machine has no such column."""
        names = [self.columns.get((machine, slot)) for machine in self.machines]
        cells = [None if name is None else column(block, name) for name in names]
        kind = _common({each.type for each in cells if each is not None})
        return pa.concat_arrays([pa.nulls(len(block), kind) if c is None else pc.cast(c, kind) for c in cells])


def _common(kinds: set[Any]) -> Any:
    """One type for columns that differ: text where one is, else numbers."""
    if len(kinds) == 1 and not any(map(pa.types.is_dictionary, kinds)):
        return next(iter(kinds))
    return pa.string() if any(map(is_text_type, kinds)) else pa.float64()
