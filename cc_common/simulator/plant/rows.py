"""How a metric is written down in one line."""

from __future__ import annotations

from typing import Final

from cc_common.catalog.equipment import EquipmentType, Kind, Metric

# Every unit as written and as said; a metric with an unknown unit fails at import.
SPOKEN: Final = {
    "": "",
    "kW": "kilowatts",
    "kWh": "kilowatt-hours",
    "kVA": "kilovolt-amperes",
    "kvar": "kilovars",
    "TR": "tons of refrigeration",
    "kW/TR": "kilowatts per ton",
    "°C": "degrees Celsius",
    "%": "percent",
    "mm/s": "millimetres per second",
    "m³/h": "cubic metres per hour",
    "bar": "bar",
    "Pa": "pascals",
    "ppm": "parts per million",
    "kg/h": "kilograms per hour",
    "V": "volts",
    "A": "amperes",
    "Hz": "hertz",
    "rpm": "revolutions per minute",
    "min": "minutes",
    "µS/cm": "microsiemens per centimetre",
    "trips": "trips",
    "faults": "faults",
    "cycles": "cycles",
}


def m(
    name: str,
    label: str,
    unit: str,
    decimals: int,
    low: float | None,
    high: float | None,
    aliases: str,
    kind: Kind = "gauge",
) -> Metric:
    """A metric; `low` and `high` are its alarm limits, `aliases` a comma-separated list."""
    return Metric(
        name=name,
        label=label,
        unit=unit,
        unit_spoken=SPOKEN[unit],
        kind=kind,
        low=None if low is None else float(low),
        high=None if high is None else float(high),
        decimals=decimals,
        aliases=split(aliases),
    )


def equipment_type(name: str, label: str, plural: str, aliases: str, *metrics: Metric) -> EquipmentType:
    """A type; its metrics in column order."""
    return EquipmentType(name=name, label=label, plural=plural, aliases=split(aliases), metrics=metrics)


def split(words: str) -> tuple[str, ...]:
    """The words of a comma-separated list."""
    return tuple(word.strip() for word in words.split(",") if word.strip())
