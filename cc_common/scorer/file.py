"""The scorer's file: magic, format, layout and shape, lessons learned, a CRC-32 of all that, then the table.

Little-endian: 4s magic, u16 format, u16 layout, u32 rows, u32 columns, u64 version, u32 crc, rows x columns float32.
"""

from __future__ import annotations

import struct
from typing import Final
from zlib import crc32

import numpy as np

from cc_common.errors import InvalidInput
from cc_common.scorer.layout import COLUMNS, LAYOUT, PARAMETERS, ROWS
from cc_common.scorer.model import Scorer

MAGIC: Final = b"CCT1"
FORMAT: Final = 1
_HEADER: Final = struct.Struct("<4sHHIIQ")
_CRC: Final = struct.Struct("<I")
_TABLE: Final = np.dtype("<f4")
BYTES: Final = _HEADER.size + _CRC.size + PARAMETERS * _TABLE.itemsize


def to_bytes(scorer: Scorer) -> bytes:
    """The scorer as its file's content, BYTES long."""
    header = _HEADER.pack(MAGIC, FORMAT, LAYOUT, ROWS, COLUMNS, scorer.version)
    table = scorer.table.astype(_TABLE, copy=False).tobytes()
    return header + _CRC.pack(crc32(table, crc32(header))) + table


def from_bytes(data: bytes) -> Scorer:
    """The scorer from its file's content; InvalidInput says what is wrong with damaged or foreign data."""
    if data[: len(MAGIC)] != MAGIC:
        raise InvalidInput("This is no Tier-1 scorer: the first four bytes are not CCT1.")
    if len(data) < _HEADER.size + _CRC.size:
        raise InvalidInput(f"The Tier-1 scorer is cut short: {len(data)} of {BYTES} bytes.")
    version = _checked_header(data)
    if len(data) != BYTES:
        raise InvalidInput(f"The Tier-1 scorer has {len(data)} bytes instead of {BYTES}.")
    return Scorer(_checked_table(data), version=version)


def _checked_header(data: bytes) -> int:
    _, form, layout, rows, columns, version = _HEADER.unpack_from(data)
    if (form, layout, rows, columns) != (FORMAT, LAYOUT, ROWS, COLUMNS):
        raise InvalidInput(
            f"The Tier-1 scorer is of format {form}, layout {layout}, {rows} x {columns}; "
            f"this program reads format {FORMAT}, layout {LAYOUT}, {ROWS} x {COLUMNS}."
        )
    return int(version)


def _checked_table(data: bytes) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    header, body = data[: _HEADER.size], memoryview(data)[_HEADER.size + _CRC.size :]
    if crc32(body, crc32(header)) != _CRC.unpack_from(data, _HEADER.size)[0]:
        raise InvalidInput("The Tier-1 scorer is damaged: its checksum does not match.")
    table = np.frombuffer(body, _TABLE).astype(np.float32).reshape(ROWS, COLUMNS)
    if not np.isfinite(table).all():
        raise InvalidInput("The Tier-1 scorer holds weights that are no numbers.")
    return table
