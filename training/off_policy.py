"""Off-policy evaluation: estimates a ranker's share of thumbs up from answers that another ranker sampled.

An action is a whole order of widgets, its logged propensity the product over the positions. Inverse propensity scoring
(IPS), self-normalised (SNIPS; Swaminathan and Joachims 2015), and doubly robust (DR; Dudik, Langford and Li 2011) with
a linear reward model cross-fitted by question. Weights are clipped at CLIP: this bounds the influence of a rare order
and biases towards the logged policy (IPS: downwards). Intervals: normal, 95 %, SNIPS by the delta method.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import permutations
from math import prod
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cc_common.feedback import Experience, RatedExperience
from cc_common.feedback.pairs import bucket
from cc_common.ranking import LAYOUT
from cc_common.ranking.features import INTENT, INTENTS, WIDGET, WIDGETS

CLIP: Final = 20.0
FOLDS: Final = 5
MAX_WIDGETS: Final = 5  # 120 orders
RIDGE: Final = 1.0
Z: Final = 1.96
Floats = NDArray[np.floating[Any]]

NO_THUMB: Final = "no thumb for the answer as a whole"
DETERMINISTIC: Final = "a fixed order has no propensity"
OTHER_LAYOUT: Final = "the ranker's rows meant something else"
NO_CHOICE: Final = "one widget leaves nothing to order"
TOO_MANY_WIDGETS: Final = f"more than {MAX_WIDGETS} widgets"


@dataclass(frozen=True, kw_only=True)
class Logged:
    """One rated answer: the scorer's rows in the order shown, its propensity, and the share of thumbs up."""

    context: tuple[int, ...]
    widgets: tuple[tuple[int, ...], ...]
    propensity: float
    reward: float
    fold: int

    @property
    def intent(self) -> int:
        """Its index in INTENTS."""
        return self.context[1] - INTENT


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """An estimated share of thumbs up with its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class OffPolicyEvaluation:
    """Three estimates for one policy. `effective`: effective sample size (Kish)."""

    answers: int
    effective: float
    clipped: int  # number of weights clipped at CLIP
    ips: Estimate
    snips: Estimate
    dr: Estimate


def logged_placements(rated: Iterable[RatedExperience]) -> tuple[list[Logged], dict[str, int]]:
    """The answers that can be evaluated, and the number left out by reason."""
    kept, left_out = list[Logged](), Counter[str]()
    for one in rated:
        thumbs = [rating.rating == "up" for rating in one.ratings if rating.widget_id is None]
        if reason := _unfit(one.experience, thumbs):
            left_out[reason] += 1
        else:
            kept.append(_logged(one.experience, thumbs))
    return kept, dict(sorted(left_out.items()))


def fold_of(question: str) -> int:
    """The fold, 0 to FOLDS - 1, by question."""
    return bucket([{"content": question}]) % FOLDS


def evaluate(logs: Sequence[Logged], utilities: Sequence[Floats]) -> OffPolicyEvaluation:
    """Evaluates the policy that samples orders by `utilities` (score / temperature of each widget, as shown).

    Needs at least two answers. A policy at temperature 0 has the utilities of `certain`.
    """
    chances = [_placing(u) for u in utilities]
    raw = np.array([c.shown / log.propensity for c, log in zip(chances, logs, strict=True)])
    weights, rewards = np.minimum(raw, CLIP), np.array([log.reward for log in logs])
    shown, expected = _modelled(logs, [c.discounts for c in chances])
    return OffPolicyEvaluation(
        answers=len(logs),
        effective=float(weights.sum() ** 2 / (weights**2).sum()) if weights.any() else 0.0,
        clipped=int((raw > CLIP).sum()),
        ips=_mean(weights * rewards),
        snips=_ratio(weights, rewards),
        dr=_mean(expected + weights * (rewards - shown)),
    )


@dataclass(frozen=True)
class Placing:
    """The probability of the order shown, and each widget's expected discount, under a policy."""

    shown: float
    discounts: Floats


def _placing(utilities: Floats) -> Placing:
    orders, discounts = _orders(len(utilities))
    placed = utilities[orders]  # (orders, positions)
    left = np.logaddexp.accumulate(placed[:, ::-1], axis=1)[:, ::-1]
    chances = np.exp((placed - left).sum(1))  # Plackett-Luce; the first order is the one shown
    return Placing(float(chances[0]), chances @ discounts)


@cache
def _orders(count: int) -> tuple[NDArray[np.intp], Floats]:
    """All orders of `count` widgets, and the discount of each widget's position in each."""
    orders = np.array(list(permutations(range(count))), np.intp)
    return orders, 1 / np.log2(2 + np.argsort(orders, axis=1))


def _modelled(logs: Sequence[Logged], discounts: Sequence[Floats]) -> tuple[Floats, Floats]:
    """Cross-fitted rewards of each answer: of the order shown, and expected under the policy."""
    shown = np.array([_features(log, _orders(len(log.widgets))[1][0]) for log in logs])
    expected = np.array([_features(log, d) for log, d in zip(logs, discounts, strict=True)])
    rewards, folds = np.array([log.reward for log in logs]), np.array([log.fold for log in logs])
    found = np.zeros((2, len(logs)))
    for fold in range(FOLDS):
        here = folds == fold
        weights = _ridge(shown[~here], rewards[~here])
        found[:, here] = shown[here] @ weights, expected[here] @ weights
    return found[0], found[1]


def _ridge(features: Floats, rewards: Floats) -> Floats:
    gram = features.T @ features + RIDGE * np.eye(features.shape[1])
    solved: Floats = np.linalg.solve(gram, features.T @ rewards)
    return solved


def _features(log: Logged, discounts: Floats) -> Floats:
    """The intent, and each widget's discount, alone and by intent. Linear, so that expectations commute."""
    row = np.zeros(1 + len(INTENTS) + len(WIDGETS) * (1 + len(INTENTS)))
    row[[0, 1 + log.intent]] = 1
    kinds = 1 + len(INTENTS) - WIDGET + np.array([widget[0] for widget in log.widgets])
    row[kinds] = discounts
    row[kinds + len(WIDGETS) * (1 + log.intent)] = discounts
    return row


def _mean(values: Floats) -> Estimate:
    return _interval(float(values.mean()), float(values.std(ddof=1) / np.sqrt(len(values))))


def _ratio(weights: Floats, rewards: Floats) -> Estimate:
    if not weights.any():
        return Estimate(value=0.0, low=0.0, high=1.0)
    value = float((weights * rewards).sum() / weights.sum())
    error = weights * (rewards - value) / weights.mean()
    return _interval(value, float(error.std(ddof=1) / np.sqrt(len(error))))


def _interval(value: float, deviation: float) -> Estimate:
    return Estimate(value=value, low=value - Z * deviation, high=value + Z * deviation)


def _unfit(experience: Experience, thumbs: Sequence[bool]) -> str | None:
    widgets = experience.widgets
    reasons: tuple[tuple[bool, str], ...] = (
        (not thumbs, NO_THUMB),
        (len(widgets) < 2, NO_CHOICE),
        (len(widgets) > MAX_WIDGETS, TOO_MANY_WIDGETS),
        (any(widget.propensity is None for widget in widgets), DETERMINISTIC),
        (experience.tier1_layout != LAYOUT, OTHER_LAYOUT),
    )
    return next((reason for unfit, reason in reasons if unfit), None)


def _logged(experience: Experience, thumbs: Sequence[bool]) -> Logged:
    return Logged(
        context=experience.context,
        widgets=tuple(widget.features for widget in experience.widgets),
        propensity=prod(widget.propensity or 0.0 for widget in experience.widgets),
        reward=sum(thumbs) / len(thumbs),
        fold=fold_of(experience.question),
    )


def is_certain(scores: Floats) -> Floats:
    """Utilities of the policy that always shows the highest score first (temperature 0)."""
    ranks = np.argsort(np.argsort(-scores, kind="stable"))
    return -ranks * 1e3
