"""Causes in plain words: which metrics a trouble moves, and which way. Another rule joins the table; docs/machines.md.

A rule fits where its metric moved as it says and every companion did. The first that fits is told, as likely, never as
certain: these are patterns, not a proof. A sensor that stands still shows nothing of its machine, so it is no sign.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Literal

from cc_common.anomalies import Anomaly
from cc_common.catalog.store import Catalog

Way = Literal["+", "-"]
Moves = Mapping[str, Way | None]  # metric -> which way it moved; None: unusual, either way


@dataclass(frozen=True, kw_only=True)
class Cause:
    """`signs`: metrics such as "flow_m3h-", all of which must have moved so; `types` empty: of any type."""

    types: tuple[str, ...]
    signs: tuple[str, ...]
    words: str


_LEAK: Final = "refrigerant leak likely"
CAUSES: Final = (
    Cause(types=("chiller",), signs=("suction_pressure_bar-", "chw_supply_temp_c+"), words=_LEAK),
    Cause(types=("chiller",), signs=("suction_pressure_bar-", "cooling_load_tr-"), words=_LEAK),
    Cause(types=("chiller",), signs=("suction_pressure_bar-", "efficiency_kw_per_tr+"), words=_LEAK),
    Cause(types=("chiller",), signs=("condenser_approach_c+",), words="fouling of the condenser likely"),
    Cause(types=("chiller",), signs=("efficiency_kw_per_tr+",), words="fouling or too little refrigerant likely"),
    Cause(types=("cooling_tower",), signs=("approach_temp_c+", "fan_speed_pct+"), words="fouling of the fill likely"),
    Cause(types=("cooling_tower",), signs=("approach_temp_c+",), words="fouling of the fill likely"),
    Cause(types=("pump",), signs=("suction_pressure_bar-", "flow_m3h-"), words="a clogged strainer likely"),
    Cause(types=("pump",), signs=("flow_m3h-",), words="a clogged strainer or a closed valve likely"),
    Cause(types=("ahu",), signs=("filter_dp_pa+",), words="a clogged filter likely"),
    Cause(types=("ahu",), signs=("airflow_m3h-",), words="a clogged filter or a closed damper likely"),
    Cause(types=("air_compressor",), signs=("oil_temp_c+",), words="fouling of the oil cooler likely"),
    Cause(types=("boiler",), signs=("flue_gas_temp_c+",), words="fouling of the heating surfaces likely"),
    Cause(types=("boiler",), signs=("efficiency_pct-",), words="fouling of the heating surfaces likely"),
    Cause(types=("transformer",), signs=("oil_temp_c+",), words="fouling of the coolers likely"),
    Cause(types=("ups",), signs=("battery_temp_c+",), words="an ageing battery or poor ventilation likely"),
    Cause(types=(), signs=("vibration_mm_s+", "bearing_temp_c+"), words="bearing wear likely"),
    Cause(types=(), signs=("vibration_mm_s+", "motor_temp_c+"), words="bearing wear likely"),
    Cause(types=(), signs=("vibration_mm_s+",), words="bearing wear likely"),
    Cause(types=(), signs=("bearing_temp_c+",), words="bearing wear likely"),
)
ALONE: Final = "no other metric moved: the sensor itself may be wrong"
STANDS: Final = "the sensor stands still"
_POWER: Final = ("power_consumption_kw", "fan_power_kw")


def likely_cause(equipment_type: str, moved: Moves) -> str | None:
    """In words; None where no rule knows the pattern."""
    for cause in CAUSES:
        if (not cause.types or equipment_type in cause.types) and all(_fits(sign, moved) for sign in cause.signs):
            return cause.words
    return None


def cause_of_drift(
    equipment_type: str, metric: str, moved: Moves, modelled: Sequence[str], still: Iterable[str] = ()
) -> str | None:
    """The same of a metric that drifted, with what goes along; where nothing does, the sensor is in doubt.

    `still`: metrics that did not move at all meanwhile.
    """
    still = frozenset(still)
    if metric in still:
        return STANDS
    moved = _without(moved, still)
    found = likely_cause(equipment_type, moved)
    if found is None and len(moved) == 1 and len(modelled) > 1 and metric not in _POWER:
        return ALONE
    return found


def cause_of(anomaly: Anomaly, catalog: Catalog, beside: Iterable[Anomaly] = ()) -> str | None:
    """Of a deviation: the first metric moved as its value says, the others either way. None for other kinds.

    `beside`: what else was found, which may tell that a sensor stood still meanwhile.
    """
    if anomaly.kind != "deviation":
        return None
    still = _still(anomaly, beside)
    if anomaly.metrics[0] in still:
        return STANDS
    moved: dict[str, Way | None] = dict.fromkeys(anomaly.metrics)
    if anomaly.value is not None and anomaly.expected is not None:
        moved[anomaly.metrics[0]] = "+" if anomaly.value > anomaly.expected else "-"
    return likely_cause(catalog.get(anomaly.equipment).type, _without(moved, still))


def _still(anomaly: Anomaly, beside: Iterable[Anomaly]) -> frozenset[str]:
    """The machine's metrics that are told as stuck for at least half of the time."""
    stood: dict[str, timedelta] = {}
    for other in beside:
        if other.kind == "stuck" and other.equipment == anomaly.equipment:
            both = min(anomaly.end, other.end) - max(anomaly.start, other.start)
            stood[other.metrics[0]] = stood.get(other.metrics[0], timedelta()) + max(both, timedelta())
    return frozenset(name for name, length in stood.items() if length * 2 >= anomaly.end - anomaly.start)


def _without(moved: Moves, still: frozenset[str]) -> Moves:
    return {name: way for name, way in moved.items() if name not in still}


def _fits(sign: str, moved: Moves) -> bool:
    name, way = sign[:-1], sign[-1]
    return name in moved and moved[name] in (way, None)
