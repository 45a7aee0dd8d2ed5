"""The base model for training: the GGUF that is served, read back by transformers, so both are the same weights."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def load_base(gguf: Path) -> tuple[Any, Any]:
    """(model, tokenizer) of transformers; bfloat16, on CUDA when present. Eager attention: the fastest on CPUs."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(gguf.parent, gguf_file=gguf.name)
    model: Any = AutoModelForCausalLM.from_pretrained(
        gguf.parent, gguf_file=gguf.name, dtype=torch.bfloat16, attn_implementation="eager"
    )
    _forget_quantisation(model)
    model.name_or_path = model.config._name_or_path = ""  # else peft asks the hub for it by the name of its folder
    return model.to("cuda" if torch.cuda.is_available() else "cpu"), tokenizer


def _forget_quantisation(model: Any) -> None:
    """The weights are dequantised now; without this neither training nor saving is allowed."""
    model.hf_quantizer = None
    model.is_quantized = False
    if hasattr(model.config, "quantization_config"):
        del model.config.quantization_config
