"""Manifests: valid for what was made from these inputs and is still as it was written, else made again."""

from __future__ import annotations

from pathlib import Path

import pytest

from cc_common.core.errors import InvalidInput, SetupError
from training.manifest import MANIFEST, read_manifest, read_valid_manifest, write_manifest, write_whole

INPUTS = {"window": ["2026-03-04", "2026-03-05"], "seed": 1}


def made(folder: Path) -> dict[str, object]:
    write_whole(folder / "a.txt", b"one")
    return write_manifest(folder, INPUTS, ["a.txt"], {"rows": 1})


def test_what_was_written_is_valid_for_its_inputs_only(tmp_path: Path) -> None:
    manifest = made(tmp_path)
    assert read_valid_manifest(tmp_path) == read_valid_manifest(tmp_path, INPUTS) == manifest
    assert read_valid_manifest(tmp_path, INPUTS | {"seed": 2}) is None


def test_a_file_as_input_counts_by_its_content(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    first.write_bytes(b"x")
    second.write_bytes(b"x")
    write_manifest(tmp_path, {"data": first}, [], {})
    assert read_valid_manifest(tmp_path, {"data": second}) is not None
    second.write_bytes(b"y")
    assert read_valid_manifest(tmp_path, {"data": second}) is None


@pytest.mark.parametrize("content", [b"two", None])
def test_changed_or_missing_output_is_named(tmp_path: Path, content: bytes | None) -> None:
    made(tmp_path)
    (tmp_path / "a.txt").unlink() if content is None else (tmp_path / "a.txt").write_bytes(content)
    assert read_valid_manifest(tmp_path) is None
    with pytest.raises(InvalidInput, match=r"a\.txt"):
        read_manifest(tmp_path)


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b'{"inputs": {}}', b'{"inputs": 1}', b'{"inputs": 1, "figures": 1, "outputs": 1}']
)
def test_damaged_manifest_is_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / MANIFEST).write_bytes(content)
    assert read_valid_manifest(tmp_path) is None
    with pytest.raises(InvalidInput, match="damaged"):
        read_manifest(tmp_path)


def test_missing_manifest_is_none(tmp_path: Path) -> None:
    assert read_valid_manifest(tmp_path / "nowhere") is None


def test_full_disk_is_named_and_leaves_nothing() -> None:
    with pytest.raises(SetupError, match=r"/dev/full/a\.txt"):
        write_whole(Path("/dev/full/a.txt"), b"x")
