"""A machine's model as bytes: the magic, a JSON header with the arrays' shapes, then their float32 numbers."""

from __future__ import annotations

import json
import struct
from dataclasses import fields
from datetime import datetime
from typing import Any, Final

import numpy as np

from cc_common.machines.model import MachineModel
from cc_common.window import Window

FORMAT: Final = 2  # another one makes stored models as good as none
ARRAYS: Final = ("level", "covariates", "center", "scale", "own", "full", "sigma", "reach", "limit")
_PLAIN: Final = tuple(f.name for f in fields(MachineModel) if f.name not in (*ARRAYS, "trained", "since"))
_MAGIC: Final = b"CCMACH\0\1"
_LENGTH: Final = struct.Struct("<I")


def to_bytes(model: MachineModel) -> bytes:
    """About 2 kB."""
    arrays = {name: np.asarray(getattr(model, name), "<f4") for name in ARRAYS}
    header = {name: getattr(model, name) for name in _PLAIN}
    header["why"] = dict(model.why)
    header["trained"] = [model.trained.start.isoformat(), model.trained.end.isoformat()]
    header["since"] = {name: at.isoformat() for name, at in model.since.items()}
    header["shapes"] = {name: array.shape for name, array in arrays.items()}
    text = json.dumps(header).encode()
    return b"".join((_MAGIC, _LENGTH.pack(len(text)), text, *(a.tobytes() for a in arrays.values())))


def from_bytes(data: bytes) -> MachineModel:
    """As it was, to the precision of float32."""
    (length,) = _LENGTH.unpack_from(data, len(_MAGIC))
    begins = len(_MAGIC) + _LENGTH.size
    header: dict[str, Any] = json.loads(data[begins : begins + length])
    numbers, at = np.frombuffer(data, "<f4", offset=begins + length), 0
    arrays: dict[str, Any] = {}
    for name, shape in header.pop("shapes").items():
        size = int(np.prod(shape))
        arrays[name] = numbers[at : at + size].reshape(shape).astype(np.float64)
        at += size
    start, end = (datetime.fromisoformat(text) for text in header.pop("trained"))
    since = {name: datetime.fromisoformat(text) for name, text in header.pop("since").items()}
    header |= {name: tuple(header[name]) for name in ("metrics", "beside")}
    return MachineModel(trained=Window(start=start, end=end), since=since, **header, **arrays)
