"""manifest.json, written last in a stage's folder: its inputs, its outputs (sha256) and its figures.

A folder without a manifest, with changed or missing outputs, or with other inputs is rebuilt; so a stage can be killed
and restarted at any time.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from cc_common.core.errors import InvalidInput, SetupError
from cc_common.model_registry.versions import sha256

MANIFEST: Final = "manifest.json"


def write_manifest(
    folder: Path, inputs: Mapping[str, Any], outputs: Iterable[str], figures: Mapping[str, Any]
) -> dict[str, Any]:
    """Completes a stage: records `inputs` (JSON values, or Paths by content), files of `folder`, and figures."""
    manifest = {
        "inputs": _known(inputs),
        "outputs": {name: sha256(folder / name) for name in sorted(outputs)},
        "figures": dict(figures),
    }
    write_whole(folder / MANIFEST, (json.dumps(manifest, indent=2, allow_nan=False) + "\n").encode())
    return manifest


def read_valid_manifest(folder: Path, inputs: Mapping[str, Any] | None = None) -> dict[str, Any] | None:
    """The manifest if every output is unchanged (and `inputs` match, where given); else None."""
    try:
        manifest = read_manifest(folder)
    except InvalidInput:
        return None
    return manifest if inputs is None or manifest["inputs"] == _known(inputs) else None


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest; InvalidInput names a missing or changed file."""
    try:
        manifest = dict(json.loads((folder / MANIFEST).read_bytes()))
        expected = manifest["inputs"], manifest["figures"], manifest["outputs"].items()
    except FileNotFoundError:
        raise InvalidInput(f"{folder} holds no {MANIFEST}: the stage that makes it has not ended.") from None
    except (ValueError, KeyError, TypeError, AttributeError) as exc:
        raise InvalidInput(f"{folder / MANIFEST} is damaged; make the stage again with --force.") from exc
    for name, digest in expected[2]:
        _check(folder / name, digest)
    return manifest


def write_whole(path: Path, content: bytes) -> None:
    """Writes a file atomically; SetupError when the disk does not take it."""
    part = path.with_name(f"{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with part.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as exc:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise SetupError(f"Writing {path} failed: {exc.strerror or exc}. Free some space and try again.") from exc


def _check(path: Path, digest: str) -> None:
    if not path.is_file():
        raise InvalidInput(f"{path} is gone; make the stage again with --force.")
    if sha256(path) != digest:
        raise InvalidInput(f"{path} is not what was written (its sha256 differs); make the stage again with --force.")


def _known(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Inputs as restored from JSON; a file by its content, independent of its path."""
    plain = {name: sha256(value) if isinstance(value, Path) else value for name, value in inputs.items()}
    return dict(json.loads(json.dumps(plain, allow_nan=False)))
