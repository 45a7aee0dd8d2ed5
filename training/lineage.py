"""The lineage of a version: the base and the adapters it was trained through, oldest first.

Every promoted adapter is kept in <data_dir>/models/adapters/<its hash> (10 MB each); GGUFs are built from them and can
be deleted. So any version can be rebuilt, and a night's change can be inspected by itself.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

from cc_common.core.errors import SetupError
from cc_common.core.settings import Settings
from cc_common.db import Database
from cc_common.model_registry.versions import MODELS, ModelVersion, base_gguf, get, sha256
from training.adapter import CONFIG, WEIGHTS
from training.starter import ADAPTER as SHIPPED

ADAPTERS: Final = "adapters"


def adapters_of(settings: Settings, app: Database, version: ModelVersion) -> tuple[Path, ...]:
    """The adapters that make `version` from the base, oldest first; SetupError when one is missing or foreign."""
    base, found = base_gguf(settings), list[Path]()
    wanted: ModelVersion | None = version
    while wanted is not None:
        about = wanted.trained_on or {}
        if "adapter_sha256" in about:
            if "base_sha256" in about and about["base_sha256"] != sha256(base):
                raise SetupError(
                    f"{wanted.id} was trained on another base than {base.name}: set CC_BASE_GGUF to its own."
                )
            found.append(_kept(settings, about["adapter_sha256"], wanted.id))
        elif wanted.sha256 != sha256(base):
            raise SetupError(f"{wanted.id} is not {base.name}, nor is it known how it was made from it.")
        wanted = get(app, wanted.parent) if wanted.parent else None
    return tuple(reversed(found))


def gguf_of(settings: Settings, version: ModelVersion) -> Path:
    """The path of a version's file: in the models folder, or the base; SetupError when it is missing."""
    path = settings.data_dir / MODELS / version.path
    if not path.exists() and Path(version.path).is_absolute():
        path = base_gguf(settings)  # its path depends on the environment
    if not path.exists():
        raise SetupError(f"The file of {version.id} is gone: {path}")
    return path


def keep_adapter(settings: Settings, adapter: Path) -> Path:
    """Copies an adapter atomically to the adapters folder; returns its path."""
    place = _place(settings, sha256(adapter / WEIGHTS))
    if not place.exists():
        part = place.with_suffix(".part")
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        for name in (WEIGHTS, CONFIG):
            shutil.copyfile(adapter / name, part / name)
        part.rename(place)
    return place


def _kept(settings: Settings, digest: str, name: str) -> Path:
    place = _place(settings, digest)
    if not place.exists() and sha256(SHIPPED / WEIGHTS) == digest:
        keep_adapter(settings, SHIPPED)  # a later release may ship another adapter
    if not place.exists():
        raise SetupError(f"The adapter of {name} is gone from {place}: nothing can be trained on top of it.")
    if sha256(place / WEIGHTS) != digest:
        raise SetupError(f"The adapter of {name} in {place} was changed since it was trained.")
    return place


def _place(settings: Settings, digest: str) -> Path:
    return settings.data_dir / MODELS / ADAPTERS / digest[:12]
