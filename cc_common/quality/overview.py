"""Every machine's quality at a glance, from the roll-ups: counts are exact, a stuck sensor shows by whole hours."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise
from operator import attrgetter
from typing import Any

from cc_common.catalog.equipment import Equipment, EquipmentType, Metric
from cc_common.catalog.running import power_of
from cc_common.quality.model import MachineQuality, as_stored
from cc_common.quality.ranges import Range, ranges
from cc_common.quality.report import MINUTE, whole_minutes
from cc_common.quality.resting import Resting, rolled_up
from cc_common.timeseries.store import Store
from cc_common.window import Window


def overview(
    store: Store, resting: Resting, machines: Sequence[Equipment], window: Window
) -> tuple[MachineQuality, ...]:
    """The machines in the order given."""
    minutes = whole_minutes(window)
    found: dict[str, MachineQuality] = {}
    for name in dict.fromkeys(m.type for m in machines):
        own, kind = [m for m in machines if m.type == name], store.catalog.type(name)
        heard = ranges(store, kind, own, minutes)
        still = _still(store, resting, own, kind, minutes)
        found |= {m.id: _machine(m, kind, minutes, heard[m.id], still.get(m.id, ())) for m in own}
    return tuple(found[m.id] for m in machines)


def _machine(
    machine: Equipment, kind: EquipmentType, window: Window, heard: Sequence[Range], stuck: tuple[str, ...]
) -> MachineQuality:
    metrics = list(zip(kind.metrics, heard, strict=True))
    return MachineQuality(
        equipment=machine.id,
        window=window,
        expected=(window.end - window.start) // MINUTE * len(kind.metrics),
        rows=sum(of.rows for of in heard),
        missing=tuple(metric.name for metric, of in metrics if not of.rows),
        stuck=stuck,
        out_of_range=tuple(metric.name for metric, of in metrics if _is_out(metric, of)),
    )


def _is_out(metric: Metric, of: Range) -> bool:
    low, high = as_stored(metric.low), as_stored(metric.high)
    under = low is not None and of.low is not None and of.low < low
    return under or (high is not None and of.high is not None and of.high > high)


def _still(
    store: Store, resting: Resting, machines: Sequence[Equipment], kind: EquipmentType, window: Window
) -> dict[str, tuple[str, ...]]:
    """By machine, the metrics that stood still in two hours that follow each other."""
    start, end = store.clock.hours_inside(window.start, window.end)
    given = {"machines": [m.id for m in machines], "start": start, "end": end}
    rows = store.rows(rolled_up(kind, "flat_hours", flat="flat_hour", ran="ran_hour"), given)
    return {
        machine: tuple(
            name for name in _twice([_running(row, kind) for row in own], kind) if not resting.rests(machine, name, end)
        )
        for machine, own in groupby(rows, key=attrgetter("equipment_id"))
    }


def _running(hour: Any, kind: EquipmentType) -> Sequence[bool]:
    """Which metrics stood still though the machine was on."""
    power = power_of(kind)
    return hour.flat if power is None or hour.ran[kind.metrics.index(power)] else [False] * len(hour.flat)


def _twice(hours: Sequence[Sequence[bool]], kind: EquipmentType) -> Iterator[str]:
    for place, metric in enumerate(kind.metrics):
        if metric.kind == "gauge" and any(a[place] and b[place] for a, b in pairwise(hours)):
            yield metric.name
