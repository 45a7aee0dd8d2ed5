"""The hours of each type's power in memory, from which the watcher learns peer groups at each midnight of a replay."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

import numpy as np

from cc_common.analytics.anomalies.hours import Hours
from cc_common.catalog.metric_roles import power_of
from cc_common.core.windows import HOUR

ARRAYS: Final = ("mean", "low", "high", "count")  # fields of Hours with a metric axis


@dataclass(frozen=True)
class KeptPowers:
    """Replaces the roll-ups that the watcher reads."""

    kept: list[Hours] = field(default_factory=list)

    def add(self, hours: Hours) -> None:
        """Adds the hours of a type; a type without a power metric is ignored."""
        if (power := power_of(hours.kind)) is not None:
            place = [hours.kind.metrics.index(power)]
            narrow: dict[str, Any] = {name: np.take(getattr(hours, name), place, 1) for name in ARRAYS}
            self.kept.append(replace(hours, kind=replace(hours.kind, metrics=(power,)), **narrow))

    def __call__(self, start: datetime, end: datetime) -> Iterator[Hours]:
        for hours in self.kept:
            first, last = ((moment - hours.hour_start(0)) // HOUR for moment in (start, end))
            yield hours.between(max(first, 0), last)
