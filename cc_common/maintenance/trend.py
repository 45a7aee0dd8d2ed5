"""A trend and when it reaches a limit: the median of all slopes, with the interval of its rank test.

Theil 1950 and Sen 1968, doi:10.1080/01621459.1968.10480934.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import Final

import numpy as np

from cc_common.anomalies.robust import Floats

FEWEST: Final = 8  # points: with less the interval is as wide as all slopes
_Z: Final = 1.645  # of a 90 % interval


@dataclass(frozen=True, kw_only=True)
class Trend:
    """By unit of x: `slope` within [low, high]; `level` at the newest x; `error`: mean absolute residual."""

    slope: float
    low: float
    high: float
    level: float
    error: float

    @property
    def rises(self) -> bool:
        """Whether it does for sure."""
        return self.low > 0

    def until(self, limit: float) -> tuple[float | None, float | None, float | None]:
        """After how much x the level reaches the limit: at, earliest, latest; None: never. 0 where it has."""
        left = limit - self.level
        if left <= 0:
            return 0.0, 0.0, 0.0
        at, earliest, latest = (left / slope if slope > 0 else None for slope in (self.slope, self.high, self.low))
        return at, earliest, latest


def trend(x: Floats, y: Floats) -> Trend | None:
    """Of points with x rising, y NaN where there is none; None with fewer than FEWEST."""
    known = np.isfinite(y)
    x, y = x[known], y[known]
    n = len(x)
    if n < FEWEST:
        return None
    first, second = np.triu_indices(n, 1)
    slopes = np.sort((y[second] - y[first]) / (x[second] - x[first]))
    middle = float(np.median(slopes))
    spread = _Z * sqrt(n * (n - 1) * (2 * n + 5) / 18)
    low, high = (int(np.clip((len(slopes) + sign * spread) / 2, 0, len(slopes) - 1)) for sign in (-1, 1))
    base = float(np.median(y - middle * x))
    return Trend(
        slope=middle,
        low=float(slopes[low]),
        high=float(slopes[high]),
        level=base + middle * float(x[-1]),
        error=float(np.abs(y - base - middle * x).mean()),
    )
