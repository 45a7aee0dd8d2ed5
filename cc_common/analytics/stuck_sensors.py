"""Stuck sensors: which metrics stand still by nature, how long the others may, and which stand still too long."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from threading import Lock
from typing import Final

import numpy as np

from cc_common.analytics.anomalies.baseline import Baseline
from cc_common.analytics.anomalies.hours import Hours
from cc_common.analytics.anomalies.operation import is_on, operation, runs
from cc_common.analytics.anomalies.parameters import (
    BRISK_STEPS,
    FULL_HOUR,
    HEALTHY,
    MAJORITY,
    MARGIN,
    NEVER,
    SHARED,
    STUCK_HOURS,
)
from cc_common.analytics.anomalies.robust_statistics import Flags, Floats, median, quantile
from cc_common.catalog.equipment import EquipmentType, rollup_columns, rollup_table
from cc_common.catalog.metric_roles import power_of
from cc_common.catalog.store import repeated
from cc_common.core.windows import HOUR
from cc_common.db import compose, queries
from cc_common.timeseries.model import Store


def still_limits(hours: Hours) -> Floats:
    """(n, p, 2): whole hours without movement that are too many, at a value and at zero."""
    at_a_value, at_zero = unmoved(hours), hours.constant() & (hours.high == 0)
    least = np.where(_is_brisk(hours), 1, STUCK_HOURS)
    return np.stack([np.maximum(least, _too_long(at_a_value)), np.maximum(STUCK_HOURS, _too_long(at_zero))], -1)


def hardly_moves(hours: Hours) -> Flags:
    """(n, p): whether a metric, or most siblings', stands still in more hours than it moves in."""
    share = unmoved(hours).sum(-1) / np.maximum((hours.count >= FULL_HOUR).sum(-1), 1)
    rests: Flags = np.maximum(share, median(share.T)) > 1 - MAJORITY
    return rests


def unmoved(hours: Hours) -> Flags:
    """(n, p, T): whole hours without movement at a value, not at zero."""
    found: Flags = hours.constant() & (hours.high != 0)
    return found


def strays(hours: Hours, age: Floats, residuals: Floats, sigma: Floats, scale: Floats) -> Floats:
    """(n, p, T, 2) of hours without movement: sigmas off what was expected, and steps that has moved since it stands.

    `age`: as `ages` tells. `residuals` and `sigma`: (n, 3, p, T) in the baseline's measure, of which `scale` (n, p) is
    the unit.
    """
    off = residuals[:, 0] * scale[..., None] / rounding(hours.kind)[:, None]
    least, most, moved = off[..., 0], off[..., 0], np.zeros_like(off)
    for hour in range(off.shape[-1]):
        now, goes_on = off[..., hour], age[..., hour] > 1
        least = np.where(goes_on, np.fmin(now, least), now)
        most = np.where(goes_on, np.fmax(now, most), now)
        moved[..., hour] = most - least
    both = np.stack([np.abs(residuals[:, 0] / sigma[:, 0]), moved], axis=-1)
    return np.where(age[..., None] > 0, np.nan_to_num(both), 0)


def is_astray(age: Floats, found: Floats, limit: Floats) -> Flags:
    """(n, p, T): what strays too far, unless as many others have stood for as long: then it is the weather's doing."""
    far: Flags = np.asarray((found > limit[:, :, None]).any(-1))
    for machine, place, hour in zip(*np.nonzero(far), strict=True):
        others = (age[:, place, hour] >= age[machine, place, hour]).sum() - 1
        far[machine, place, hour] = others < SHARED * len(age)
    return far


def ages(hours: Hours) -> Floats:
    """(n, p, T): for how many whole hours a metric has stood at its value; 0 where it moves."""
    still, age = unmoved(hours), np.zeros_like(hours.low)
    for hour in range(age.shape[-1]):
        before = max(hour - 1, 0)
        same = hours.low[..., hour] == hours.low[..., before]
        age[..., hour] = np.where(still[..., hour], 1 + same * age[..., before], 0)
    return age


def is_dead(hours: Hours, baseline: Baseline) -> Flags:
    """(n, p, T): zero all hour while the machine runs, of a metric that then is never zero."""
    on = is_on(hours, operation(hours, baseline.driver, baseline.level).share)
    dead: Flags = hours.constant() & (hours.high == 0) & on[:, None] & (baseline.never_zero_on[..., None] > 0)
    return dead


def rounding(kind: EquipmentType) -> Floats:
    """(p,): a step of each metric's readings, in its unit."""
    return np.array([10.0**-m.decimals for m in kind.metrics])


def _too_long(still: Flags) -> Floats:
    """Above what most siblings ever had, and the machine itself but for its longest run, which may be a fault's."""
    lengths = [[sorted([0, 0, *(b - a for a, b in runs(f))])[-2:] for f in machine] for machine in still]
    longest = np.array(lengths, np.float64)  # (n, p, second longest and longest)
    usual = np.maximum(longest[..., 0], quantile(longest[..., 1], HEALTHY, axis=0))
    limits: Floats = np.floor(MARGIN * usual) + 1
    return limits


def _is_brisk(hours: Hours) -> Flags:
    """(n, p): whether a metric, and its siblings', moves by some steps of its rounding whenever it moves."""
    moves = (hours.count >= FULL_HOUR) & (hours.high > hours.low)
    steps = (hours.high - hours.low) / rounding(hours.kind)[:, None]
    least = quantile(np.where(moves, steps, np.nan), NEVER, axis=-1)
    siblings = quantile(np.where(moves.any(-1), least, np.nan), 1 - HEALTHY, axis=0)
    brisk: Flags = np.minimum(least, siblings) > BRISK_STEPS - 0.5
    return brisk


WEEK: Final = timedelta(days=7)
RESTING_SHARE: Final = 0.25
KEPT: Final = 64  # types and hours

Flat = Mapping[str, Sequence[bool]]  # by machine, for each metric


class Resting:
    """Which metrics rest, learned from the hourly roll-ups and kept for the hour."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: dict[tuple[str, datetime], Flat] = {}
        self._lock = Lock()

    def rests(self, equipment_id: str, metric: str, at: datetime) -> bool:
        """Whether the metric rests on that machine, by the week before `at`."""
        kind = self._store.catalog.type_of(equipment_id)
        place = next(i for i, m in enumerate(kind.metrics) if m.name == metric)
        others = [flat[place] for machine, flat in self._flat(kind, at).items() if machine != equipment_id]
        return bool(others) and sum(others) >= RESTING_SHARE * len(others)

    def _flat(self, kind: EquipmentType, at: datetime) -> Flat:
        end = self._store.clock.floor(at, HOUR)
        with self._lock:
            if (found := self._known.get((kind.name, end))) is None:
                while len(self._known) >= KEPT:
                    del self._known[next(iter(self._known))]
                found = self._known[kind.name, end] = self._read(kind, end)
            return found

    def _read(self, kind: EquipmentType, end: datetime) -> Flat:
        machines = [m.id for m in self._store.catalog.of_type(kind.name)]
        text = rolled_up(kind, "any_flat_hours", flat="any_flat_hour")
        rows = self._store.rows(text, {"machines": machines, "start": end - WEEK, "end": end})
        return {row.equipment_id: row.flat for row in rows}


def is_off(store: Store, kind: EquipmentType, machine: str, start: datetime, end: datetime) -> bool:
    """Whether the machine had no power all that time: what follows the air around it may then stand still."""
    if (power := power_of(kind)) is None:
        return False
    text = compose(queries("quality")["ran_between"], table=machine, column=power.name).as_string()
    return not store.rows(text, {"start": start, "end": end})[0].ran


def rolled_up(kind: EquipmentType, name: str, **phrases: str) -> str:
    """A query over a type's hourly roll-up; each slot of `phrases` is said once a metric, in column order."""
    sql = queries("quality")
    columns = [asdict(rollup_columns(m.name)) for m in kind.metrics]
    slots = {slot: sql[phrase] for slot, phrase in phrases.items()}
    return repeated(sql[name], slots, columns, rollup=rollup_table(kind.name, "hourly")).as_string()
