"""Builds the plant's catalogue from a mapping and lists what in the mapping contradicts itself."""

from __future__ import annotations

import codecs
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from difflib import get_close_matches
from typing import Final

from cc_common.catalog.equipment import Equipment, EquipmentType, Metric
from cc_common.catalog.metric_roles import SEVERAL
from cc_common.catalog.store import Catalog
from cc_common.connectors.blocks import is_wide
from cc_common.connectors.mapping import ColumnPart, MachinePart, MetricPart, PlantMapping, SourcePart, TypePart
from cc_common.core.errors import InvalidInput
from cc_common.core.units import Conversion, conversion, spoken_name, stored_name

_SAMPLE: Final = datetime(2024, 11, 28, 13, 45, tzinfo=UTC)  # every digit tells what it stands for
NAMED_FORMATS: Final = ("iso", "unix", "unix_ms")


def build_catalog(mapping: PlantMapping) -> Catalog:
    """The catalogue that the mapping describes; machines without a number take that of their id, or the next free."""
    types = tuple(_type(name, part) for name, part in mapping.types.items())
    return Catalog(plant_name=mapping.plant.name, tz=mapping.plant.tz, types=types, equipment=tuple(_machines(mapping)))


def find_contradictions(mapping: PlantMapping) -> list[str]:
    """Lists contradictions within the mapping, each with its key."""
    found = [*_in_roles(mapping), *_in_machines(mapping)]
    for place, source in enumerate(mapping.sources):
        found += [f"sources.{place}.{line}" for line in _in_source(mapping, source)]
    return found


def column_conversion(column: ColumnPart, metric: Metric | MetricPart) -> Conversion:
    """The conversion from the column's unit to the metric's; InvalidInput when the units are incompatible."""
    if column.unit is not None:
        return conversion(column.unit, metric.unit)
    return Conversion(1.0 if column.factor is None else column.factor, column.offset or 0.0)


def nearest_hint(name: str, known: Iterable[str]) -> str:
    """ "; did you mean ...?", or what there is."""
    names = list(dict.fromkeys(known))
    near = get_close_matches(name, names, n=1)
    return f"; did you mean {near[0]!r}?" if near else f"; there are {', '.join(map(repr, names[:12]))}"


def _type(name: str, part: TypePart) -> EquipmentType:
    label = part.label or name.replace("_", " ")
    metrics = tuple(_metric(key, metric) for key, metric in part.metrics.items())
    return EquipmentType(
        name=name, label=label, plural=part.plural or f"{label}s", aliases=part.aliases, metrics=metrics
    )


def _metric(name: str, part: MetricPart) -> Metric:
    return Metric(
        name=name,
        label=part.label or name.replace("_", " "),
        unit=stored_name(part.unit),
        unit_spoken=spoken_name(part.unit) if part.spoken is None else part.spoken,
        kind=part.kind,
        low=part.low,
        high=part.high,
        decimals=part.decimals,
        aliases=part.aliases,
        role=part.role,
    )


def _machines(mapping: PlantMapping) -> Iterator[Equipment]:
    for type_name in mapping.types:
        own = [m for m in mapping.machines if m.type == type_name]
        numbers = _numbers(own)
        for machine in sorted(own, key=lambda m: numbers[m.id]):
            number = numbers[machine.id]
            label = mapping.types[type_name].label or type_name.replace("_", " ")
            yield Equipment(
                id=machine.id,
                type=type_name,
                number=number,
                name=machine.name or f"{label[:1].upper()}{label[1:]} {number}",
                location=machine.location,
                aliases=machine.aliases,
            )


def _numbers(machines: list[MachinePart]) -> dict[str, int]:
    """By id: the number given, else the one at the end of the id, else of the name, else the lowest that is free."""
    numbers = {m.id: m.number for m in machines if m.number is not None}
    for machine in machines:
        ends = (re.search(r"(\d{1,6})\W*$", text) for text in (machine.id, machine.name or ""))
        wished = next((int(end[1]) for end in ends if end), None)
        if machine.id not in numbers and wished is not None and wished not in numbers.values():
            numbers[machine.id] = wished
    free = (n for n in range(1, 10**6) if n not in set(numbers.values()))
    return {m.id: numbers[m.id] if m.id in numbers else _next(free, numbers, m.id) for m in machines}


def _next(free: Iterator[int], numbers: dict[str, int], machine: str) -> int:
    return numbers.setdefault(machine, next(free))


def _in_roles(mapping: PlantMapping) -> Iterator[str]:
    for name, kind in mapping.types.items():
        counts = Counter(m.role for m in kind.metrics.values() if m.role not in (None, "none", *SEVERAL))
        for role, count in counts.items():
            if count > 1:
                yield f"types.{name}.metrics: {count} have the role {role!r}; only one of a type may"


def _in_machines(mapping: PlantMapping) -> Iterator[str]:
    for place, machine in enumerate(mapping.machines):
        if machine.type not in mapping.types:
            yield f"machines.{place}.type: no type {machine.type!r}{nearest_hint(machine.type, mapping.types)}"
    for name, count in Counter(m.id for m in mapping.machines).items():
        if count > 1:
            yield f"machines: the id {name!r} is given {count} times; each machine has its own"
    numbered = Counter((m.type, m.number) for m in mapping.machines if m.number is not None)
    for (kind, number), count in numbered.items():
        if count > 1:
            yield f"machines: {count} of type {kind!r} have the number {number}; each has its own"
    called = Counter(text for m in mapping.machines for text in {m.id, *m.called})
    for text, count in called.items():
        if count > 1:
            yield f"machines: {text!r} is what {count} machines are called; files could not tell them apart"


def _in_source(mapping: PlantMapping, source: SourcePart) -> Iterator[str]:
    yield from _in_time(source.time.format)
    if source.machine.id is not None and source.machine.id not in {m.id for m in mapping.machines}:
        ids = [m.id for m in mapping.machines]
        yield f"machine.id: no machine {source.machine.id!r}{nearest_hint(source.machine.id, ids)}"
    if source.machine.file is not None:
        yield from _in_pattern("machine.file", source.machine.file, "one (group), for what the machine is called")
    if source.machine.header is not None:
        said = "two (groups), for what the machine and its reading are called"
        yield from _in_pattern("machine.header", source.machine.header, said)
    if is_wide(source):
        yield from _in_wide(mapping, source)
    try:
        codecs.lookup(source.encoding)
    except LookupError:
        yield f"encoding: {source.encoding!r} is not known, such as utf-8, cp1252 or utf-16"
    targets = Counter((source.column(name).machine, source.column(name).metric) for name in source.columns)
    for (_, metric), count in targets.items():
        if count > 1 and source.tag is None:
            yield f"columns: {count} columns become {metric!r}; one source gives each metric once"
    for name in source.columns:
        yield from (f"columns.{name}: {line}" for line in _in_column(mapping, source.column(name)))


def _in_time(pattern: str) -> Iterator[str]:
    if pattern in NAMED_FORMATS:
        return
    try:
        read = datetime.strptime(_SAMPLE.strftime(pattern), pattern)  # noqa: DTZ007
    except (ValueError, re.error) as exc:
        yield f"time.format: {pattern!r} is no format of strptime, nor iso, unix or unix_ms ({exc})"
        return
    if read.replace(tzinfo=UTC) != _SAMPLE:
        yield f"time.format: {pattern!r} does not say the whole time down to the minute, such as '%d.%m.%Y %H:%M'"


def _in_pattern(key: str, pattern: str, needed: str) -> Iterator[str]:
    try:
        groups = re.compile(pattern).groups
    except re.error as exc:
        yield f"{key}: {pattern!r} is no regular expression: {exc}"
        return
    if groups != (2 if key.endswith("header") else 1):
        yield f"{key}: {pattern!r} needs {needed}"


def _in_wide(mapping: PlantMapping, source: SourcePart) -> Iterator[str]:
    if source.tag is not None:
        yield "tag: a file's columns are of one machine each, or its rows hold one reading each, not both"
    if source.machine.column is not None or source.machine.id is not None:
        yield "machine: its columns say which machine they are of; leave out machine.column and machine.id"
    called = [text for m in mapping.machines for text in (m.id, m.name, *m.called) if text is not None]
    for name in source.columns:
        machine = source.column(name).machine
        if machine is None and source.machine.header is None:
            yield f"columns.{name}: which machine? Others of this source say it; or machine.header finds it"
        if machine is not None and machine not in called:
            yield f"columns.{name}.machine: no machine {machine!r}{nearest_hint(machine, called)}"


def _in_column(mapping: PlantMapping, column: ColumnPart) -> Iterator[str]:
    having = [(name, part) for name, part in mapping.types.items() if column.metric in part.metrics]
    if not having:
        known = [name for part in mapping.types.values() for name in part.metrics]
        yield f"no type has a metric {column.metric!r}{nearest_hint(column.metric, known)}"
    for kind, part in having:
        try:
            column_conversion(column, part.metrics[column.metric])
        except InvalidInput as exc:
            yield f"{exc} (the unit of {kind}.{column.metric})"
