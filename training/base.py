"""The base model for training: transformers loads the served GGUF, so that both have the same weights."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def load_base(gguf: Path) -> tuple[Any, Any]:
    """Loads (model, tokenizer) of transformers; bfloat16, on CUDA if present. Eager attention: the fastest on CPUs."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(gguf.parent, gguf_file=gguf.name)
    model: Any = AutoModelForCausalLM.from_pretrained(
        gguf.parent, gguf_file=gguf.name, dtype=torch.bfloat16, attn_implementation="eager"
    )
    _forget_quantisation(model)
    model.name_or_path = model.config._name_or_path = ""  # else peft queries the hub for its folder name
    return model.to("cuda" if torch.cuda.is_available() else "cpu"), tokenizer


def _forget_quantisation(model: Any) -> None:
    """Removes the quantisation config: the weights are dequantised, and training and saving would be refused."""
    model.hf_quantizer = None
    model.is_quantized = False
    if hasattr(model.config, "quantization_config"):
        del model.config.quantization_config
