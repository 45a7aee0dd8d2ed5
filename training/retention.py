"""Retention: removes model files that are neither served, needed for roll-back nor a parent, and old nights' folders.

Adapters are always kept.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from cc_common.core.settings import Settings
from cc_common.db import Database, queries
from cc_common.model_registry import training_runs
from cc_common.model_registry import versions as registry
from cc_common.model_registry.versions import MODELS, ModelVersion, sha256

_ALL: Final = 100_000


def prune(settings: Settings, app: Database) -> list[str]:
    """Removes the files of language models beyond CC_MODELS_KEPT; returns the ids whose file was removed.

    Removes only a plain file inside the models folder that a version names and whose content is that version's.
    """
    versions = [v for v in registry.history(app) if v.tier == 2]
    kept = _needed(app, versions) | {v.id for v in _newest(settings, versions)}
    shared = {v.path for v in versions if v.id in kept}
    gone = [v for v in versions if v.id not in kept and v.path not in shared and _ours(settings, v)]
    for version in gone:
        (settings.data_dir / MODELS / version.path).unlink()
    return [v.id for v in gone]


def prune_nights(folder: Path, app: Database, before: datetime) -> list[str]:
    """Removes the folders of nights that ended before then; returns the ids of those removed.

    Their rows stay, with every figure. Folders that are not named after a night are not touched.
    """
    over = [n.run_id for n in training_runs.newest_nights(app, limit=_ALL) if n.finished_at and n.finished_at < before]
    gone = [name for name in over if (folder / name).is_dir() and not (folder / name).is_symlink()]
    for name in gone:
        shutil.rmtree(folder / name)
    return gone


def _newest(settings: Settings, versions: Sequence[ModelVersion]) -> Sequence[ModelVersion]:
    """The newest versions that are not rejected."""
    return [v for v in versions if v.state != "rejected"][: settings.models_kept]


def _needed(app: Database, versions: Sequence[ModelVersion]) -> set[str]:
    """The served version, its parent, the roll-back target, and candidates of nights that are still open."""
    found = {v.id for v in versions if v.state in ("served", "candidate")}
    found |= {v.parent for v in versions if v.state == "served" and v.parent}
    with app.connection() as connection:
        before = connection.execute(queries("registry")["served_before"], {"tier": 2}).fetchone()
    return found | ({before.id} if before else set())


def _ours(settings: Settings, version: ModelVersion) -> bool:
    if Path(version.path).is_absolute():
        return False
    folder = settings.data_dir / MODELS
    path = folder / version.path
    inside = path.resolve().is_relative_to(folder.resolve())
    return inside and path.is_file() and not path.is_symlink() and sha256(path) == version.sha256
