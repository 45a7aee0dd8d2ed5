"""The backtest that admits or rejects a model version on held-out days, and detection of level shifts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from cc_common.analytics.anomalies.hours import Hours
from cc_common.analytics.anomalies.robust_statistics import Flags, Floats, spread
from cc_common.analytics.expected_behaviour.features import Prediction
from cc_common.analytics.expected_behaviour.machine_model import (
    NOT_WORSE,
    STEP_DAYS,
    STEP_FRESH,
    STEP_LEFT,
    STEP_METRICS,
    STEP_SIGMAS,
    MachineModel,
)
from cc_common.timeseries.rows import DAY_US, HOUR_US, clock_micros

_DAY = 24


def find_steps(x: Floats, y: Floats) -> dict[int, int]:
    """Finds metrics of y (p, T) with a single level shift given x (p, T, k): metric -> first hour of the new level.

    Empty when more than STEP_METRICS metrics shift: then the machine changed, not a sensor.
    """
    known = np.isfinite(y) & np.isfinite(x).all(-1)
    found = {place: hour for place, own in enumerate(known) if (hour := _step(x[place], y[place], own)) is not None}
    return found if len(found) <= STEP_METRICS else {}


def _step(x: Floats, y: Floats, known: Flags) -> int | None:
    """The first hour of the new level; only where it lasts to the end, as a fault before a rest would look alike."""
    hours = np.flatnonzero(known)
    if not len(hours) or hours[-1] < len(known) - STEP_FRESH * _DAY:
        return None
    cuts = np.arange(hours[0] + STEP_DAYS * _DAY, hours[-1] - STEP_DAYS * _DAY + 2, _DAY)
    if not len(cuts):
        return None
    cut = _cut(x[hours], y[hours], (hours[:, None] >= cuts).astype(np.float64))
    return None if cut is None else int(cuts[cut])


def _cut(x: Floats, y: Floats, after: Floats) -> int | None:
    """The step of `after` (T, cuts) that explains nearly all residuals of y given x; None where none does."""
    base, _ = np.linalg.qr(x[:, np.abs(x).max(0) > 0])
    left = y - base @ (base.T @ y)
    step = after - base @ (base.T @ after)
    size = (step * step).sum(0)
    told = np.where(size > 1e-3 * after.sum(0), (step.T @ left) ** 2 / np.maximum(size, 1e-9), 0)
    best = int(told.argmax())
    if (left @ left) - told[best] > STEP_LEFT * (left @ left) or size[best] <= 0:
        return None
    height = float(step[:, best] @ left / size[best])
    return best if abs(height) > STEP_SIGMAS * float(spread(left - height * step[:, best])) else None


@dataclass(frozen=True, kw_only=True)
class Errors:
    """Mean absolute errors over the held-out hours in the metric's unit; None: no comparison is possible."""

    model: float
    hourly: float | None
    before: float | None
    hours: int


@dataclass(frozen=True, kw_only=True)
class BacktestVerdict:
    """The result of a backtest. `score`: mean over all metrics of error / scale."""

    adopted: bool
    reason: str
    score: float | None
    hourly: float | None
    before: float | None
    metrics: dict[str, Errors]

    def as_json(self, model: MachineModel) -> dict[str, Any]:
        """The verdict with the metrics without a model and the reasons, and the metrics on a new level."""
        since = {name: at.isoformat() for name, at in model.since.items()}
        return {**asdict(self), "without": dict(model.why), "new_level_since": since}


def judge_model(
    models: Sequence[MachineModel], new: Prediction, old: Prediction, hours: Hours, held_out: int, tz: str
) -> list[BacktestVerdict]:
    """Judges the models, one verdict per machine; `old`: predictions of the served versions, NaN for none."""
    split = len(hours) - held_out
    by_hour = hour_of_day(new.actual, hours, split, tz)
    found = []
    for at, model in enumerate(models):
        missed = [np.abs(new.actual[at] - e)[:, split:] for e in (new.expected[at], by_hour[at], old.expected[at])]
        found.append(_verdict(model, *missed))
    return found


def hour_of_day(actual: Floats, hours: Hours, split: int, tz: str) -> Floats:
    """(n, p, T): the baseline of the mean per plant hour of day before `split`; NaN where there are no readings."""
    hour = (clock_micros(hours.starts, tz) % DAY_US) // HOUR_US
    found = np.full(actual.shape, np.nan)
    for which in range(24):
        past = actual[..., :split][..., hour[:split] == which]
        count = np.isfinite(past).sum(-1)
        mean = np.nan_to_num(past).sum(-1) / np.where(count > 0, count, np.nan)
        found[..., hour == which] = mean[..., None]
    return found


def _verdict(model: MachineModel, new: Floats, hourly: Floats, old: Floats) -> BacktestVerdict:
    errors = {
        name: own
        for place, name in enumerate(model.metrics)
        if name not in model.why and (own := _errors(new[place], hourly[place], old[place])) is not None
    }
    scale = dict(zip(model.metrics, model.scale.tolist(), strict=True))
    score, by_hour, before = _scores(errors, scale)
    adopted, reason = _decided(model, errors, score, by_hour, before)
    return BacktestVerdict(adopted=adopted, reason=reason, score=score, hourly=by_hour, before=before, metrics=errors)


def _errors(new: Floats, hourly: Floats, old: Floats) -> Errors | None:
    """Errors on the hours the model predicts; a comparison needs predictions for at least 90 % of them."""
    known: Flags = np.isfinite(new)
    if not known.any():
        return None
    beside = [float(e[known & np.isfinite(e)].mean()) if _covers(e, known) else None for e in (hourly, old)]
    return Errors(model=float(new[known].mean()), hourly=beside[0], before=beside[1], hours=int(known.sum()))


def _covers(errors: Floats, known: Flags) -> bool:
    return bool((np.isfinite(errors) & known).sum() >= 0.9 * known.sum())


def _scores(errors: dict[str, Errors], scale: dict[str, float]) -> tuple[float | None, float | None, float | None]:
    """Scores of the model, of the mean per hour of day and of the previous version, on their common metrics."""
    if not errors:
        return None, None, None
    model = float(np.mean([e.model / scale[name] for name, e in errors.items()]))
    beside = []
    for which in ("hourly", "before"):
        both = [(e.model / scale[n], getattr(e, which) / scale[n]) for n, e in errors.items() if getattr(e, which)]
        ratio = sum(other for _, other in both) / max(sum(own for own, _ in both), 1e-12) if both else None
        beside.append(None if ratio is None else model * ratio)
    return model, beside[0], beside[1]


def _decided(
    model: MachineModel, errors: dict[str, Errors], score: float | None, hourly: float | None, before: float | None
) -> tuple[bool, str]:
    if len(model.why) == len(model.metrics):
        return False, f"no metric can be modelled: {next(iter(model.why.values()))}"
    if score is None or not errors:
        return False, "the machine did not run in the newest stretch, so there is nothing to judge it on"
    if before is not None and score > NOT_WORSE * before:
        return False, f"worse than the version before: {score:.4f} beside {before:.4f}"
    if hourly is not None and score > NOT_WORSE * hourly:
        return False, f"worse than the hour of day's mean: {score:.4f} beside {hourly:.4f}"
    return True, "not worse than the version before, nor than the hour of day's mean"
