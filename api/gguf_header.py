"""Reads a GGUF file's header before llama.cpp does, which may abort the process over a damaged one.

Layout: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
"""

from __future__ import annotations

import hashlib
import math
import mmap
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cc_common.core.errors import ModelUnavailable

MAGIC: Final = b"GGUF"
VERSIONS: Final = (2, 3)
MAX_ENTRIES: Final = 1_000_000  # metadata entries or tensors; a real file has a few hundred
MAX_DIMENSIONS: Final = 4
SCALARS: Final = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
STRING: Final = 8
ARRAY: Final = 9
# Tensor type -> (weights in a block, bytes of a block), from ggml's type traits. llama.cpp judges the size of others.
BLOCKS: Final = {
    0: (1, 4),  # F32
    1: (1, 2),  # F16
    2: (32, 18),  # Q4_0
    3: (32, 20),  # Q4_1
    6: (32, 22),  # Q5_0
    7: (32, 24),  # Q5_1
    8: (32, 34),  # Q8_0
    10: (256, 84),  # Q2_K
    11: (256, 110),  # Q3_K
    12: (256, 144),  # Q4_K
    13: (256, 176),  # Q5_K
    14: (256, 210),  # Q6_K
    30: (1, 2),  # BF16
}
NEEDED: Final = ("general.architecture", "tokenizer.ggml.tokens", "tokenizer.chat_template")


def check_file(path: Path, sha256: str) -> None:
    """ModelUnavailable with the reason unless `path` is a whole GGUF chat model with this sha256."""
    try:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
            if found != sha256:
                raise ModelUnavailable(f"{path} is not the model that was registered: its sha256 is {found}.")
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
                _Header(content).check()
    except FileNotFoundError as exc:
        raise ModelUnavailable(f"There is no model file {path}.") from exc
    except OSError as exc:
        raise ModelUnavailable(f"The model file {path} cannot be read: {exc.strerror}.") from exc
    except (ValueError, struct.error, UnicodeDecodeError) as exc:
        raise ModelUnavailable(f"{path} is no usable GGUF file: {exc}.") from exc


@dataclass
class _Header:
    """A cursor over the header; ValueError or struct.error where the bytes make no sense."""

    content: mmap.mmap
    place: int = 0

    def check(self) -> None:
        if self.content[:4] != MAGIC:
            raise ValueError("it does not start with GGUF")
        self.place = 4
        version = self._number("I")
        if version not in VERSIONS:
            raise ValueError(f"its format version is {version}, not one of {VERSIONS}")
        tensors, entries = self._count(), self._count()
        metadata = dict(self._entry() for _ in range(entries))
        missing = [key for key in NEEDED if key not in metadata]
        if missing:
            raise ValueError(f"its metadata lacks {', '.join(missing)}")
        self._check_tensors([self._tensor() for _ in range(tensors)], metadata.get("general.alignment") or 32)

    def _check_tensors(self, ends: list[int], alignment: int) -> None:
        if not ends:
            raise ValueError("it holds no tensors")
        data = math.ceil(self.place / alignment) * alignment
        if data + max(ends) > len(self.content):
            raise ValueError(f"it is cut short: {data + max(ends)} bytes are announced, {len(self.content)} are there")

    def _tensor(self) -> int:
        """Where one tensor ends, in bytes from the start of the tensor data."""
        name, dimensions = self._text(), self._number("I")
        if not 0 < dimensions <= MAX_DIMENSIONS:
            raise ValueError(f"tensor {name} has {dimensions} dimensions")
        weights = math.prod(self._number("Q") for _ in range(dimensions))
        kind, offset = self._number("I"), self._number("Q")
        per_block, size = BLOCKS.get(kind, (1, 0))
        return int(offset + weights // per_block * size)

    def _entry(self) -> tuple[str, Any]:
        key = self._text()
        return key, self._value(self._number("I"))

    def _value(self, kind: int) -> Any:
        if kind in SCALARS:
            return self._number(SCALARS[kind])
        if kind == STRING:
            return self._text()
        if kind == ARRAY:
            return self._array()
        raise ValueError(f"metadata of unknown type {kind}")

    def _array(self) -> int:
        """Steps over an array; its length."""
        kind, length = self._number("I"), self._number("Q")
        if kind in SCALARS:
            self._skip(length * struct.calcsize(f"<{SCALARS[kind]}"))
        elif kind == STRING:
            for _ in range(length):
                self._skip(self._number("Q"))
        else:
            raise ValueError(f"an array of type {kind}")
        return int(length)

    def _count(self) -> int:
        count = self._number("Q")
        if count > MAX_ENTRIES:
            raise ValueError(f"{count} entries are announced")
        return int(count)

    def _text(self) -> str:
        length = self._number("Q")
        start = self.place
        self._skip(length)
        return self.content[start : self.place].decode()

    def _number(self, form: str) -> Any:
        (value,) = struct.unpack_from(f"<{form}", self.content, self.place)
        self.place += struct.calcsize(f"<{form}")
        return value

    def _skip(self, size: int) -> None:
        self.place += size
        if self.place > len(self.content):
            raise ValueError("it is cut short within its header")
