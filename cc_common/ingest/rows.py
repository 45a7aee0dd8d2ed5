"""Readings on their way in: checked, in order of time, one row a minute."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import numpy as np
import numpy.typing as npt

from cc_common.errors import InvalidInput

MINUTE: Final = timedelta(minutes=1)
MINUTE_US: Final = 60_000_000
HOUR_US: Final = 60 * MINUTE_US
DAY_US: Final = 24 * HOUR_US


@dataclass(frozen=True)
class Rows:
    """`ts`: int64 microseconds since 1970 UTC, whole minutes; `values`: float32 (n, metrics), NaN for null."""

    ts: npt.NDArray[np.int64]
    values: npt.NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.ts)


def tidy(rows: Rows, metrics: int) -> Rows:
    """The rows sorted by time; of several for one minute the last stands. InvalidInput for what no table can hold."""
    if rows.values.shape != (len(rows), metrics):
        raise InvalidInput(f"{len(rows)} rows of {metrics} metrics were expected, not {rows.values.shape}.")
    if np.isinf(rows.values).any():
        raise InvalidInput("A reading is infinite.")
    if (rows.ts % MINUTE_US).any():
        raise InvalidInput("A reading is not on a whole minute.")
    if len(rows) < 2 or (rows.ts[1:] > rows.ts[:-1]).all():
        return rows
    order = np.argsort(rows.ts, kind="stable")
    ts = rows.ts[order]
    newest = order[np.append(ts[1:] != ts[:-1], True)]
    return Rows(rows.ts[newest], rows.values[newest])
