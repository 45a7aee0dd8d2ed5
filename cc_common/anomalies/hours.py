"""Hours: what the roll-ups say of several machines of one type, on one grid of plant hours."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np
import numpy.typing as npt

from cc_common.anomalies.parameters import FEWEST_READINGS, FULL_HOUR
from cc_common.anomalies.robust import Flags, Floats
from cc_common.catalog.equipment import EquipmentType
from cc_common.ingest.rows import HOUR_US

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Hours:
    """n machines, p metrics, T hours. `start`: microseconds since 1970 of the first hour; NaN: nothing was read."""

    kind: EquipmentType
    machines: tuple[str, ...]
    start: int
    mean: Floats  # (n, p, T), as are the next three
    low: Floats
    high: Floats
    count: Floats  # readings
    rows: Floats  # (n, T)

    def __len__(self) -> int:
        return int(self.rows.shape[-1])

    @property
    def starts(self) -> npt.NDArray[np.int64]:
        """Microseconds since 1970 of each hour."""
        return self.start + HOUR_US * np.arange(len(self), dtype=np.int64)

    def at(self, hour: int) -> datetime:
        """When an hour begins, UTC."""
        return _EPOCH + timedelta(microseconds=self.start + hour * HOUR_US)

    def between(self, first: int, last: int) -> Hours:
        """The hours first <= i < last."""
        cut = {name: getattr(self, name)[..., first:last] for name in ("mean", "low", "high", "count", "rows")}
        return replace(self, start=self.start + first * HOUR_US, **cut)

    def pick(self, places: list[int]) -> Hours:
        """Some of the machines, in that order."""
        cut = {name: getattr(self, name)[places] for name in ("mean", "low", "high", "count", "rows")}
        return replace(self, machines=tuple(self.machines[i] for i in places), **cut)

    def targets(self) -> Floats:
        """(n, 3, p, T): mean, lowest and highest of each hour; of a counter its advance, of a tally its mean alone."""
        judged = np.stack([self.mean, self.low, self.high], axis=1)
        judged[np.broadcast_to((self.count < FEWEST_READINGS)[:, None], judged.shape)] = np.nan
        for place, metric in enumerate(self.kind.metrics):
            if metric.kind == "counter":
                advance = self.high[:, place] - self.low[:, place]
                judged[:, 0, place] = np.where(self.count[:, place] >= FULL_HOUR, advance, np.nan)
            if metric.kind != "gauge":
                judged[:, 1:, place] = np.nan
        return judged

    def constant(self) -> Flags:
        """(n, p, T): whole hours in which a metric did not move at all."""
        still: Flags = (self.low == self.high) & (self.count >= FULL_HOUR)
        return still
