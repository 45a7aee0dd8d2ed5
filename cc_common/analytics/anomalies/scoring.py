"""Scores hours against their expected values: each metric alone, smoothed over hours, and all metrics jointly."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cc_common.analytics.anomalies.baseline import Baseline, expected_values
from cc_common.analytics.anomalies.hours import Hours
from cc_common.analytics.anomalies.operation import median_of_neighbours
from cc_common.analytics.anomalies.robust_statistics import (
    ALONE,
    CAP,
    CAP_SLOW,
    MARGIN,
    MAX_SHARED,
    SLOW,
    SMOOTHING,
    Flags,
    Floats,
)
from cc_common.analytics.anomalies.stuck_sensors import count_still_hours, is_dead, is_straying, measure_straying
from cc_common.catalog.equipment import EquipmentType


@dataclass(frozen=True, kw_only=True)
class Scores:
    """n machines, p metrics, T hours. `excess` and `joint` are ratios to their limits: above 1 is anomalous."""

    sigmas: Floats  # (n, p, T) the largest deviation of mean, lowest and highest
    excess: Floats  # (n, p, T)
    joint: Floats  # (n, T) the larger of T squared and Q
    expected: Floats  # (n, 3 statistics, p, T) scaled
    reach: Floats  # (n, 3 statistics, p, T) half width of the band
    astray: Flags  # (n, p, T) hours in which a flat reading is implausible: far off, or zero while on


def score_hours(hours: Hours, baseline: Baseline, tz: str) -> Scores:
    """Scores the hours; `hours` and `baseline` hold the same machines in one order, in whole groups."""
    targets, found, changing = expected_values(baseline, hours, tz)
    limit, sigma = select_by_class(baseline.limit, changing), select_by_class(baseline.sigma, changing)
    deviations = orient_by_sign(targets - found, sigma, hours.kind)
    excess = np.maximum(
        np.max(deviations / limit, axis=1),
        smooth_over_hours(deviations[:, 0]) / select_by_class(baseline.limit_smoothed, changing),
    )
    excess = np.maximum(
        excess, smooth_slowly(targets - found, sigma, hours.kind) / select_by_class(baseline.limit_slow, changing)
    )
    together = np.max(
        joint_excess(deviations[:, 0], baseline) / select_by_class(baseline.limit_joint, changing), axis=1
    )
    zero = (hours.low <= 0) & (baseline.never_zero[..., None] > 0)
    dead = is_dead(hours, baseline)
    age = count_still_hours(hours)
    astray = is_straying(age, measure_straying(hours, age, targets - found, sigma, baseline.scale), baseline.astray)
    blind = dead[:, baseline.driver]  # then the metrics it predicts are not judged
    return Scores(
        sigmas=deviations.max(axis=1),
        excess=np.where(blind[:, None], 0, np.maximum(_alone(excess, baseline), np.where(zero, ALONE + 1, 0))),
        joint=np.where(blind, 0, _alone(together, baseline)),
        expected=found,
        reach=limit * sigma,
        astray=dead | astray,
    )


def in_units(values: Floats, baseline: Baseline) -> Floats:
    """Converts scaled values (n, 3, p, T) to the metrics' units."""
    return values * baseline.scale[:, None, :, None] + baseline.center[:, None, :, None]


def _alone(excess: Floats, baseline: Baseline) -> Floats:
    """Divides a deviation by MARGIN times the neighbours' median deviation, within 1 and MAX_SHARED."""
    shared = np.nan_to_num(median_of_neighbours(excess, baseline.group))
    return excess / np.clip(MARGIN * shared, 1, MAX_SHARED)


def orient_by_sign(residuals: Floats, sigma: Floats, kind: EquipmentType) -> Floats:
    """(n, 3, p, T): sigmas in the harmful direction, else 0; one side only where the catalogue has one limit.

    The lowest reading counts only when too low, the highest only when too high.
    """
    sigmas = np.nan_to_num(residuals / sigma)
    up, down = np.maximum(sigmas, 0), np.maximum(-sigmas, 0)
    up[:, 1:2], down[:, 2:] = 0, 0
    for place, metric in enumerate(kind.metrics):
        if metric.high is None and metric.low is not None:
            up[:, :, place] = 0
        if metric.low is None and metric.high is not None:
            down[:, :, place] = 0
    return np.maximum(up, down)


def smooth_over_hours(sigmas: Floats) -> Floats:
    """(n, p, T): exponentially weighted mean deviations over some hours."""
    return _averaged(np.minimum(sigmas, CAP), SMOOTHING)


def smooth_slowly(residuals: Floats, sigma: Floats, kind: EquipmentType) -> Floats:
    """(n, p, T): exponentially weighted signed deviations over a day and more, bounded by the last hours' own."""
    sigmas = np.clip(np.nan_to_num(residuals[:, 0] / sigma[:, 0]), -CAP_SLOW, CAP_SLOW)
    lasting, recent = _averaged(sigmas, SLOW), _averaged(sigmas, SMOOTHING)
    both = np.where(lasting * recent > 0, np.sign(lasting) * np.minimum(np.abs(lasting), np.abs(recent)), 0)
    return orient_by_sign(both[:, None], np.ones(()), kind)[:, 0]


def _averaged(values: Floats, weight: float) -> Floats:
    """(..., T): exponentially weighted means, starting at 0."""
    level, found = np.zeros(values.shape[:-1]), np.empty_like(values)
    for hour in range(values.shape[-1]):
        level = level + weight * (values[..., hour] - level)
        found[..., hour] = level
    return found


def joint_excess(sigmas: Floats, baseline: Baseline) -> Floats:
    """(n, 2, T): the square roots of T squared and Q, as ratios to their limits."""
    along = np.matmul(np.swapaxes(baseline.axes, 1, 2), np.minimum(sigmas, CAP))
    within = (np.arange(sigmas.shape[1])[None] < baseline.kept[:, None])[..., None]
    t = (np.where(within, along**2, 0) / baseline.variances[..., None]).sum(1)
    q = np.where(within, 0, along**2).sum(1)
    roots: Floats = np.sqrt(np.stack([t, q], axis=1))
    return roots


def select_by_class(values: Floats, changing: Flags) -> Floats:
    """Selects from values (n, ..., 2 classes) by the class of each hour: (n, ..., T)."""
    shape = (len(changing), *(1,) * (values.ndim - 2), changing.shape[-1])
    return np.where(changing.reshape(shape), values[..., 1:], values[..., :1])
