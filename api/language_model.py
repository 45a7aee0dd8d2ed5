"""Selects the language model to serve: the registry's, else the base model, registered at the first start."""

from __future__ import annotations

import re
from pathlib import Path

from api.engine import ServedModel
from api.gguf_header import check_file
from cc_common.core.errors import ModelUnavailable
from cc_common.core.settings import Settings
from cc_common.db import Database
from cc_common.model_registry import versions
from cc_common.model_registry.versions import MODELS, base_gguf, sha256


def served_model(app: Database, settings: Settings) -> ServedModel:
    """The model to serve. A file that is missing or damaged is for the engine to report; it is not registered."""
    found = versions.served(app, 2)
    if found is None:
        return _first(app, settings)
    return ServedModel(id=found.id, path=_path(found.path, settings), sha256=found.sha256)


def _path(registered: str, settings: Settings) -> Path:
    """The file: inside the models folder, whatever links lead there, or the base model's. Its sha256 is checked later.

    The base model's path moves with its environment: an absolute one that leads elsewhere stands for the base's.
    """
    models = (settings.data_dir / MODELS).resolve()
    path = (models / registered).resolve()
    if path.is_relative_to(models):
        return path
    if Path(registered).is_absolute():
        return base_gguf(settings)
    raise ModelUnavailable(f"The model file {registered!r} leads out of the models folder.")


def _first(app: Database, settings: Settings) -> ServedModel:
    path = base_gguf(settings)
    digest = _digest(path)
    model = ServedModel(id=_id(path, digest), path=path, sha256=digest)
    try:
        check_file(path, digest)
    except ModelUnavailable:
        return model
    versions.register(app, id=model.id, tier=2, path=str(path), sha256=digest)
    versions.promote(app, model.id)
    return model


def _digest(path: Path) -> str:
    """Empty for a file that cannot be read."""
    try:
        return sha256(path)
    except OSError:
        return ""


def _id(path: Path, digest: str) -> str:
    """The file's name and the start of its sha256: another file, another id."""
    name = re.sub(r"[^a-z0-9._-]+", "-", path.stem.lower()).strip("._-")[:80]
    return f"{name or 'base'}-{digest[:8]}"
