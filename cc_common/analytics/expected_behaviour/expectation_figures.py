"""Builds expected hours, days and drifts from model predictions, each figure with its rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

import numpy as np

from cc_common.analytics.anomalies.hours import Hours
from cc_common.analytics.anomalies.operation import find_runs
from cc_common.analytics.anomalies.robust_statistics import Floats
from cc_common.analytics.anomalies.stuck_sensors import stood_mostly
from cc_common.analytics.expected_behaviour.drift_episodes import DriftEpisode, Way, find_drift_cause
from cc_common.analytics.expected_behaviour.features import Prediction
from cc_common.analytics.expected_behaviour.machine_model import Drift, ExpectedHour, HourState, Judged
from cc_common.analytics.expected_behaviour.model_store import ServedModels
from cc_common.catalog.equipment import EquipmentType
from cc_common.core.evidence import Evidence
from cc_common.core.windows import PlantClock

# The state of an hour with readings that the model does not cover, by what the model covers.
_OTHERWISE: Final[Mapping[Judged, HourState]] = {"running": "off", "resting": "ran", "any": "unread"}


@dataclass(frozen=True, kw_only=True)
class Observation:
    """Machines of one type over some hours, with the predictions of their models."""

    hours: Hours
    found: Mapping[str, ServedModels]
    seen: Prediction


def build_points(look: Observation, at: int, place: int, reach: float, judged: Judged) -> Iterator[ExpectedHour]:
    """Builds the hourly series of a machine's metric."""
    seen, hours, idle = look.seen, look.hours, _OTHERWISE[judged]
    for hour in range(len(hours)):
        value, expected = float(seen.actual[at, place, hour]), float(seen.expected[at, place, hour])
        known = bool(np.isfinite(expected))
        read = bool(np.isfinite(hours.mean[at, place, hour]))
        yield ExpectedHour(
            start=hours.hour_start(hour),
            state="on" if known else idle if read and not seen.on[at, hour] else "unread",
            value=value if np.isfinite(value) else float(hours.mean[at, place, hour]) if read else None,
            expected=expected if known else None,
            low=expected - reach if known else None,
            high=expected + reach if known else None,
        )


def build_days(hours: Sequence[ExpectedHour], clock: PlantClock) -> tuple[ExpectedHour, ...]:
    """Builds the series by plant day: means of hours with readings and predictions; the band is an hour's."""
    return tuple(_day(list(own)) for _, own in groupby(hours, key=lambda hour: clock.day(hour.start)))


def _day(hours: Sequence[ExpectedHour]) -> ExpectedHour:
    told = [hour for hour in hours if hour.expected is not None and hour.value is not None]
    states = [hour.state for hour in told or hours]
    value, expected, low, high = (_mean([getattr(h, n) for h in told]) for n in ("value", "expected", "low", "high"))
    state = max(states, key=states.count)
    return ExpectedHour(start=hours[0].start, state=state, value=value, expected=expected, low=low, high=high)


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None


def build_drift(look: Observation, spell: DriftEpisode) -> Drift:
    """Builds a drift; its figures are means over the longest run of hours that the model covers: its evidence."""
    hours, machine = look.hours, look.hours.machines[spell.machine]
    served, metric = look.found[machine], hours.kind.metrics[spell.metric]
    first, last = _longest(look, spell)
    count = hours.count[spell.machine, spell.metric, first:last]
    modelled = [name for name in served.model.metrics if name not in served.model.why]
    return Drift(
        equipment=machine,
        metric=metric.name,
        start=hours.hour_start(spell.first),
        end=hours.hour_start(spell.last),
        value=_weighted(look.seen.actual[spell.machine, spell.metric, first:last], count),
        expected=_weighted(look.seen.expected[spell.machine, spell.metric, first:last], count),
        unit=metric.unit,
        excess=spell.excess,
        cause=find_drift_cause(
            hours.kind.name, metric.name, find_moves(hours.kind, spell), modelled, _stuck_metrics(hours, spell)
        ),
        version=served.version,
        error=served.gate["metrics"].get(metric.name, {}).get("model"),
        evidence=Evidence(
            table=machine,
            column=metric.name,
            statistic="avg",
            start=hours.hour_start(first),
            end=hours.hour_start(last),
            rows=int(count.sum()),
        ),
    )


def _longest(look: Observation, spell: DriftEpisode) -> tuple[int, int]:
    """The longest run of covered hours: the evidence must not include hours in which the machine was off."""
    known = np.isfinite(look.seen.missed[spell.machine, spell.metric, spell.first : spell.last])
    first, last = max(find_runs(known), key=lambda run: (run[1] - run[0], run[1]))
    return spell.first + first, spell.first + last


def _weighted(values: Floats, count: Floats) -> float:
    return float(np.average(values, weights=count))


def find_moves(kind: EquipmentType, spell: DriftEpisode) -> dict[str, Way | None]:
    """The metric of the episode and its companions, each with its direction."""
    found: dict[str, Way | None] = {}
    for metric, sign in ((spell.metric, spell.sign), *spell.companions):
        found[kind.metrics[metric].name] = "+" if sign > 0 else "-"
    return found


def _stuck_metrics(hours: Hours, spell: DriftEpisode) -> tuple[str, ...]:
    stood = stood_mostly(hours, spell.machine, spell.first, spell.last)
    return tuple(m.name for m, stands in zip(hours.kind.metrics, stood, strict=True) if stands)
