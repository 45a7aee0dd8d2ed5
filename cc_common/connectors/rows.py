"""From a block to each machine's readings: parses times, names and numbers, and sets aside what cannot be parsed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import numpy as np
import numpy.typing as npt

from cc_common.catalog.equipment import EquipmentType
from cc_common.catalog.store import Catalog
from cc_common.connectors.blocks import Block, Longs, RejectedRow, column_array
from cc_common.connectors.cells import Cells, SourceTimes, merge_minutes, read_cells, read_times
from cc_common.connectors.file_layout import PASSED_OVER, UNKNOWN, FileLayout
from cc_common.timeseries.rows import MINUTE_US, Rows

REASONS: Final = (
    "",
    "unreadable time",
    "time skipped by the clocks",
    "time before 1970 or in the future",
    "unknown machine",
    "unknown metric",
    "unreadable number",
    "not a finite number",
    "number too large",
    "no reading",
    "out of order",
)
_REASON: Final = {reason: code for code, reason in enumerate(REASONS)}
_FLOAT32_MAX: Final = float(np.finfo(np.float32).max)


@dataclass(kw_only=True)
class ParsedRows:
    """The parsed rows of a block. `last_times`: the time of each machine's last row, for the next block."""

    rows: dict[str, Rows] = field(default_factory=dict)
    last_times: dict[str, int] = field(default_factory=dict)
    aside: list[RejectedRow] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)


@dataclass(kw_only=True)
class _Faults:
    """Rejection reasons: for each row a code of REASONS and the column at fault."""

    code: npt.NDArray[np.uint8]
    column: npt.NDArray[np.int16]

    def add(self, wrong: npt.NDArray[np.bool_], reason: str, column: int = -1) -> None:
        """Adds a fault; the first fault of a row is kept."""
        new = wrong & (self.code == 0)
        self.code[new], self.column[new] = _REASON[reason], column

    def add_to(self, rows: Longs, reason: str, column: Longs | int = -1) -> None:
        """Adds a fault to the rows at these positions; the first fault of a row is kept."""
        new = self.code[rows] == 0
        self.column[rows[new]] = column if isinstance(column, int) else column[new]
        self.code[rows[new]] = _REASON[reason]


def whole_minutes(block: Block, reading: FileLayout, *, now: datetime) -> Block:
    """The block without the rows of its last minute, which may continue in the next block."""
    times = read_times(column_array(block, reading.time_column), reading.time_format, reading.tz, now=now)
    minutes = np.where(times.unreadable, -1, times.early // MINUTE_US)
    known = np.flatnonzero(minutes >= 0)
    others = known[minutes[known] != minutes[known[-1]]] if len(known) else known
    return block.head(int(others[-1]) + 1) if len(others) else block


def parse_rows(
    block: Block, reading: FileLayout, catalog: Catalog, last_times: Mapping[str, int], *, now: datetime
) -> ParsedRows:
    """Parses each machine's rows of a block, one a minute; read = loaded + merged + rejected."""
    times = read_times(column_array(block, reading.time_column), reading.time_format, reading.tz, now=now)
    if reading.wide is not None:
        block, lines = reading.wide.unfold(block, reading.source.null, times.none)
        times = times.take(lines)
    machine = reading.machines_of(block)
    cells = read_cells(block, reading)
    faults = _Faults(code=np.zeros(len(block), np.uint8), column=np.full(len(block), -1, np.int16))
    _find_faults(faults, times, machine, cells)
    done = ParsedRows(last_times=dict(last_times))
    for index, rows in _by_machine(machine, faults):
        name = reading.machines[index]
        _parse_machine_rows(done, faults, reading, catalog.type_of(name), name, rows, times, cells)
    _reject(done, faults, block, reading, machine)
    return done


def _find_faults(faults: _Faults, times: SourceTimes, machine: Longs, cells: Cells) -> None:
    faults.add(times.unreadable, "unreadable time")
    faults.add(times.skipped, "time skipped by the clocks")
    faults.add(times.outside, "time before 1970 or in the future")
    faults.add(machine == UNKNOWN, "unknown machine")
    for at, wrong, reason in cells.faults():
        faults.add(wrong, reason, at)


def _by_machine(machine: Longs, faults: _Faults) -> Iterator[tuple[int, Longs]]:
    """Each machine's rows without a fault, in the order of the file."""
    usable = np.flatnonzero((faults.code == 0) & (machine >= 0))
    usable = usable[np.argsort(machine[usable], kind="stable")]
    edges = np.flatnonzero(np.diff(machine[usable])) + 1
    for rows in np.split(usable, edges):
        if len(rows):
            yield int(machine[rows[0]]), rows


def _parse_machine_rows(
    done: ParsedRows,
    faults: _Faults,
    reading: FileLayout,
    kind: EquipmentType,
    name: str,
    rows: Longs,
    times: SourceTimes,
    cells: Cells,
) -> None:
    last = done.last_times.get(name)
    ts = distinct_minutes(times.early[rows], times.late[rows], last)
    late = _out_of_order(ts, last)
    done.last_times[name] = int(ts[-1])
    done.counts["out of order"] += int(late.sum())
    values, strange = cells.of_machine(rows, kind)
    faults.add_to(rows[strange >= 0], "unknown metric", strange[strange >= 0])
    faults.add_to(rows[_any_large(values)], "number too large")
    faults.add_to(rows[np.isnan(values).all(axis=1)], "no reading")
    if reading.out_of_order == "aside":
        faults.add_to(rows[late], "out of order")
    good = faults.code[rows] == 0
    if good.any():
        _accept(done, name, ts[good], values[good], kind, reading)


def _accept(
    done: ParsedRows, name: str, ts: Longs, values: npt.NDArray[np.float64], kind: EquipmentType, reading: FileLayout
) -> None:
    kinds = tuple(metric.kind for metric in kind.metrics)
    minutes, folded, doubled = merge_minutes(ts, values, kinds, reading.within_minute)
    done.rows[name] = Rows(minutes, folded.astype(np.float32))
    done.counts["loaded"] += len(minutes)
    done.counts["merged"] += len(ts) - len(minutes)
    done.counts["duplicates"] += doubled


def distinct_minutes(early: Longs, late: Longs, last: int | None) -> Longs:
    """In the repeated hour of a clock change: the time nearer to the row before; the later of two equally near."""
    ts = early.copy()
    for at in np.flatnonzero(late != early):
        before = ts[at - 1] if at else last
        if before is not None and abs(int(late[at]) - int(before)) <= abs(int(early[at]) - int(before)):
            ts[at] = late[at]
    return ts


def _any_large(values: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    return np.asarray((np.abs(values) > _FLOAT32_MAX).any(axis=1))  # NaN is not


def _out_of_order(ts: Longs, last: int | None) -> npt.NDArray[np.bool_]:
    """Which rows are earlier than a row above."""
    above = np.maximum.accumulate(np.append(ts[0] if last is None else last, ts[:-1]))
    return ts < above


def _reject(done: ParsedRows, faults: _Faults, block: Block, reading: FileLayout, machine: Longs) -> None:
    passed = (machine == PASSED_OVER) & (faults.code == 0)
    done.counts["passed over"] += int(passed.sum())
    done.counts["read"] += len(block) + len(block.aside) - int(passed.sum())
    for row in np.flatnonzero(faults.code):
        reason, at = REASONS[faults.code[row]], reading.column_of(int(faults.column[row]), int(machine[row]))
        done.aside.append(RejectedRow(int(block.lines[row]), reason, at, block.raw(int(row))))
    done.aside = sorted([*block.aside, *done.aside])
    for each in done.aside:
        done.counts[f"aside: {each.reason}"] += 1
