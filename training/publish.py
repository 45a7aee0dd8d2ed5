"""Publishes a night: registers its model with the verdict, and serves or rejects it, in one transaction each.

    python -m training publish --run-id 20260304t203000z

Every API replica is notified (NOTIFY) and loads the model; a failed probe there rolls back.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from cc_common.core.errors import Conflict
from cc_common.core.settings import Settings
from cc_common.core.windows import Window, iso
from cc_common.db import Databases
from cc_common.model_registry import versions
from cc_common.model_registry.versions import MODELS, ModelVersion
from training.lineage import keep_adapter
from training.manifest import MANIFEST, read_manifest, read_valid_manifest, write_manifest
from training.retention import prune

STAGE: Final = "publish"


def run(settings: Settings, databases: Databases, night: Path, window: Window) -> dict[str, Any]:
    """Serves or rejects the night's model and prunes old files; the manifest's figures record which, and why."""
    folder = night / STAGE
    inputs = {"gguf": night / "gguf" / MANIFEST, "gate": night / "gate" / MANIFEST}
    if (done := read_valid_manifest(folder, inputs)) is not None:
        return done
    verdict = read_manifest(night / "gate")["figures"]
    if verdict["accepted"]:
        keep_adapter(settings, night / "tier2")
    version = _registered(databases, night, window)
    state = _decided(databases, version, verdict).state
    figures = {"id": version.id, "state": state, "reason": verdict["reason"], "pruned": prune(settings, databases.app)}
    return write_manifest(folder, inputs, [], figures)


def _registered(databases: Databases, night: Path, window: Window) -> ModelVersion:
    exported, trained = (read_manifest(night / stage) for stage in ("gguf", "tier2"))
    figures = exported["figures"]
    return versions.register(
        databases.app,
        id=figures["id"],
        tier=2,
        path=str(Path(figures["path"]).relative_to(MODELS)),
        sha256=figures["sha256"],
        parent=figures["parent"],
        trained_on={
            "run_id": night.name,
            "window": {"start": iso(window.start), "end": iso(window.end)},
            "pairs": read_manifest(night / "pairs")["figures"]["counts"],
            "adapter_sha256": figures["adapter_sha256"],
            "base_sha256": exported["inputs"]["base_sha256"],
            "recipe": trained["inputs"]["recipe"],
            "training": trained["figures"],
        },
    )


def _decided(databases: Databases, version: ModelVersion, verdict: dict[str, Any]) -> ModelVersion:
    """Decides once: a night that was killed right after its decision finds it recorded."""
    if version.state != "candidate":
        return version
    if not verdict["accepted"]:
        return versions.reject(databases.app, version.id, verdict)
    now = versions.served(databases.app, 2)
    if now is None or now.id != version.parent:
        why = f"{version.parent} was replaced by {now.id if now else 'nothing'} meanwhile; the verdict was against it"
        versions.reject(databases.app, version.id, {**verdict, "accepted": False, "reason": why})
        raise Conflict(f"Night {version.id} is not served: {why}.")
    return versions.promote(databases.app, version.id, gate=verdict)
