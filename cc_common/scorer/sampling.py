"""Plackett-Luce: the first widget is drawn with odds exp(score / temperature), the next from those left, and so on."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cc_common.scorer.model import Floats


def order(scores: Floats, temperature: float, rng: np.random.Generator) -> list[tuple[int, float | None]]:
    """(index, propensity) in the order to show; highest score first and no propensity at temperature 0.

    propensity[i] is the probability that this widget was placed at this position given the ones above it: the last
    is 1, and the product of all is the probability of the whole order. Gumbel's trick: adding independent Gumbel noise
    and sorting draws exactly this distribution.
    """
    if temperature == 0:
        return [(index, None) for index in np.argsort(-scores, kind="stable").tolist()]
    utilities = scores.astype(np.float64) / temperature
    drawn = np.argsort(-(utilities + rng.gumbel(size=len(utilities))))
    return list(zip(drawn.tolist(), propensities(utilities[drawn]).tolist(), strict=True))


def propensities(utilities: NDArray[np.float64]) -> NDArray[np.float64]:
    """Probability of each place of an order given those above; `utilities`: scores / temperature in the order shown."""
    left = np.logaddexp.accumulate(utilities[::-1])[::-1]  # log of the sum over this one and all below
    result: NDArray[np.float64] = np.exp(utilities - left)
    return result
