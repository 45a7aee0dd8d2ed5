"""Roles of metrics: which metric of a type is its power, its load, its weather, its fuel.

A role is declared with the metric (by the simulator's types, by an import mapping) or guessed from its unit and words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from cc_common.catalog.equipment import EquipmentType, Kind, Metric, Role
from cc_common.catalog.store import Catalog


@dataclass(frozen=True, kw_only=True)
class Guess:
    """A metric with one of the units has the role if its words match `words` and none of `but`."""

    role: Role
    units: tuple[str, ...]
    words: str = ""
    but: str = r"$^"
    kind: Kind = "gauge"


_POWERS: Final = ("kW", "W", "MW", "kVA")
_NO_POWER: Final = r"cooling|heating|heat|thermal|rated|nominal|set ?point|limit|reactive"
_FLOWS: Final = ("m³/h", "m³/min", "l/s", "l/min", "kg/h", "t/h")
_TEMPERATURES: Final = ("°C", "°F", "K")

# In order of preference: the first guess that matches a metric of the type determines its role.
GUESSES: Final = (
    Guess(role="power", units=_POWERS, words=r"power|consumption|draw|motor|electric|input|active", but=_NO_POWER),
    Guess(role="power", units=_POWERS, but=_NO_POWER),
    Guess(role="energy", units=("kWh", "MWh", "Wh"), kind="counter"),
    Guess(role="speed", units=("%", "Hz", "rpm"), words=r"(fan|pump|motor|drive|vfd|compressor).*speed"),
    Guess(role="speed", units=("%",), words=r"\bspeed\b"),
    Guess(role="load", units=("%",), words=r"\bload\b", but=r"unload"),
    Guess(role="output", units=("TR", "kW"), words=r"cooling (load|capacity|output)|refrigeration"),
    Guess(role="output", units=_FLOWS, words=r"flow|delivery", but=r"fuel|gas|make ?up|leak|set ?point"),
    Guess(role="weather", units=_TEMPERATURES, words=r"outdoor|outside|weather|wet ?bulb"),
    Guess(role="ambient", units=_TEMPERATURES, words=r"ambient|room|condenser water (supply|in)|cooling water in"),
    Guess(role="bearing_temperature", units=_TEMPERATURES, words=r"bearing"),
    Guess(role="inlet_temperature", units=_TEMPERATURES, words=r"inlet|suction|return|entering|intake"),
    Guess(role="outlet_temperature", units=_TEMPERATURES, words=r"outlet|discharge|supply|leaving"),
    Guess(role="vibration", units=("mm/s",)),
    Guess(role="filter_pressure_drop", units=("Pa", "kPa", "mbar"), words=r"filter"),
    Guess(role="fuel_level", units=("%", "l"), words=r"(fuel|diesel).*(level|tank)|(level|tank).*(fuel|diesel)"),
)
SEVERAL: Final = frozenset({"ambient", "weather", "bearing_temperature", "vibration"})  # a type may have more than one


@lru_cache(maxsize=1024)
def metrics_with(kind: EquipmentType, role: Role) -> tuple[Metric, ...]:
    """The type's metrics with that role in column order; guesses only where none is declared."""
    declared = tuple(m for m in kind.metrics if m.role == role)
    return declared or _guessed(kind, role)


def metric_with(kind: EquipmentType, role: Role) -> Metric | None:
    """The first metric with that role; None where the type has none."""
    return next(iter(metrics_with(kind, role)), None)


def power_of(kind: EquipmentType) -> Metric | None:
    """The metric that is zero while a machine of that type is off; None where the type has none."""
    return metric_with(kind, "power")


@dataclass(frozen=True, kw_only=True)
class Drivers:
    """Names of metrics: `load` is how hard the machine works, `beside` the conditions that it does not control."""

    load: str | None
    beside: tuple[str, ...] = ()


def drivers_of(kind: EquipmentType) -> Drivers:
    """The type's load, else its speed, its output or its power; and the ambient conditions."""
    found = (metric_with(kind, role) for role in _LOADS)
    load = next((m.name for m in found if m), None)
    return Drivers(load=load, beside=_conditions(kind))


def weather_of(catalog: Catalog) -> tuple[EquipmentType, Metric] | None:
    """The type that measures the weather, and the metric; a dry-bulb temperature before a wet-bulb one."""
    found = [(kind, m) for kind in catalog.types if catalog.of_type(kind.name) for m in metrics_with(kind, "weather")]
    return min(found, key=lambda each: "wet" in _words(each[1]), default=None)


@dataclass(frozen=True, kw_only=True)
class LoadMetrics:
    """A machine's output and power, and the conditions that affect the power."""

    power: str
    output: str
    beside: tuple[str, ...] = ()


def work_of(kind: EquipmentType) -> LoadMetrics | None:
    """The load metrics of a type; None where it has no power or no output."""
    power, output = power_of(kind), metric_with(kind, "output")
    if power is None or output is None:
        return None
    return LoadMetrics(power=power.name, output=output.name, beside=_conditions(kind))


def worn_of(kind: EquipmentType) -> tuple[Metric, ...]:
    """The metrics that indicate wear and have a limit."""
    worn = {*metrics_with(kind, "vibration"), *metrics_with(kind, "bearing_temperature")}
    return tuple(m for m in kind.metrics if m in worn and m.high is not None)


def filter_of(kind: EquipmentType) -> Metric | None:
    """The pressure drop of a filter with a limit, and a fan speed: the drop is proportional to its square."""
    found = metric_with(kind, "filter_pressure_drop")
    return found if found and found.high is not None and metric_with(kind, "speed") else None


def needed_metrics(kind: EquipmentType) -> tuple[Metric, ...]:
    """Every metric to read by hour, in column order; first the power, which tells whether a machine is on."""
    work, power, dirt, speed = work_of(kind), power_of(kind), filter_of(kind), metric_with(kind, "speed")
    names = {m.name for m in worn_of(kind)}
    names |= {work.power, work.output, *work.beside} if work else set()
    names |= {dirt.name, speed.name} if dirt and speed else set()
    names |= {power.name} if power and names else set()
    return tuple(m for m in kind.metrics if m.name in names)


_LOADS: Final[tuple[Role, ...]] = ("load", "speed", "output", "power")


def _conditions(kind: EquipmentType) -> tuple[str, ...]:
    around = {*metrics_with(kind, "ambient"), *metrics_with(kind, "weather")}
    return tuple(m.name for m in kind.metrics if m in around)


def _guessed(kind: EquipmentType, role: Role) -> tuple[Metric, ...]:
    """The metrics that match the first successful guess of that role; only the first one for a unique role."""
    for guess in GUESSES:
        if guess.role == role and (found := tuple(_fitting(kind, guess))):
            return found if role in SEVERAL else found[:1]
    return ()


def _fitting(kind: EquipmentType, guess: Guess) -> Iterator[Metric]:
    for metric in kind.metrics:
        words = _words(metric)
        if metric.role is not None or metric.unit not in guess.units or metric.kind != guess.kind:
            continue
        if re.search(guess.words, words) and not re.search(guess.but, words):
            yield metric


def _words(metric: Metric) -> str:
    """The metric's label and name, in lower case and without underscores."""
    return f"{metric.label} {metric.name.replace('_', ' ')}".casefold()
