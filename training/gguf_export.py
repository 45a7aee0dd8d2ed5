"""Exports a night's model: the base with every adapter up to this night's, quantised and verified.

    python -m training gguf --run-id 20260304t203000z

The file is written to the models folder, under the id that the registry will use.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any, Final

from cc_common.catalog.store import Catalog
from cc_common.core.settings import Settings
from cc_common.db import Databases
from cc_common.model_registry.versions import MODELS, base_gguf, get, sha256
from cc_common.simulator import PLANT
from training import identity_check
from training.adapter import CONFIG, WEIGHTS
from training.gguf import build_gguf
from training.lineage import adapters_of
from training.manifest import MANIFEST, read_manifest, read_valid_manifest, write_manifest

STAGE: Final = "gguf"
_CATALOG: Final[Catalog] = PLANT  # the identity check asks about the simulated plant, whatever plant is served


def run(settings: Settings, databases: Databases, night: Path) -> dict[str, Any]:
    """Writes the file, and `night`/gguf with the manifest: id, path (in the data folder), sha256, identity, seconds."""
    folder, trained = night / STAGE, read_manifest(night / "tier2")["figures"]
    parent, adapter = get(databases.app, trained["parent"]), night / "tier2"
    inputs = {
        "tier2": adapter / MANIFEST,
        "parent_sha256": parent.sha256,
        "base_sha256": sha256(base_gguf(settings)),
        "quantisation": settings.tier2_quantisation,
    }
    done = read_valid_manifest(folder, inputs)
    if done is not None and _whole(settings, done["figures"]):
        return done
    adapters = (*adapters_of(settings, databases.app, parent), adapter)
    figures = {"parent": parent.id} | _made(settings, night.name, adapters)
    return write_manifest(folder, inputs, [], figures)


def _made(settings: Settings, run_id: str, adapters: tuple[Path, ...]) -> dict[str, Any]:
    """Builds and verifies the file; deletes it when the verification fails."""
    digest = sha256(adapters[-1] / WEIGHTS)
    name = f"{run_id}-{digest[:12]}"
    out = settings.data_dir / MODELS / f"{name}-{settings.tier2_quantisation.lower()}.gguf"
    started = time.monotonic()
    build_gguf(base_gguf(settings), adapters, out, quantisation=settings.tier2_quantisation)
    built = time.monotonic()
    try:
        found = identity_check.check_identity(out, base_gguf(settings), adapters, _CATALOG)
    except BaseException:
        out.unlink(missing_ok=True)
        raise
    return {
        "id": name,
        "path": str(out.relative_to(settings.data_dir)),
        "sha256": sha256(out),
        "bytes": out.stat().st_size,
        "adapter_sha256": digest,
        "adapter_config_sha256": sha256(adapters[-1] / CONFIG),
        "adapters": len(adapters),
        "build_s": round(built - started, 1),
        "identity_s": round(time.monotonic() - built, 1),
        "identity": found.figures(),
    }


def _whole(settings: Settings, figures: dict[str, Any]) -> bool:
    path = settings.data_dir / figures["path"]
    return path.is_file() and sha256(path) == str(figures["sha256"])
