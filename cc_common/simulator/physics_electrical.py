"""How the simulated transformers, diesel generators, UPS and energy meters behave."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from cc_common.catalog.equipment import Equipment, EquipmentType
from cc_common.simulator.machine import Machine, interpolate
from cc_common.simulator.site import (
    KNOT,
    KNOTS_A_DAY,
    MINUTES_A_DAY,
    Fault,
    Floats,
    Knots,
    Site,
    faults_of_kind,
    faults_of_machine,
)

REFILL_DAYS = 56
_EPOCH = date(1970, 1, 1)

Span = tuple[int, int]  # [start, end) in minutes since 1970


@dataclass(frozen=True, kw_only=True)
class Runs:
    """By minute: whether the engine runs (0 or 1), how warm it is (0 to 1), minutes it has run since the refill."""

    running: Floats
    warm: Floats
    minutes_since_refill: Floats


def weekly_test(m: Machine, *, weekday: int, hour: int, length: int, also: Iterable[Span] = ()) -> Runs:
    """A test of `length` minutes each week at the plant's `weekday` (Monday 0) and `hour`, and other runs."""
    tests = _tests(m, weekday, hour, length)
    spans = _merged([*tests, *also])
    now = m.site.first_day * MINUTES_A_DAY + np.arange(m.minutes)
    run = _run_minutes(now, spans)
    refill = now - (now - m.number * MINUTES_A_DAY) % (REFILL_DAYS * MINUTES_A_DAY)
    return Runs(
        running=_running(now, spans).astype(np.float32),
        warm=_warmth(now, spans).astype(np.float32),
        minutes_since_refill=(run - _run_minutes(refill, spans)).astype(np.float32),
    )


def _tests(m: Machine, weekday: int, hour: int, length: int) -> Iterator[Span]:
    first = _EPOCH + timedelta(days=m.site.first_day - REFILL_DAYS - 8)
    for ahead in range((weekday - first.weekday()) % 7, m.site.days + REFILL_DAYS + 10, 7):
        start = datetime.combine(first + timedelta(days=ahead), time(hour), ZoneInfo(m.site.tz)).astimezone(UTC)
        minute = int(start.timestamp()) // 60
        yield minute, minute + length


def _merged(spans: list[Span]) -> list[Span]:
    """In order, those that overlap or touch made one."""
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _run_minutes(now: npt.NDArray[np.int64], spans: list[Span]) -> npt.NDArray[np.float64]:
    """Minutes run in all spans up to each moment."""
    corners = np.array(spans).ravel()
    lengths = np.diff(np.array(spans), axis=1).ravel()
    total = np.concatenate(([0], np.repeat(np.cumsum(lengths), 2)[:-1]))
    return np.interp(now, corners, total)


def _running(now: npt.NDArray[np.int64], spans: list[Span]) -> npt.NDArray[np.bool_]:
    return np.asarray(np.searchsorted(np.array(spans).ravel(), now, side="right") % 2, bool)


def _warmth(now: npt.NDArray[np.int64], spans: list[Span]) -> npt.NDArray[np.float64]:
    """Warm within 12 minutes of the start, cold again an hour and a half after the end."""
    corners = np.array([(start, start + 12, end, end + 90) for start, end in spans]).ravel()
    return np.asarray(
        np.interp(now, np.maximum.accumulate(corners), np.tile([0.0, 1.0, 1.0, 0.0], len(spans))), np.float64
    )


SQRT3: Final = float(np.sqrt(3))
# The meters were installed, and count, from this day on; the plant has no earlier history.
COMMISSIONED: Final = date(2020, 1, 1)
_FIRST_DAY: Final = (COMMISSIONED - date(1970, 1, 1)).days


def transformer(m: Machine) -> None:
    """Follows the campus; oil warms with the square of the load, the winding above the oil."""
    s, dirty = m.site, m.creeping("fouling")
    part = np.clip(m.own("share", 0.9, 1.1) * (0.28 + 0.24 * s.people + 0.2 * s.cooling), 0.1, 0.9)
    part = part * (1 + 0.03 * m.wander("load", 30))
    kva = m.read("load_kva", 2000 * part, 5, alive=m.powered)
    m.put("load_pct", kva / 20)
    factor = m.read("power_factor", 0.955 - 0.02 * s.people + 0.01 * m.wander("pf", 60), 0.002)
    m.put("active_power_kw", kva * factor)
    volts = m.read("voltage_v", s.mains_v, 0.5, alive=m.powered)
    m.put("current_a", np.divide(kva * np.float32(1000 / SQRT3), volts, out=np.zeros_like(kva), where=volts > 0))
    oil = 24 + 0.7 * s.outdoor_c + 26 * part**2 + 22 * dirty
    m.read("oil_temp_c", oil, 0.15)
    m.read("winding_temp_c", oil + 16 * part**2 + 3, 0.2)
    m.read("oil_level_pct", 82 + 0.12 * (oil - 50), 0.1)


def diesel_generator(m: Machine) -> None:
    """Stands by; runs a test each week, and whenever the transformer of its number has lost its supply."""
    lost = [(f.start, f.end) for f in _lost_supply(m)]
    test = weekly_test(m, weekday=m.number % 6, hour=10 + m.number % 4, length=40, also=lost)
    run = test.running
    m.put("power_output_kw", run * (interpolate(430 + 160 * m.site.people) + 3 * m.noise[0]))
    m.put("fuel_level_pct", m.own("tank", 93, 97) - 0.07 * test.minutes_since_refill)
    ambient = interpolate(m.site.outdoor_c)
    m.put("coolant_temp_c", 43 + 0.1 * ambient + 38 * test.warm + 0.15 * m.noise[2])
    m.put("oil_pressure_bar", run * (4.4 - 0.5 * test.warm + 0.03 * m.noise[3]))
    m.put("exhaust_temp_c", ambient + test.warm * (270 + 140 * m.readings["power_output_kw"] / 600))
    cycles = m.put("frequency_hz", run * (50.05 + 0.03 * m.noise[6]))
    m.put("engine_speed_rpm", cycles * 30)
    volts = m.put("voltage_v", run * (415 + 0.8 * m.noise[7]))
    amps = m.readings["power_output_kw"] * np.float32(1000 / (SQRT3 * 0.8))
    m.put("current_a", np.divide(amps, volts, out=np.zeros_like(amps), where=volts > 0))
    m.put("battery_voltage_v", interpolate(27.1 + 0.12 * m.wander("charger", 300)) + 0.9 * run + 0.02 * m.noise[9])


def ups(m: Machine) -> None:
    """On battery while its input is lost; then it charges for three hours."""
    s = m.site
    part = np.clip(m.own("share", 34, 58) * (0.82 + 0.25 * s.people) + 1.5 * m.wander("load", 40), 5, 88)
    load = m.read("load_pct", part, 0.2)
    m.put("output_power_kw", load * np.float32(1.2))
    charge = m.put("battery_charge_pct", 100 - _discharged(m))
    m.put("battery_temp_c", interpolate(25.5 + 0.7 * m.wander("room", 240)) + 0.05 * (100 - charge) + 0.06 * m.noise[3])
    m.put("battery_voltage_v", 486 + 0.6 * charge - 12 * (1 - _input(m)) + 0.15 * m.noise[4])
    m.put("backup_time_min", np.float32(18) * charge / load)
    m.read("input_voltage_v", s.mains_v, 0.6, alive=m.powered)
    m.put("output_voltage_v", 415 + 0.25 * m.noise[7])
    m.put("output_frequency_hz", 50 + 0.006 * m.noise[8])


def energy_meter(m: Machine) -> None:
    """The register counts the very power shown; kVA = kW / pf, and the rest of the triangle follows."""
    s = m.site
    day_kwh, before_kwh = _energy(m.equipment, m.kind, s)
    power = interpolate(_demand(m)) * (1 + np.float32(0.012) * m.noise[0]) * _input(m)
    power = power.astype(np.float64).reshape(s.days, MINUTES_A_DAY)
    power *= (60 * day_kwh / power.sum(axis=1))[:, None]
    register = before_kwh[:, None] + np.cumsum(power, axis=1) / 60
    kilowatts = m.put("active_power_kw", power.reshape(-1).astype(np.float32))
    m.readings["energy_kwh"] = (np.round(register.reshape(-1), 2)).astype(np.float32)
    factor = m.read("power_factor", 0.94 - 0.03 * s.people + 0.015 * m.wander("pf", 60), 0.002)
    kva = m.put("apparent_power_kva", kilowatts / factor)
    m.put("reactive_power_kvar", np.sqrt(np.maximum(kva**2 - kilowatts**2, 0)))
    volts = m.read("voltage_v", s.mains_v + m.own("drop", -4, 1), 0.3, alive=m.powered)
    m.put("current_a", np.divide(kva * np.float32(1000 / SQRT3), volts, out=np.zeros_like(kva), where=volts > 0))
    m.read("frequency_hz", 50 + 0.06 * s.wander("grid", 20), 0.01, alive=m.powered)
    m.read("current_thd_pct", m.own("thd", 4, 8) + 2 * s.people + 0.4 * m.wander("thd", 60), 0.1)


def _lost_supply(m: Machine) -> list[Fault]:
    """When the transformer of the generator's number was dead, since before the last time the tank was filled."""
    other, first = f"transformer_{m.number:03d}", m.site.first_day - REFILL_DAYS - 1
    found = faults_of_machine(m.site.seed, "transformer", other, first, m.site.days + REFILL_DAYS + 1)
    return list(faults_of_kind(found, "power_loss"))


def _input(m: Machine) -> Floats | np.float32:
    return np.float32(1) if m.powered is None else m.powered


def _discharged(m: Machine) -> Floats:
    """Percent of the battery used: half a percent a minute without input, at most 75."""
    now = m.site.first_day * MINUTES_A_DAY + np.arange(m.minutes)
    used = np.zeros(m.minutes)
    for fault in faults_of_kind(m.faults, "power_loss"):
        depth = min(0.5 * (fault.end - fault.start), 75)
        used += np.interp(now, [fault.start, fault.end, fault.end + 180], [0, depth, 0])
    return used.astype(np.float32)


def _demand(m: Machine) -> Knots:
    """A feeder's power in kW at the knots."""
    s = m.site
    rated = m.own("rated", 18, 150) if m.number > 1 else 150
    mix = m.own("people", 0.25, 0.6) * s.people + m.own("cooling", 0.05, 0.3) * s.cooling
    return rated * (m.own("base", 0.18, 0.34) + mix) * (1 + 0.05 * m.wander("load", 40))


def _energy(equipment: Equipment, kind: EquipmentType, site: Site) -> tuple[Knots, Knots]:
    """kWh of each of the site's days, and of all days before each, from the same demand the power is drawn from."""
    end = site.first_day + site.days
    days = _daily_kwh(equipment, kind, site.seed, site.tz, _FIRST_DAY, -(-(end - _FIRST_DAY) // 64) * 64)
    before = np.concatenate(([0.0], np.cumsum(days)))
    at = slice(site.first_day - _FIRST_DAY, end - _FIRST_DAY)
    return days[at], before[at]


@lru_cache(maxsize=128)
def _daily_kwh(equipment: Equipment, kind: EquipmentType, seed: int, tz: str, first_day: int, days: int) -> Knots:
    m = Machine(equipment=equipment, kind=kind, site=_whole_life(seed, tz, first_day, days))
    knots = _demand(m).astype(np.float32).astype(np.float64)
    spans = 5.5 * knots[:-1] + 4.5 * knots[1:]
    alive = np.ones(len(spans)) if m.powered is None else m.powered[::KNOT]
    daily: Knots = (spans * alive).reshape(days, KNOTS_A_DAY).sum(axis=1) / 60
    return daily


@lru_cache(maxsize=1)
def _whole_life(seed: int, tz: str, first_day: int, days: int) -> Site:
    return Site(seed, tz, first_day, days)
