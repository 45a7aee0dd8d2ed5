"""Units of measurement: how sources write them, and conversion between units of one quantity."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from cc_common.core.errors import InvalidInput


@dataclass(frozen=True)
class Unit:
    """A unit: `value * factor + offset` converts to the first unit of its quantity."""

    quantity: str
    factor: float
    spoken: str
    offset: float = 0.0


@dataclass(frozen=True)
class Conversion:
    """A linear conversion: `value * factor + offset`."""

    factor: float = 1.0
    offset: float = 0.0


_KW_OF_A_TON: Final = 3.51685284

UNITS: Final[dict[str, Unit]] = {
    "°C": Unit("temperature", 1, "degrees Celsius"),
    "°F": Unit("temperature", 5 / 9, "degrees Fahrenheit", -160 / 9),
    "K": Unit("temperature", 1, "kelvin", -273.15),
    "delta °C": Unit("temperature difference", 1, "degrees Celsius"),
    "delta °F": Unit("temperature difference", 5 / 9, "degrees Fahrenheit"),
    "kW": Unit("power", 1, "kilowatts"),
    "W": Unit("power", 1e-3, "watts"),
    "MW": Unit("power", 1e3, "megawatts"),
    "hp": Unit("power", 0.74569987, "horsepower"),
    "TR": Unit("power", _KW_OF_A_TON, "tons of refrigeration"),
    "BTU/h": Unit("power", _KW_OF_A_TON / 12_000, "BTU per hour"),
    "kWh": Unit("energy", 1, "kilowatt-hours"),
    "Wh": Unit("energy", 1e-3, "watt-hours"),
    "MWh": Unit("energy", 1e3, "megawatt-hours"),
    "GWh": Unit("energy", 1e6, "gigawatt-hours"),
    "MJ": Unit("energy", 1 / 3.6, "megajoules"),
    "GJ": Unit("energy", 1000 / 3.6, "gigajoules"),
    "TRh": Unit("energy", _KW_OF_A_TON, "ton-hours"),
    "kVA": Unit("apparent power", 1, "kilovolt-amperes"),
    "VA": Unit("apparent power", 1e-3, "volt-amperes"),
    "MVA": Unit("apparent power", 1e3, "megavolt-amperes"),
    "kvar": Unit("reactive power", 1, "kilovars"),
    "var": Unit("reactive power", 1e-3, "vars"),
    "bar": Unit("pressure", 1, "bar"),
    "mbar": Unit("pressure", 1e-3, "millibars"),
    "Pa": Unit("pressure", 1e-5, "pascals"),
    "kPa": Unit("pressure", 1e-2, "kilopascals"),
    "MPa": Unit("pressure", 10, "megapascals"),
    "psi": Unit("pressure", 0.0689475729, "pounds per square inch"),
    "inH2O": Unit("pressure", 0.00249088908, "inches of water"),
    "mmH2O": Unit("pressure", 0.0000980665, "millimetres of water"),
    "m³/h": Unit("flow", 1, "cubic metres per hour"),
    "m³/s": Unit("flow", 3600, "cubic metres per second"),
    "lps": Unit("flow", 3.6, "litres per second"),
    "lpm": Unit("flow", 0.06, "litres per minute"),
    "gpm": Unit("flow", 0.2271247, "gallons per minute"),
    "cfm": Unit("flow", 1.69901082, "cubic feet per minute"),
    "kg/h": Unit("mass flow", 1, "kilograms per hour"),
    "kg/s": Unit("mass flow", 3600, "kilograms per second"),
    "t/h": Unit("mass flow", 1000, "tonnes per hour"),
    "lb/h": Unit("mass flow", 0.45359237, "pounds per hour"),
    "%": Unit("share", 1, "percent"),
    "fraction": Unit("share", 100, ""),
    "mm/s": Unit("speed", 1, "millimetres per second"),
    "m/s": Unit("speed", 1000, "metres per second"),
    "in/s": Unit("speed", 25.4, "inches per second"),
    "V": Unit("voltage", 1, "volts"),
    "mV": Unit("voltage", 1e-3, "millivolts"),
    "kV": Unit("voltage", 1e3, "kilovolts"),
    "A": Unit("current", 1, "amperes"),
    "mA": Unit("current", 1e-3, "milliamperes"),
    "kA": Unit("current", 1e3, "kiloamperes"),
    "min": Unit("time", 1, "minutes"),
    "s": Unit("time", 1 / 60, "seconds"),
    "h": Unit("time", 60, "hours"),
    "Hz": Unit("frequency", 1, "hertz"),
    "rpm": Unit("rotation", 1, "revolutions per minute"),
    "ppm": Unit("concentration", 1, "parts per million"),
    "µS/cm": Unit("conductivity", 1, "microsiemens per centimetre"),
    "kW/TR": Unit("specific power", 1, "kilowatts per ton"),
    "lux": Unit("illuminance", 1, "lux"),
    "dB": Unit("level", 1, "decibels"),
}
_ALIASES: Final = {
    "degc": "°C",
    "c": "°C",
    "degf": "°F",
    "f": "°F",
    "delta degc": "delta °C",
    "delta degf": "delta °F",
    "m3/h": "m³/h",
    "m3/s": "m³/s",
    "l/s": "lps",
    "l/min": "lpm",
    "pct": "%",
    "percent": "%",
    "us/cm": "µS/cm",
}
_FOLDED: Final = {name.lower(): name for name in UNITS if not name.startswith(("M", "m"))}


def stored_name(unit: str) -> str:
    """The plant's spelling of a unit: "degC" becomes "°C"; an unknown unit is unchanged."""
    text = unit.strip()
    if text in UNITS:
        return text
    return _ALIASES.get(text.lower()) or _FOLDED.get(text.lower(), text)


def spoken_name(unit: str) -> str:
    """The spoken name of a unit; an unknown unit is unchanged."""
    known = UNITS.get(stored_name(unit))
    return known.spoken if known else unit


def conversion(source: str, target: str) -> Conversion:
    """The conversion from one unit to another; InvalidInput when they measure different quantities."""
    source, target = stored_name(source), stored_name(target)
    if source == target:
        return Conversion()
    given, wanted = (UNITS.get(name) for name in (source, target))
    if given is None or wanted is None:
        unknown = source if given is None else target
        raise InvalidInput(f"unit {unknown!r} is not known; give factor and offset instead (value * factor + offset)")
    if (given.quantity, wanted.quantity) == ("temperature difference", "temperature"):
        return Conversion(given.factor / wanted.factor)
    if given.quantity != wanted.quantity:
        raise InvalidInput(f"{source} is a {given.quantity} and cannot become {target}, a {wanted.quantity}")
    return Conversion(given.factor / wanted.factor, (given.offset - wanted.offset) / wanted.factor)
