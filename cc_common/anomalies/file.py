"""A machine's baseline as bytes: the magic, a JSON header with the arrays' shapes, then their float32 numbers."""

from __future__ import annotations

import json
import struct
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from cc_common.anomalies.baseline import ARRAYS, Baseline

VERSION: Final = 3  # another one makes stored baselines as good as none
_MAGIC: Final = b"CCBASE\0\1"
_LENGTH: Final = struct.Struct("<I")


def to_bytes(baseline: Baseline, place: int) -> bytes:
    """Of the machine at that place."""
    arrays = [np.asarray(getattr(baseline, name)[place], "<f4") for name in ARRAYS]
    shapes = {name: array.shape for name, array in zip(ARRAYS, arrays, strict=True)}
    header = json.dumps({"driver": baseline.driver, "group": baseline.group[place], "shapes": shapes}).encode()
    return b"".join((_MAGIC, _LENGTH.pack(len(header)), header, *(array.tobytes() for array in arrays)))


def from_bytes(stored: list[tuple[str, bytes]]) -> Baseline:
    """The baseline of all these machines of one type, learned together: id and bytes of each, at least one."""
    headers, numbers = zip(*(_opened(data) for _, data in stored), strict=True)
    together = np.stack(numbers)
    arrays, at = {}, 0
    for name, shape in headers[0]["shapes"].items():
        size = int(np.prod(shape))
        arrays[name] = together[:, at : at + size].reshape(-1, *shape).astype(np.float64)
        at += size
    group = tuple(int(header["group"]) for header in headers)
    return Baseline(machines=tuple(m for m, _ in stored), group=group, driver=headers[0]["driver"], **arrays)


def _opened(data: bytes) -> tuple[dict[str, Any], npt.NDArray[np.float32]]:
    (length,) = _LENGTH.unpack_from(data, len(_MAGIC))
    begins = len(_MAGIC) + _LENGTH.size
    return json.loads(data[begins : begins + length]), np.frombuffer(data, "<f4", offset=begins + length)
