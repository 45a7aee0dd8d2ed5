"""What can be told of each type: which metrics show work, wear and a clogging filter. docs/maintenance.md."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from cc_common.catalog.equipment import EquipmentType, Metric
from cc_common.catalog.running import power_of


@dataclass(frozen=True, kw_only=True)
class Work:
    """What a machine's power is spent on, and what else moves that power."""

    power: str
    output: str
    beside: tuple[str, ...] = ()


WORK: Final[Mapping[str, Work]] = {
    "chiller": Work(power="power_consumption_kw", output="cooling_load_tr", beside=("cw_supply_temp_c",)),
    "pump": Work(power="power_consumption_kw", output="flow_m3h"),
    "ahu": Work(power="fan_power_kw", output="airflow_m3h"),
    "air_compressor": Work(power="power_consumption_kw", output="air_flow_m3h"),
}
WEAR: Final = ("vibration_mm_s", "bearing_temp_c")
FILTER, SPEED = "filter_dp_pa", "fan_speed_pct"  # the drop over a filter goes with the square of the fan's speed
FUEL: Final = "fuel_level_pct"


def work_of(kind: EquipmentType) -> Work | None:
    """None where the type has no such metrics."""
    work = WORK.get(kind.name)
    names = {m.name for m in kind.metrics}
    return work if work and names >= {work.power, work.output, *work.beside} else None


def worn_of(kind: EquipmentType) -> tuple[Metric, ...]:
    """The metrics that wear shows in, with a limit."""
    return tuple(m for m in kind.metrics if m.name in WEAR and m.high is not None)


def filter_of(kind: EquipmentType) -> Metric | None:
    """The drop over a filter, where it has a limit and the fan's speed is known."""
    found = kind.metric(FILTER)
    return found if found and found.high is not None and kind.metric(SPEED) else None


def needed(kind: EquipmentType) -> tuple[Metric, ...]:
    """Every metric that hours have to be read of, in column order; the power first says whether the machine is on."""
    work, power = work_of(kind), power_of(kind)
    names = {m.name for m in worn_of(kind)}
    names |= {work.power, work.output, *work.beside} if work else set()
    names |= {FILTER, SPEED} if filter_of(kind) else set()
    names |= {power.name} if power and names else set()
    return tuple(m for m in kind.metrics if m.name in names)
