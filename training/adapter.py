"""LoRA adapters: configuration, files, and the weight deltas they add to a model.

An adapter on disk is a folder with adapter_model.safetensors (float16), adapter_config.json and a manifest.json.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from cc_common.core.errors import InvalidInput, SetupError

TARGETS: Final = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
WEIGHTS: Final = "adapter_model.safetensors"
CONFIG: Final = "adapter_config.json"
SCALE: Final = 2  # lora_alpha / r
_PREFIX: Final = "base_model.model."


def lora(rank: int) -> Any:
    """The peft configuration of an adapter on every linear layer, scale SCALE, no dropout."""
    from peft import LoraConfig

    return LoraConfig(
        r=rank, lora_alpha=SCALE * rank, target_modules=list(TARGETS), task_type="CAUSAL_LM", lora_dropout=0.0
    )


def save_adapter(model: Any, out: Path) -> None:
    """Saves the adapter weights in float16: half the size, and more precise than the quantisation that follows."""
    import torch
    from peft import get_peft_model_state_dict
    from safetensors.torch import save_file

    out.mkdir(parents=True, exist_ok=True)
    state = get_peft_model_state_dict(model)
    save_file({k: v.to(torch.float16).contiguous() for k, v in state.items()}, out / WEIGHTS)
    config = model.peft_config["default"].to_dict()
    kept = {k: config[k] for k in ("peft_type", "task_type", "r", "lora_alpha")} | {"target_modules": sorted(TARGETS)}
    (out / CONFIG).write_text(json.dumps(kept, indent=2) + "\n")


def deltas(adapter: Path) -> Iterator[tuple[str, np.ndarray]]:
    """The delta scale * B @ A of each adapted module ("model.layers.0.mlp.up_proj"), float32 (out, in)."""
    config, weights = read_adapter(adapter)
    scale = config["lora_alpha"] / config["r"]
    for key, a in weights.items():
        if key.endswith(".lora_A.weight"):
            module = key.removesuffix(".lora_A.weight")
            b = weights[f"{module}.lora_B.weight"]
            yield module.removeprefix(_PREFIX), scale * (b @ a)


def read_adapter(adapter: Path) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Reads the configuration and the weights by name, float32; SetupError where it cannot be read."""
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        config, weights = json.loads((adapter / CONFIG).read_text()), load_file(adapter / WEIGHTS)
    except (OSError, ValueError, SafetensorError) as exc:
        raise SetupError(f"The adapter in {adapter} cannot be read: {exc}") from exc
    return dict(config), {name: weight.astype(np.float32) for name, weight in weights.items()}


def moved(adapter: Path) -> float:
    """The largest absolute change of a weight; InvalidInput when it is 0, as such an adapter learned nothing."""
    largest = max((float(np.abs(change).max()) for _, change in deltas(adapter)), default=0.0)
    if not largest > 0 or not np.isfinite(largest):
        raise InvalidInput(f"The adapter did not move: its largest change of a weight is {largest}.")
    return largest


def merge(model: Any, adapters: Sequence[Path]) -> Any:
    """Adds every adapter to the torch model's weights in float32, rounded once, and returns the model."""
    import torch

    changes: dict[str, np.ndarray] = {}
    for adapter in adapters:
        for module, change in deltas(adapter):
            changes[module] = changes[module] + change if module in changes else change
    with torch.no_grad():
        for module, change in changes.items():
            weight = model.get_submodule(module).weight
            weight.copy_((weight.float() + torch.from_numpy(change).to(weight.device)).to(weight.dtype))
    return model
