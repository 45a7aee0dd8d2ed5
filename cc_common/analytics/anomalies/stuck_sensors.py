"""Stuck sensors: which metrics rest by nature, how long others may stay flat, and which are stuck.

A metric is stuck when its reading keeps one value other than 0 for STUCK_HOURS full hours (STUCK_ROWS minutes) while
its machine runs, unless it rests by nature: its siblings, or itself before, stay flat as long. The rule is evaluated
by the hour from roll-ups (learned limits; `find_stuck_hours`) and by the minute from rows (`find_stuck_sensors`),
because an alert must not wait for the end of an hour, and limits are learned from weeks of hours. Averages by step
hide movement, so a series of averages must repeat one value for longer (`find_stuck_tail`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby, pairwise
from operator import attrgetter
from threading import Lock
from typing import Any, Final

import numpy as np

from cc_common.analytics.anomalies.baseline import Baseline
from cc_common.analytics.anomalies.hours import Hours
from cc_common.analytics.anomalies.operation import find_runs, is_on, measure_operation
from cc_common.analytics.anomalies.robust_statistics import (
    FULL_HOUR,
    HEALTHY,
    MAJORITY,
    MARGIN,
    NEVER,
    SHARED,
    Flags,
    Floats,
    median,
    quantile,
)
from cc_common.catalog.equipment import Equipment, EquipmentType, rollup_columns, rollup_table
from cc_common.catalog.metric_roles import power_of
from cc_common.catalog.store import repeat_for_columns
from cc_common.core.windows import HOUR, Window
from cc_common.db import compose, queries
from cc_common.timeseries.model import Store

STUCK_HOURS: Final = 2  # least flat hours that count as stuck
BRISK_STEPS: Final = 4.0  # rounding steps: a metric that moves so far in every hour is stuck after one flat hour
STUCK_SIGMAS: Final = 4.0  # least deviation from the expected value for one flat hour to count,
STUCK_STEPS: Final = 1.0  # or least change of that deviation since the metric is flat, in rounding steps,
STUCK_MARGIN: Final = 1.5  # and times the deviations of it and of healthy siblings while flat
STUCK_HOURS_UNLEARNED: Final = 3  # without a baseline: 2 finds the same 4 of 8 faults with 50 false events instead of 3
STUCK_ROWS: Final = 60 * STUCK_HOURS  # rows, one per minute
MIN_STUCK_ROWS: Final = STUCK_ROWS * 5 // 6  # tolerates missing minutes
MINUTE: Final = timedelta(minutes=1)
STUCK_TAIL: Final = timedelta(hours=4)  # of averages by step, unless they often repeat a value
OFTEN: Final = 0.02
MIN_RUNNING_HOURS: Final = 12  # at one value, from which a metric is no basis of a figure


def learn_still_limits(hours: Hours) -> Floats:
    """(n, p, 2): least number of flat hours that counts as stuck, at a value and at zero."""
    at_a_value, at_zero = find_unmoved_hours(hours), hours.constant() & (hours.high == 0)
    least = np.where(_is_brisk(hours), 1, STUCK_HOURS)
    return np.stack([np.maximum(least, _too_long(at_a_value)), np.maximum(STUCK_HOURS, _too_long(at_zero))], -1)


def rests_by_nature(hours: Hours) -> Flags:
    """(n, p): whether a metric, or that of most siblings, is flat in more full hours than it moves in."""
    share = find_unmoved_hours(hours).sum(-1) / np.maximum((hours.count >= FULL_HOUR).sum(-1), 1)
    rests: Flags = np.maximum(share, median(share.T)) > 1 - MAJORITY
    return rests


def find_unmoved_hours(hours: Hours) -> Flags:
    """(n, p, T): full hours in which a metric kept one value other than zero."""
    found: Flags = hours.constant() & (hours.high != 0)
    return found


def measure_straying(hours: Hours, age: Floats, residuals: Floats, sigma: Floats, scale: Floats) -> Floats:
    """Measures flat hours (n, p, T, 2): deviation in sigmas, and change of it in steps since the metric is flat.

    `age`: from `count_still_hours`. `residuals` and `sigma`: (n, 3, p, T), scaled by `scale` (n, p).
    """
    off = residuals[:, 0] * scale[..., None] / rounding_steps(hours.kind)[:, None]
    least, most, moved = off[..., 0], off[..., 0], np.zeros_like(off)
    for hour in range(off.shape[-1]):
        now, goes_on = off[..., hour], age[..., hour] > 1
        least = np.where(goes_on, np.fmin(now, least), now)
        most = np.where(goes_on, np.fmax(now, most), now)
        moved[..., hour] = most - least
    both = np.stack([np.abs(residuals[:, 0] / sigma[:, 0]), moved], axis=-1)
    return np.where(age[..., None] > 0, np.nan_to_num(both), 0)


def is_straying(age: Floats, found: Floats, limit: Floats) -> Flags:
    """(n, p, T): hours beyond the limit, unless a share SHARED of the type has been flat as long (constant weather)."""
    far: Flags = np.asarray((found > limit[:, :, None]).any(-1))
    for machine, place, hour in zip(*np.nonzero(far), strict=True):
        others = (age[:, place, hour] >= age[machine, place, hour]).sum() - 1
        far[machine, place, hour] = others < SHARED * len(age)
    return far


def count_still_hours(hours: Hours) -> Floats:
    """(n, p, T): the number of full hours that a metric has kept its value; 0 where it moves."""
    still, age = find_unmoved_hours(hours), np.zeros_like(hours.low)
    for hour in range(age.shape[-1]):
        before = max(hour - 1, 0)
        same = hours.low[..., hour] == hours.low[..., before]
        age[..., hour] = np.where(still[..., hour], 1 + same * age[..., before], 0)
    return age


def is_dead(hours: Hours, baseline: Baseline) -> Flags:
    """(n, p, T): full hours at zero while the machine runs, of a metric that is never zero then."""
    on = is_on(hours, measure_operation(hours, baseline.driver, baseline.level).share)
    dead: Flags = hours.constant() & (hours.high == 0) & on[:, None] & (baseline.never_zero_on[..., None] > 0)
    return dead


def rounding_steps(kind: EquipmentType) -> Floats:
    """(p,): the rounding step of each metric's readings, in its unit."""
    return np.array([10.0**-m.decimals for m in kind.metrics])


def _too_long(still: Flags) -> Floats:
    """Limits above most siblings' longest run, and the machine's second longest: the longest may be a fault."""
    lengths = [[sorted([0, 0, *(b - a for a, b in find_runs(f))])[-2:] for f in machine] for machine in still]
    longest = np.array(lengths, np.float64)  # (n, p, second longest and longest)
    usual = np.maximum(longest[..., 0], quantile(longest[..., 1], HEALTHY, axis=0))
    limits: Floats = np.floor(MARGIN * usual) + 1
    return limits


def _is_brisk(hours: Hours) -> Flags:
    """(n, p): whether a metric, and its siblings', moves by some rounding steps in every hour in which it moves."""
    moves = (hours.count >= FULL_HOUR) & (hours.high > hours.low)
    steps = (hours.high - hours.low) / rounding_steps(hours.kind)[:, None]
    least = quantile(np.where(moves, steps, np.nan), NEVER, axis=-1)
    siblings = quantile(np.where(moves.any(-1), least, np.nan), 1 - HEALTHY, axis=0)
    brisk: Flags = np.minimum(least, siblings) > BRISK_STEPS - 0.5
    return brisk


def find_stuck_hours(
    hours: Hours, still: Floats | None = None, astray: Flags | None = None
) -> Iterator[tuple[int, int, int, int]]:
    """Finds metrics flat for longer than their limit, or for one hour in which the expected value has moved away.

    `still`: the baseline's limits (n, p, 2); `astray`: the scores' hours (n, p, T). Without them, a metric that moves
    in most hours is stuck after STUCK_HOURS_UNLEARNED hours at a value other than zero, while the machine is on: when
    off, its readings may follow constant ambient air. Yields (machine, metric, first hour, hour after the last).
    """
    constant, zero = hours.constant(), hours.high == 0
    if still is None:
        constant &= ~_off(hours)[:, None]
        moves = constant.sum(-1) * 2 < (hours.count > 0).sum(-1)
        rest = np.full(moves.shape, np.inf)
        still = np.stack([np.where(moves, STUCK_HOURS_UNLEARNED, np.inf), rest], axis=-1)
    at_a_value, at_zero = constant & ~zero, constant & zero
    far = np.zeros_like(constant) if astray is None else astray
    away = far & at_a_value, far & at_zero
    at_zero = (at_zero & (at_zero.mean(0) < SHARED)) | away[1]
    for at, (flags, gone) in enumerate(zip((at_a_value, at_zero), away, strict=True)):
        for machine, place in zip(*np.nonzero(flags.any(-1)), strict=True):
            for first, last in _same(flags[machine, place], hours.low[machine, place]):
                long = last - first >= still[machine, place, at] or gone[machine, place, first:last].any()
                if long:
                    yield int(machine), int(place), first, last


def _off(hours: Hours) -> Flags:
    """(n, T): hours in which a machine had no power."""
    power = power_of(hours.kind)
    if power is None:
        return np.zeros(hours.rows.shape, bool)
    off: Flags = hours.high[:, hours.kind.metrics.index(power)] == 0
    return off


def _same(flags: Flags, values: Floats) -> Iterator[tuple[int, int]]:
    """Runs of true flags over which the value stays the same."""
    for first, last in find_runs(flags):
        cuts = [first, *(i for i in range(first + 1, last) if values[i] != values[i - 1]), last]
        yield from pairwise(cuts)


def find_stuck_tail(values: Floats, width: timedelta) -> int | None:
    """The step from which a series repeats one value to its end; None where it does not, is 0, or often repeats."""
    known = np.flatnonzero(np.isfinite(values))
    found = values[known]
    changed = np.flatnonzero(np.diff(found))
    if len(changed) == 0 or found[-1] == 0:
        return None
    tail = len(found) - 1 - int(changed[-1])
    same: Flags = np.diff(found[: changed[-1] + 1]) == 0
    if tail * width < STUCK_TAIL or same.mean() > OFTEN:
        return None
    return int(known[changed[-1] + 1])


def never_moved(hours: Hours, machine: int, place: int, on: Flags) -> bool:
    """Whether a metric kept one value in all hours `on` (T,) in which the machine ran; needs MIN_RUNNING_HOURS."""
    known = on & (hours.count[machine, place] >= FULL_HOUR)
    low, high = hours.low[machine, place][known], hours.high[machine, place][known]
    return bool(known.sum() >= MIN_RUNNING_HOURS and low.min() == high.max())


def stood_mostly(hours: Hours, machine: int, first: int, last: int) -> Flags:
    """(p,): metrics flat in most of those hours, while most of the siblings' moved."""
    share = find_unmoved_hours(hours)[..., first:last].mean(-1)
    others = np.delete(share, machine, axis=0)
    rests = np.median(others, axis=0) > MAJORITY if len(others) else np.zeros(share.shape[1], bool)
    stood: Flags = (share[machine] > MAJORITY) & ~rests
    return stood


WEEK: Final = timedelta(days=7)
RESTING_SHARE: Final = 0.25
KEPT: Final = 64  # (type, hour) entries in the cache

Flat = Mapping[str, Sequence[bool]]  # machine -> flag of each metric


class Resting:
    """Which metrics rest by nature, from the hourly roll-ups; cached for the hour."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: dict[tuple[str, datetime], Flat] = {}
        self._lock = Lock()

    def rests(self, equipment_id: str, metric: str, at: datetime) -> bool:
        """Whether the metric rests on enough siblings in the week before `at`."""
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
        rows = self._store.rows(text, {"machines": machines, "start": end - WEEK, "end": end, "full": FULL_HOUR})
        return {row.equipment_id: row.flat for row in rows}


def is_off(store: Store, kind: EquipmentType, machine: str, start: datetime, end: datetime) -> bool:
    """Whether the machine had no power all that time; its readings may then follow constant ambient air."""
    if (power := power_of(kind)) is None:
        return False
    text = compose(queries("quality")["ran_between"], table=machine, column=power.name).as_string()
    return not store.rows(text, {"start": start, "end": end})[0].ran


def rolled_up(kind: EquipmentType, name: str, **phrases: str) -> str:
    """Composes a query over a type's hourly roll-up; repeats each slot of `phrases` per metric, in column order."""
    sql = queries("quality")
    columns = [asdict(rollup_columns(m.name)) for m in kind.metrics]
    slots = {slot: sql[phrase] for slot, phrase in phrases.items()}
    return repeat_for_columns(sql[name], slots, columns, rollup=rollup_table(kind.name, "hourly")).as_string()


def find_stuck_metrics(
    store: Store, resting: Resting, machines: Sequence[Equipment], kind: EquipmentType, window: Window
) -> dict[str, tuple[str, ...]]:
    """By machine, the metrics that were flat in two consecutive hours."""
    start, end = store.clock.hours_inside(window.start, window.end)
    given = {"machines": [m.id for m in machines], "start": start, "end": end, "full": FULL_HOUR}
    rows = store.rows(rolled_up(kind, "flat_hours", flat="flat_hour", ran="ran_hour"), given)
    return {
        machine: tuple(
            name for name in _twice([_running(row, kind) for row in own], kind) if not resting.rests(machine, name, end)
        )
        for machine, own in groupby(rows, key=attrgetter("equipment_id"))
    }


def _running(hour: Any, kind: EquipmentType) -> Sequence[bool]:
    """The metrics that were flat while the machine was on."""
    power = power_of(kind)
    return hour.flat if power is None or hour.ran[kind.metrics.index(power)] else [False] * len(hour.flat)


def _twice(hours: Sequence[Sequence[bool]], kind: EquipmentType) -> Iterator[str]:
    for place, metric in enumerate(kind.metrics):
        if metric.kind == "gauge" and any(a[place] and b[place] for a, b in pairwise(hours)):
            yield metric.name


@dataclass(frozen=True, kw_only=True)
class StuckSensor:
    """A sensor that moved before and has been flat since `since`: `rows` readings, all of `value`.

    `expected`: the mean expected value over that time, where there is a baseline.
    """

    equipment: str
    metric: str
    value: float
    since: datetime
    until: datetime
    rows: int
    expected: float | None = None


MOVED: Final = timedelta(days=1)  # a sensor flat for so long before is at rest, not stuck


def find_stuck_sensors(store: Store, resting: Resting, now: datetime) -> tuple[StuckSensor, ...]:
    """Finds the sensors that moved before and have been flat for at least two hours."""
    return tuple(each for kind in store.catalog.types for each in _of_type(store, resting, kind, now))


def _of_type(store: Store, resting: Resting, kind: EquipmentType, now: datetime) -> Iterator[StuckSensor]:
    machines = [m.id for m in store.catalog.of_type(kind.name)]
    start = store.clock.floor(now - STUCK_ROWS * MINUTE, HOUR)
    rows = store.rows(
        rolled_up(kind, "frozen", values="frozen_value"),
        {"machines": machines, "start": start, "least": MIN_STUCK_ROWS},
    )
    for row in rows:
        for metric, value in zip(kind.metrics, row.values, strict=True):
            if value is None or metric.kind != "gauge" or resting.rests(row.equipment_id, metric.name, now):
                continue
            found = _since(store, row.equipment_id, metric.name, value, now)
            if found is not None and not is_off(store, kind, row.equipment_id, found.since, now):
                yield found


def _since(store: Store, machine: str, metric: str, value: float, now: datetime) -> StuckSensor | None:
    """The stuck sensor; None where it rests by nature: flat for the last week, or the day before it stopped."""

    def ask(name: str, start: datetime, end: datetime) -> Any:
        text = compose(queries("quality")[name], table=machine, column=metric).as_string()
        return store.rows(text, {"start": start, "end": end, "value": value, "least": STUCK_ROWS})

    last = ask("last_other", now - WEEK, now)[0].at
    if last is None:
        return None
    since = last.astimezone(UTC) + MINUTE
    if ask("stuck_runs", since - MOVED, since):
        return None
    rows = ask("rows_since", since, now)[0].rows
    return StuckSensor(equipment=machine, metric=metric, value=value, since=since, until=now, rows=rows)
