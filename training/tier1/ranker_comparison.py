"""Compares the batch ranker with the online one, by off-policy evaluation of logged answers.

The batch ranker is evaluated on held-out questions (five folds). The online one has learned from all of them, which
biases its estimate upwards: the batch ranker must be better by more than that, and significantly.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

import numpy as np

from cc_common.feedback import RatedExperience
from cc_common.ranking import Scorer, feature_rows
from training.off_policy import (
    CLIP,
    FOLDS,
    Floats,
    Logged,
    OffPolicyEvaluation,
    evaluate,
    is_certain,
    logged_placements,
)
from training.tier1.batch_ranker import Learnable, RankerRecipe, learn

MIN_RATINGS: Final = 50  # answers, and effective sample size: a normal interval of fewer is not valid


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """The ranker to serve, and why."""

    better: Literal["batch", "online"]
    reason: str
    answers: int
    left_out: dict[str, int]
    batch: OffPolicyEvaluation | None = None
    online: OffPolicyEvaluation | None = None

    def figures(self) -> dict[str, Any]:
        """The comparison as JSON values."""
        return asdict(self) | {"clip": CLIP}


def compare(
    rated: Sequence[RatedExperience],
    lessons: Sequence[Learnable],
    online: Scorer,
    recipe: RankerRecipe,
    temperature: float,
    *,
    until: float,
) -> Comparison:
    """Estimates both; chooses batch only where the lower bound of its DR estimate exceeds the online estimate."""
    logs, left_out = logged_placements(rated)
    if len(logs) < MIN_RATINGS:
        reason = f"{len(logs)} answers with logged chances and a thumb, {MIN_RATINGS} needed to compare"
        return Comparison(better="online", reason=reason, answers=len(logs), left_out=left_out)
    folds = [_fold(lessons, recipe, fold, until) for fold in range(FOLDS)]
    batch = evaluate(logs, [_utilities(folds[log.fold], log, temperature) for log in logs])
    now = evaluate(logs, [_utilities(online, log, temperature) for log in logs])
    better, reason = _verdict(batch, now)
    return Comparison(better=better, reason=reason, answers=len(logs), left_out=left_out, batch=batch, online=now)


def _fold(lessons: Sequence[Learnable], recipe: RankerRecipe, fold: int, until: float) -> Scorer:
    """Trains one fold in its share of the remaining time, so that all folds have equal time."""
    now = time.monotonic()
    return learn(lessons, recipe, without=fold, until=now + (until - now) / (FOLDS - fold))


def _verdict(batch: OffPolicyEvaluation, online: OffPolicyEvaluation) -> tuple[Literal["batch", "online"], str]:
    figures = f"batch {batch.dr.value:.3f} [{batch.dr.low:.3f}, {batch.dr.high:.3f}], online {online.dr.value:.3f}"
    if batch.effective < MIN_RATINGS:
        return "online", f"too few answers were shown as the batch ranker would ({batch.effective:.0f}): {figures}"
    if batch.dr.low > online.dr.value:
        return "batch", f"clearly better: {figures}"
    return "online", f"not clearly better: {figures}"


def _utilities(ranker: Scorer, log: Logged, temperature: float) -> Floats:
    scores = ranker.score(feature_rows(log.context), feature_rows(log.widgets)).astype(np.float64)
    return scores / temperature if temperature else is_certain(scores)
