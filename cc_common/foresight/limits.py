"""What a metric can be at all: no flow below none, no share above all of it. Alarm limits are no such limits."""

from __future__ import annotations

import math

import numpy as np

from cc_common.catalog.equipment import Metric
from cc_common.foresight.profiles import Floats


def possible(metric: Metric, values: Floats) -> tuple[float, float]:
    """Lowest and highest value there can be, given that the known ones have been (degrees may be below zero)."""
    lowest, highest = float(np.nanmin(values)), float(np.nanmax(values))
    floor = 0.0 if metric.unit != "°C" and lowest >= 0 else -math.inf
    ceiling = 100.0 if metric.unit == "%" and highest <= 100 else math.inf
    return floor, ceiling
