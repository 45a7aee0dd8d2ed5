"""The layout of one file: whose readings it holds and what each column becomes, checked against its header."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Final, Literal

import numpy as np
import pyarrow as pa

from cc_common.catalog.store import Catalog
from cc_common.connectors.blocks import (
    OWNER,
    AssignedColumn,
    Block,
    Longs,
    WideColumns,
    assigned_columns,
    column_array,
    is_wide,
)
from cc_common.connectors.mapped_catalog import nearest_hint
from cc_common.connectors.mapping import ColumnPart, PlantMapping, SourcePart

UNKNOWN: Final = -1
PASSED_OVER: Final = -2


@dataclass(frozen=True, kw_only=True)
class FileLayout:
    """One file and its source. `called`: what files call a machine -> its id; `asked`: those of --only, or all."""

    path: Path
    source: SourcePart
    plant_tz: str
    called: dict[str, str]
    asked: frozenset[str]
    present: tuple[str, ...]  # the file's own columns

    @property
    def time_column(self) -> str:
        """The column of the time."""
        return self.source.time.column

    @property
    def time_format(self) -> str:
        """The format of the time."""
        return self.source.time.format

    @property
    def tz(self) -> str:
        """The time zone of times without an offset."""
        return self.source.time.tz or self.plant_tz

    @property
    def within_minute(self) -> Literal["average", "last"]:
        """How several readings of one minute are merged."""
        return self.source.within_minute

    @property
    def out_of_order(self) -> Literal["load", "aside"]:
        """How rows earlier than a row above are treated."""
        return self.source.out_of_order

    @cached_property
    def machines(self) -> tuple[str, ...]:
        """The machines by their code in arrays."""
        return tuple(dict.fromkeys(self.called.values()))

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The columns (or tags) of readings by their code; in an unfolded block, slots."""
        if self.wide is not None:
            return self.wide.names
        if self.source.tag is not None:
            return tuple(self.source.columns)
        return tuple(name for name in self.source.columns if name in self.present)

    def part(self, at: int) -> ColumnPart:
        """The mapping of the column (or tag, or slot) of that code."""
        return self.source.column(self.columns[at]) if self.wide is None else self.wide.slots[at]

    def column_of(self, at: int, machine: int) -> str:
        """The file's name of the column of that code (-1: none) in a row of that machine."""
        if at < 0 or self.wide is None:
            return self.columns[at] if at >= 0 else ""
        return self.wide.columns[self.machines[machine], at]

    @cached_property
    def wide(self) -> WideColumns | None:
        """The columns of a wide file by machine."""
        if not is_wide(self.source):
            return None
        own = [
            (self.called[each.called], each)
            for each in assigned_columns(self.source, self.present)
            if each.called in self.called
        ]
        parts = {each: self.source.column(each.key).model_copy(update={"machine": None}) for _, each in own}
        slots = tuple(dict.fromkeys(parts.values()))
        return WideColumns(
            machines=tuple(dict.fromkeys(machine for machine, _ in own)),
            slots=slots,
            columns={(machine, slots.index(parts[each])): each.column for machine, each in own},
        )

    @cached_property
    def file_machine(self) -> str | None:
        """The one machine of the file; None when a column names machines, or the file's name matches none."""
        given = self.source.machine
        if given.id is not None:
            return given.id
        found = re.search(given.file, _stem(self.path)) if given.file is not None else None
        return self.called.get(found[1]) if found else None

    @property
    def has_many(self) -> bool:
        """Whether the file holds rows of several machines."""
        return self.source.machine.column is not None or self.wide is not None

    @property
    def is_asked(self) -> bool:
        """Whether the file may hold rows of a requested machine."""
        if self.wide is not None:
            return not self.asked.isdisjoint(self.wide.machines)
        return self.source.machine.column is not None or self.file_machine in self.asked

    def machines_of(self, block: Block) -> Longs:
        """The machine code of each row (n,): its index in `machines`, UNKNOWN, or PASSED_OVER."""
        name = self.source.machine.column if self.wide is None else OWNER
        if name is None:
            return np.full(len(block), self._code(self.file_machine))
        cells = column_array(block, name).cast(pa.string()).dictionary_encode()
        names = [self.called.get((text or "").strip()) for text in cells.dictionary.to_pylist()]
        codes = np.array([*map(self._code, names), UNKNOWN])
        found: Longs = codes[cells.indices.fill_null(len(names)).to_numpy()]
        return found

    def fingerprint(self, catalog: Catalog) -> str:
        """A digest of all that decides what the file's rows become: another one, and the file is read anew.

        A machine more in the plant is nothing to files of others; only a column of names may turn out to name it.
        """
        own = [machine for machine in self.machines if self._may_have(machine)]
        types = {m: [(x.name, x.unit, x.kind) for x in catalog.type_of(m).metrics] for m in own}
        called = sorted((text, m) for text, m in self.called.items() if m in own and self.has_many)
        said = (self.source.model_dump_json(), self.tz, called, sorted(self.asked.intersection(own)), types)
        return sha256(repr((said, self.file_machine)).encode()).hexdigest()

    def _may_have(self, machine: str) -> bool:
        """Whether the file may hold rows of that machine."""
        if self.wide is not None:
            return machine in self.wide.machines
        return self.source.machine.column is not None or machine == self.file_machine

    def mistakes(self, catalog: Catalog) -> Iterator[str]:
        """Mismatches between the file's columns and the mapping."""
        needed = [("time.column", self.source.time.column), ("machine.column", self.source.machine.column)]
        if (tag := self.source.tag) is not None:
            needed += [("tag.column", tag.column), ("tag.value", tag.value)]
        for key, name in needed:
            if name is not None and name not in self.present:
                yield f"{key}: {self.path.name} has no column {name!r}{nearest_hint(name, self.present)}"
        if not self.has_many and self.file_machine is None:
            yield f"machine: the name of {self.path.name} is of no machine{nearest_hint(_stem(self.path), self.called)}"
        own = [*assigned_columns(self.source, self.present)] if is_wide(self.source) else []
        if not (self.columns or own):
            yield f"columns: {self.path.name} has none of them; it has {', '.join(map(repr, self.present))}"
        yield from self._strangers(own, catalog)
        used = {name for _, name in needed} | {*self.source.ignore, *self.source.columns, *(o.column for o in own)}
        strange = [name for name in self.present if name not in used]
        if strange:
            also = ", ".join(map(repr, strange))
            yield f"columns: {self.path.name} also has {also}; map them, or list them in ignore"

    def _strangers(self, own: Sequence[AssignedColumn], catalog: Catalog) -> Iterator[str]:
        """Columns of a wide file that are of no machine, of none of its metrics, or of the same as another."""
        seen: dict[tuple[str, str], str] = {}
        for name, called, key in own:
            machine, metric = self.called.get(called), self.source.column(key).metric
            if machine is None:
                yield f"columns: {name!r} is of no machine {called!r}{nearest_hint(called, self.called)}"
            elif (kind := catalog.type_of(machine)).metric(metric) is None:
                hint = nearest_hint(metric, (m.name for m in kind.metrics))
                yield f"columns: {name!r}: {machine} has no {metric!r}{hint}"
            elif (other := seen.setdefault((machine, metric), name)) != name:
                yield f"columns: {other!r} and {name!r} are both {metric!r} of {machine}"

    @property
    def missing(self) -> tuple[str, ...]:
        """Columns of the mapping that this file does not have; of a wide file, keys that none of its columns has."""
        wide = (
            [each.key for each in assigned_columns(self.source, self.present)] if is_wide(self.source) else self.present
        )
        return () if self.source.tag else tuple(name for name in self.source.columns if name not in wide)

    def _code(self, machine: str | None) -> int:
        if machine is None:
            return UNKNOWN
        return self.machines.index(machine) if machine in self.asked else PASSED_OVER


def names_in_files(mapping: PlantMapping, catalog: Catalog) -> dict[str, str]:
    """Names of machines in files -> id: the id, the mapping's names, and the display name where it is unique."""
    names = [(machine.name, machine.id) for machine in catalog.equipment]
    single = {name: id_ for name, id_ in names if [n for n, _ in names].count(name) == 1}
    said = {text: machine.id for machine in mapping.machines for text in machine.called}
    return {**single, **{machine.id: machine.id for machine in catalog.equipment}, **said}


def _stem(path: Path) -> str:
    """The file's name without its endings: "chiller 1" of "chiller 1.csv.gz"."""
    endings: Sequence[str] = (".gz", ".bz2", ".zst", ".csv", ".txt", ".tsv", ".parquet", ".pq")
    stem = path.name
    while Path(stem).suffix.lower() in endings:
        stem = Path(stem).stem
    return stem
