"""Drift episodes: hours in which a machine deviates from its model, and their likely cause."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Literal

import numpy as np

from cc_common.analytics.anomalies import Anomaly
from cc_common.analytics.anomalies.operation import bridge_gaps
from cc_common.analytics.anomalies.robust_statistics import Floats, median
from cc_common.analytics.expected_behaviour.machine_model import (
    COMMON,
    COMMON_SHARE,
    COMPANION,
    DRIFT_HOURS,
    DRIFT_KNOWN,
)
from cc_common.catalog.equipment import EquipmentType
from cc_common.catalog.store import Catalog


@dataclass(frozen=True, kw_only=True)
class DriftEpisode:
    """Hours first <= i < last of one machine, detectable from the hour `known` on. Signs: 1 above, -1 below."""

    machine: int
    metric: int
    sign: int
    first: int
    last: int
    known: int
    excess: float
    companions: tuple[tuple[int, int], ...]  # (metric, sign) of metrics that deviate at the same time


def fill_short_gaps(missed: Floats) -> Floats:
    """(..., T): the rolling median over DRIFT_HOURS; NaN where fewer than DRIFT_KNOWN of them have a value."""
    lead = np.full((*missed.shape[:-1], DRIFT_HOURS - 1), np.nan)
    seen = np.lib.stride_tricks.sliding_window_view(np.concatenate([lead, missed], -1), DRIFT_HOURS, axis=-1)
    enough = np.isfinite(seen).sum(-1) >= DRIFT_KNOWN
    return np.where(enough, median(seen), np.nan)


def harmful_sides(kind: EquipmentType) -> Floats:
    """(p, 2): whether above and below are harmful; one side only where the catalogue has one limit."""
    sides = [(m.high is not None or m.low is None, m.low is not None or m.high is None) for m in kind.metrics]
    return np.array(sides, np.float64)


def find_drift_episodes(missed: Floats, limit: Floats, kind: EquipmentType, since: int) -> Iterator[DriftEpisode]:
    """Finds drift episodes of all machines from the hour `since` on, each named by its most deviating metric.

    `missed`: residuals (n, p, T); `limit`: (n, p), NaN where there is no model.
    """
    share = np.nan_to_num(fill_short_gaps(missed) / limit[..., None])
    up, down = np.maximum(share, 0), np.maximum(-share, 0)
    sides = harmful_sides(kind)
    running = np.isfinite(missed).any(1).sum(0)
    up, down = _alone(up * sides[None, :, :1], running), _alone(down * sides[None, :, 1:], running)
    harm = np.maximum(up, down)
    for machine, own in enumerate(harm):
        for first, last in bridge_gaps(own.max(0) > 1, since):
            peaks = own[:, first:last].max(-1)
            metric = int(peaks.argmax())
            hour = first + int(own[metric, first:last].argmax())
            yield DriftEpisode(
                machine=machine,
                metric=metric,
                sign=1 if share[machine, metric, hour] > 0 else -1,
                first=max(first - DRIFT_KNOWN + 1, 0),
                last=last,
                known=first + 1,
                excess=float(peaks[metric]),
                companions=_companions(share[machine, :, hour], metric),
            )


def _alone(excess: Floats, running: Floats) -> Floats:
    """(n, p, T) with deviations set to 0 where many of the `running` (T,) machines share them."""
    many = (excess > 1).sum(0)
    common = (many >= COMMON) & (many >= COMMON_SHARE * running)
    return np.where(common, 0.0, excess)


def _companions(share: Floats, metric: int) -> tuple[tuple[int, int], ...]:
    order = np.argsort(-np.abs(share), kind="stable")
    return tuple((int(m), 1 if share[m] > 0 else -1) for m in order if m != metric and abs(share[m]) > COMPANION)


Way = Literal["+", "-"]
Moves = Mapping[str, Way | None]  # metric -> direction of its deviation; None: either direction


@dataclass(frozen=True, kw_only=True)
class Cause:
    """A cause of deviations. `signs`: metrics with directions ("flow_m3h-"), all required; `types` empty: any type."""

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


def find_cause(equipment_type: str, moved: Moves) -> str | None:
    """The likely cause in words; None where no rule matches the pattern."""
    for cause in CAUSES:
        if (not cause.types or equipment_type in cause.types) and all(_fits(sign, moved) for sign in cause.signs):
            return cause.words
    return None


def find_drift_cause(
    equipment_type: str, metric: str, moved: Moves, modelled: Sequence[str], still: Iterable[str] = ()
) -> str | None:
    """The likely cause of a drift, from the metrics that deviate with it; without any, the sensor is suspected.

    `still`: metrics that were flat at the same time.
    """
    still = frozenset(still)
    if metric in still:
        return STANDS
    moved = _without(moved, still)
    found = find_cause(equipment_type, moved)
    if found is None and len(moved) == 1 and len(modelled) > 1 and metric not in _POWER:
        return ALONE
    return found


def find_anomaly_cause(anomaly: Anomaly, catalog: Catalog, beside: Iterable[Anomaly] = ()) -> str | None:
    """The likely cause of a deviation, from the sign of its first metric and the presence of the others; else None.

    `beside`: the other anomalies found, which show whether a sensor was stuck at the same time.
    """
    if anomaly.kind != "deviation":
        return None
    still = _still(anomaly, beside)
    if anomaly.metrics[0] in still:
        return STANDS
    moved: dict[str, Way | None] = dict.fromkeys(anomaly.metrics)
    if anomaly.value is not None and anomaly.expected is not None:
        moved[anomaly.metrics[0]] = "+" if anomaly.value > anomaly.expected else "-"
    return find_cause(catalog.get(anomaly.equipment).type, _without(moved, still))


def _still(anomaly: Anomaly, beside: Iterable[Anomaly]) -> frozenset[str]:
    """The machine's metrics that are reported as stuck for at least half of the time."""
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
