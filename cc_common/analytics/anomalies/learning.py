"""Learns a type's baseline from its hours. Every estimate is robust, because the history contains faults."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from cc_common.analytics.anomalies.baseline import Baseline, baseline_regressors, scale_values
from cc_common.analytics.anomalies.hours import Hours
from cc_common.analytics.anomalies.operation import (
    Operation,
    assign_groups,
    common_movement,
    driver_of,
    learn_usual_level,
    measure_operation,
    never_silent,
    never_zero,
    never_zero_on,
)
from cc_common.analytics.anomalies.robust_statistics import (
    HEALTHY,
    MARGIN,
    NEVER,
    SIGMAS,
    SIGMAS_JOINT,
    SIGMAS_SLOW,
    SIGMAS_SMOOTHED,
    UNUSUAL_DAYS,
    VARIANCE,
    Flags,
    Floats,
    median,
    predict,
    quantile,
    regress,
    spread,
)
from cc_common.analytics.anomalies.scoring import (
    joint_excess,
    orient_by_sign,
    select_by_class,
    smooth_over_hours,
    smooth_slowly,
)
from cc_common.analytics.anomalies.stuck_sensors import (
    STUCK_MARGIN,
    STUCK_SIGMAS,
    STUCK_STEPS,
    count_still_hours,
    learn_still_limits,
    measure_straying,
    rests_by_nature,
    rounding_steps,
)

_DAY = 24


def learn_baseline(hours: Hours, tz: str) -> Baseline:
    """Learns the baseline of the machines of `hours`: all of the type that have enough history."""
    driver = driver_of(hours)
    level = learn_usual_level(hours, driver)
    run = measure_operation(hours, driver, level)
    center, scale = _measure(hours)
    targets, group = scale_values(hours, center, scale), assign_groups(len(hours.machines))
    own = np.stack([regress(_for_each(x, targets.shape[2]), y) for x, y in zip(run.own, targets[:, 0], strict=True)])
    missed = targets[:, 0] - predict(run.own[:, None], own)
    x = baseline_regressors(hours, run, common_movement(missed, group), tz)
    sigma, unseen = _unseen(hours, targets, x, run, scale)
    draft = Baseline(
        machines=hours.machines,
        group=group,
        driver=driver,
        level=level,
        center=center,
        scale=scale,
        own=own,
        coefficients=_coefficients(x, targets),
        sigma=sigma,
        astray=_astray(
            hours,
            measure_straying(hours, count_still_hours(hours), unseen, select_by_class(sigma, run.changing), scale),
            sigma[:, 0, :, 0] * scale,
        ),
        never_zero=never_zero(hours),
        never_zero_on=never_zero_on(hours, run),
        never_silent=never_silent(hours, run),
        still=learn_still_limits(hours),
        **_without_limits(len(level), targets.shape[2]),
    )
    return _limited(draft, unseen, hours, run)


def _measure(hours: Hours) -> tuple[Floats, Floats]:
    """Center and scale of each metric; the scale is at least a tenth of the step its readings are rounded to."""
    means = hours.targets()[:, 0]
    center = np.nan_to_num(median(means))
    away = np.nan_to_num(means - center[..., None])
    return center, np.maximum(np.sqrt((away**2).mean(-1)), rounding_steps(hours.kind) / 10)


def _coefficients(x: Floats, targets: Floats) -> Floats:
    return np.stack([_regressed(own, y) for own, y in zip(x, targets, strict=True)])


def _regressed(x: Floats, y: Floats) -> Floats:
    """Regresses y (3, p, T) on x (p, T, k) in one batch: coefficients (3, p, k)."""
    together = np.broadcast_to(x, (3, *x.shape)).reshape(-1, *x.shape[1:])
    return regress(together, y.reshape(-1, y.shape[-1])).reshape(3, len(x), -1)


def _for_each(x: Floats, metrics: int) -> Floats:
    return np.broadcast_to(x, (metrics, *x.shape))


def _unseen(hours: Hours, targets: Floats, x: Floats, run: Operation, scale: Floats) -> tuple[Floats, Floats]:
    """Cross-fitted sigmas (n, 3, p, 2 classes) and residuals (n, 3, p, T): each half predicted from the other half."""
    half = len(hours) // 2
    residuals = np.empty_like(targets)
    for known, judged in ((slice(0, half), slice(half, None)), (slice(half, None), slice(0, half))):
        found = _coefficients(x[:, :, known], targets[..., known])
        residuals[..., judged] = targets[..., judged] - predict(x[:, None, :, judged], found)
    finest = 0.15 * rounding_steps(hours.kind) / scale
    steady = _pooled(np.where(run.changing[:, None, None], np.nan, residuals), finest)
    changing = _pooled(np.where(run.changing[:, None, None], residuals, np.nan), finest)
    return np.stack([steady, np.maximum(steady, changing)], axis=-1), residuals


def _pooled(residuals: Floats, finest: Floats) -> Floats:
    """Each machine's spread, at least half its siblings' and the rounding's; the siblings' where it has none."""
    own, enough = spread(residuals), np.isfinite(residuals).sum(-1) > 10
    siblings = np.nan_to_num(median(np.where(enough, own, np.nan).T).T)
    return np.maximum(np.where(enough, np.maximum(own, siblings / 2), siblings), finest[:, None])


def _without_limits(n: int, p: int) -> dict[str, Floats]:
    return {
        "limit": np.ones((n, 3, p, 2)),
        "limit_smoothed": np.ones((n, p, 2)),
        "limit_slow": np.ones((n, p, 2)),
        "axes": np.zeros((n, p, p)),
        "variances": np.ones((n, p)),
        "kept": np.zeros(n),
        "limit_joint": np.ones((n, 2, 2)),
    }


def _astray(hours: Hours, found: Floats, sigma: Floats) -> Floats:
    """Limits (n, p, 2) of flat hours: above most siblings' deviations while flat, and the machine's own on usual days.

    `sigma`: (n, p) in the metrics' units, the usual error of the expected value.
    """
    steps = np.maximum(STUCK_STEPS, sigma / rounding_steps(hours.kind))
    least = np.stack([np.full_like(steps, STUCK_SIGMAS), steps], axis=-1)
    reached = np.stack([_reached(found[..., 0]), _reached(found[..., 1])], axis=-1)
    return np.where(rests_by_nature(hours)[..., None], np.inf, np.maximum(least, STUCK_MARGIN * reached))


def _limited(draft: Baseline, unseen: Floats, hours: Hours, run: Operation) -> Baseline:
    """Sets limits above what healthy siblings reached, and the machine itself on its usual days."""
    changes = bool(np.nanmean(run.changing) > NEVER)
    sigma = select_by_class(draft.sigma, run.changing)
    deviations = orient_by_sign(unseen, sigma, hours.kind)
    axes, variances, kept = _components(deviations[:, 0])
    based = replace(draft, axes=axes, variances=variances, kept=kept)
    limit = _limits(deviations, run.changing, SIGMAS, changes)
    steady = limit[..., 0] * draft.sigma[..., 0] / draft.sigma[..., 1]
    limit[..., 1] = np.maximum(
        limit[..., 1], steady
    )  # limits of changing hours are never tighter than those of steady hours
    if changes:  # and the extremes of changing hours are not judged
        limit[:, 1:, :, 1] = np.inf
    return replace(
        based,
        limit=limit,
        limit_smoothed=_limits(smooth_over_hours(deviations[:, 0]), run.changing, SIGMAS_SMOOTHED, changes),
        limit_slow=np.maximum(
            _limits(smooth_slowly(unseen, sigma, hours.kind), run.changing, SIGMAS_SLOW, changes),
            (rounding_steps(hours.kind) / draft.scale)[..., None] / draft.sigma[:, 0],  # at least one rounding step
        ),
        limit_joint=_limits(joint_excess(deviations[:, 0], based), run.changing, SIGMAS_JOINT, changes),
    )


def _components(sigmas: Floats) -> tuple[Floats, Floats, Floats]:
    """Principal axes of each machine's deviations, shrunk half way to its siblings'; number of axes for VARIANCE."""
    calm = np.minimum(sigmas, 4.0)
    own = calm @ np.swapaxes(calm, 1, 2) / calm.shape[-1]
    values, axes = np.linalg.eigh((own + own.mean(0)) / 2)
    values, axes = np.maximum(values[:, ::-1], 1e-2), axes[:, :, ::-1]
    kept = 1 + (np.cumsum(values, axis=1) / values.sum(1, keepdims=True) < VARIANCE).sum(1)
    return axes, values, kept.astype(np.float64)


def _limits(values: Floats, changing: Flags, least: float, changes: bool) -> Floats:
    """Limits (n, ..., 2 classes) of values (n, ..., T); one limit for both classes where a type never changes."""
    mixed = changing.reshape(len(changing), *(1,) * (values.ndim - 2), -1) & changes
    classes = [_reached(np.where(mixed, 0, values)), _reached(np.where(mixed, values, 0))]
    limits: Floats = np.maximum(least, MARGIN * np.stack(classes if changes else classes[:1] * 2, axis=-1))
    return limits


def _reached(values: Floats) -> Floats:
    """(n, ...): the maximum of most siblings, or of the machine on all but its worst days, whichever is larger."""
    days = values[..., : values.shape[-1] // _DAY * _DAY].reshape(*values.shape[:-1], -1, _DAY).max(-1)
    usual = np.sort(days, axis=-1)[..., ::-1][..., min(UNUSUAL_DAYS, days.shape[-1] - 1)]
    reached: Floats = np.maximum(usual, quantile(values.max(-1), HEALTHY, axis=0))
    return reached
