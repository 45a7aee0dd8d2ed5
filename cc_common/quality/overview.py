"""Every machine's quality at a glance, from the roll-ups: counts are exact, a stuck sensor shows by whole hours."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise
from operator import attrgetter

from cc_common.catalog.equipment import Equipment, EquipmentType, Metric
from cc_common.evidence import Figure
from cc_common.quality.model import MachineQuality, as_stored
from cc_common.quality.report import MINUTE, whole_minutes
from cc_common.quality.resting import Resting, rolled_up
from cc_common.timeseries.store import Store
from cc_common.timeseries.windows import figures
from cc_common.window import Window

Ranges = dict[tuple[str, str], dict[str, float]]  # (equipment, metric) -> count, min, max


def overview(
    store: Store, resting: Resting, machines: Sequence[Equipment], window: Window
) -> tuple[MachineQuality, ...]:
    """The machines in the order given."""
    minutes = whole_minutes(window)
    found: dict[str, MachineQuality] = {}
    for name in dict.fromkeys(m.type for m in machines):
        own, kind = [m for m in machines if m.type == name], store.catalog.type(name)
        ranges = _ranges(store, own, kind, minutes)
        still = _still(store, resting, own, kind, minutes)
        found |= {m.id: _machine(m, kind, minutes, ranges, still.get(m.id, ())) for m in own}
    return tuple(found[m.id] for m in machines)


def _machine(
    machine: Equipment, kind: EquipmentType, window: Window, ranges: Ranges, stuck: tuple[str, ...]
) -> MachineQuality:
    heard = [
        (metric, ranges[machine.id, metric.name]) for metric in kind.metrics if (machine.id, metric.name) in ranges
    ]
    names = {metric.name for metric, _ in heard}
    return MachineQuality(
        equipment=machine.id,
        window=window,
        expected=(window.end - window.start) // MINUTE * len(kind.metrics),
        rows=sum(int(of["count"]) for _, of in heard),
        missing=tuple(m.name for m in kind.metrics if m.name not in names),
        stuck=stuck,
        out_of_range=tuple(metric.name for metric, of in heard if _is_out(metric, of)),
    )


def _is_out(metric: Metric, of: dict[str, float]) -> bool:
    low, high = as_stored(metric.low), as_stored(metric.high)
    return (low is not None and of["min"] < low) or (high is not None and of["max"] > high)


def _ranges(store: Store, machines: Sequence[Equipment], kind: EquipmentType, window: Window) -> Ranges:
    found: Ranges = {}
    for metric in kind.metrics:
        read: list[Figure] = figures(store, machines, metric, window, ["count", "min", "max"])
        for figure in read:
            found.setdefault((figure.equipment, metric.name), {})[figure.statistic] = figure.value
    return found


def _still(
    store: Store, resting: Resting, machines: Sequence[Equipment], kind: EquipmentType, window: Window
) -> dict[str, tuple[str, ...]]:
    """By machine, the metrics that stood still in two hours that follow each other."""
    start, end = store.clock.hours_inside(window.start, window.end)
    given = {"machines": [m.id for m in machines], "start": start, "end": end}
    rows = store.rows(rolled_up(kind, "flat_hours", flat="flat_hour"), given)
    return {
        machine: tuple(
            name for name in _twice([row.flat for row in own], kind) if not resting.rests(machine, name, end)
        )
        for machine, own in groupby(rows, key=attrgetter("equipment_id"))
    }


def _twice(hours: Sequence[Sequence[bool]], kind: EquipmentType) -> Iterator[str]:
    for place, metric in enumerate(kind.metrics):
        if metric.kind == "gauge" and any(a[place] and b[place] for a, b in pairwise(hours)):
            yield metric.name
