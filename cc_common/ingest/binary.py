"""PostgreSQL's binary COPY format, built by numpy: https://www.postgresql.org/docs/current/sql-copy.html#id-1.9.3.55.9.4"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

# Timestamps count from 2000 there and from 1970 here.
EPOCH_2000_US: Final = 946_684_800_000_000
_HEADER: Final = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
_TRAILER: Final = b"\xff\xff"


def copy_data(columns: Sequence[npt.NDArray[Any]]) -> bytes:
    """A whole COPY stream of equally long columns of one fixed width each; NaN becomes null."""
    rows = np.empty(len(columns[0]), _layout(columns))
    rows["fields"] = len(columns)
    for number, column in enumerate(columns):
        rows[f"size_{number}"] = column.itemsize
        rows[f"value_{number}"] = column
    return b"".join((_HEADER, _drop_nulls(rows, columns), _TRAILER))


def timestamps(ts: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Microseconds since 1970 as PostgreSQL keeps them."""
    return ts - EPOCH_2000_US


def _layout(columns: Sequence[npt.NDArray[Any]]) -> np.dtype[np.void]:
    fields: list[tuple[str, Any]] = [("fields", ">i2")]
    for number, column in enumerate(columns):
        fields += [(f"size_{number}", ">i4"), (f"value_{number}", column.dtype.newbyteorder(">"))]
    return np.dtype(fields)


def _drop_nulls(rows: npt.NDArray[np.void], columns: Sequence[npt.NDArray[Any]]) -> bytes:
    """A null has the size -1 and no bytes, so its row is shorter than the others."""
    kept = None
    for number, column in enumerate(columns):
        if column.dtype.kind != "f" or not (null := np.isnan(column)).any():
            continue
        kept = np.ones((len(rows), rows.itemsize), bool) if kept is None else kept
        rows[f"size_{number}"][null] = -1
        start = _offset(rows, f"value_{number}")
        kept[null, start : start + column.itemsize] = False
    return rows.tobytes() if kept is None else rows.view(np.uint8).reshape(kept.shape)[kept].tobytes()


def _offset(rows: npt.NDArray[np.void], name: str) -> int:
    fields = rows.dtype.fields
    return int(fields[name][1]) if fields else 0
