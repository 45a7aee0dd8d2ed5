"""The check of a model file before llama.cpp sees it, on the real file with every kind of damage."""

from __future__ import annotations

import hashlib
import struct
from pathlib import Path

import pytest

from api.gguf_header import check_file
from cc_common.core.errors import ModelUnavailable


def beginning(gguf: Path, size: int) -> bytes:
    """Its first `size` bytes."""
    with gguf.open("rb") as file:
        return file.read(size)


def check(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    check_file(path, hashlib.sha256(content).hexdigest())


def test_an_undamaged_file_passes_the_check(gguf: Path) -> None:
    check_file(gguf, hashlib.sha256(gguf.read_bytes()).hexdigest())


def test_a_changed_file_is_not_the_registered_one(gguf: Path) -> None:
    with pytest.raises(ModelUnavailable, match="sha256"):
        check_file(gguf, "0" * 64)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match="There is no model file"):
        check_file(tmp_path / "none.gguf", "")
    with pytest.raises(ModelUnavailable, match="cannot be read"):
        check_file(tmp_path, "")


@pytest.mark.parametrize("size", [0, 3, 4, 20, 30, 1000, 100_000, 3_000_000, 50_000_000, 98_362_431])
def test_a_cut_file_is_refused(gguf: Path, tmp_path: Path, size: int) -> None:
    with pytest.raises(ModelUnavailable, match="no usable GGUF"):
        check(tmp_path / "cut.gguf", beginning(gguf, size))


@pytest.mark.parametrize(
    ("place", "bytes_there", "reason"),
    [
        (0, b"PK\x03\x04", "does not start with GGUF"),
        (4, struct.pack("<I", 99), "version is 99"),
        (8, b"\xff" * 8, "entries are announced"),
        (16, b"\xff" * 8, "entries are announced"),
        (24, b"\xff" * 8, "cut short"),
        (8, bytes(8), "no tensors"),
        (16, bytes(8), "lacks general.architecture"),
    ],
)
def test_a_damaged_header_is_refused(gguf: Path, tmp_path: Path, place: int, bytes_there: bytes, reason: str) -> None:
    content = bytearray(beginning(gguf, 4_000_000))
    content[place : place + len(bytes_there)] = bytes_there
    with pytest.raises(ModelUnavailable, match=reason):
        check(tmp_path / "damaged.gguf", bytes(content))
