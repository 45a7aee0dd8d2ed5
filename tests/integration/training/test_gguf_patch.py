"""The patched GGUF is the base plus the adapter's delta, judged by transformers, which reads both back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cc_common.core.errors import InvalidInput
from training import gguf as patching

RANK, ALPHA, HIDDEN, KV = 4, 8, 576, 192
MODULES = {"self_attn.q_proj": HIDDEN, "self_attn.k_proj": KV, "mlp.up_proj": 1536}


@pytest.fixture(scope="module")
def adapter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A LoRA adapter with random weights on three modules of layer 0, large enough to be seen through float16."""
    from safetensors.numpy import save_file

    rng, folder = np.random.default_rng(3), tmp_path_factory.mktemp("adapter")
    weights = {}
    for module, out in MODULES.items():
        key = f"base_model.model.model.layers.0.{module}"
        weights[f"{key}.lora_A.weight"] = rng.normal(0, 0.2, (RANK, HIDDEN)).astype(np.float16)
        weights[f"{key}.lora_B.weight"] = rng.normal(0, 0.2, (out, RANK)).astype(np.float16)
    save_file(weights, folder / "adapter_model.safetensors")
    (folder / "adapter_config.json").write_text(json.dumps({"r": RANK, "lora_alpha": ALPHA}))
    return folder


@pytest.fixture(scope="module")
def patched(adapter: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped GGUF with that adapter, not quantised."""
    out = tmp_path_factory.mktemp("patched") / "patched.gguf"
    assert patching.patch_tensors(_gguf(), [adapter], out) == len(MODULES)
    return out


def _gguf() -> Path:
    from cc_common.core.settings import Settings
    from cc_common.model_registry.versions import base_gguf

    return base_gguf(Settings(_env_file=None))  # type: ignore[call-arg]


def _layer(path: Path) -> Any:
    """Layer 0 as transformers reads it back, float32."""
    import torch
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(path.parent, gguf_file=path.name, dtype=torch.float32)
    return model.model.layers[0]


def test_transformers_reads_back_base_plus_delta(adapter: Path, patched: Path) -> None:
    from safetensors.numpy import load_file

    weights, before, after = load_file(adapter / "adapter_model.safetensors"), _layer(_gguf()), _layer(patched)
    for module in MODULES:
        key = f"base_model.model.model.layers.0.{module}"
        a, b = (weights[f"{key}.lora_{side}.weight"].astype(np.float32) for side in "AB")
        moved = (after.get_parameter(f"{module}.weight") - before.get_parameter(f"{module}.weight")).detach().numpy()
        np.testing.assert_allclose(moved, ALPHA / RANK * b @ a, atol=4e-3)
    assert (after.mlp.down_proj.weight == before.mlp.down_proj.weight).all()


def test_what_was_not_touched_is_copied_byte_for_byte(patched: Path) -> None:
    from gguf import GGUFReader

    before, after = GGUFReader(_gguf()), GGUFReader(patched)
    touched = {"blk.0.attn_q.weight", "blk.0.attn_k.weight", "blk.0.ffn_up.weight"}
    rest = {t.name: t for t in after.tensors if t.name not in touched}
    assert all((t.data == rest[t.name].data).all() for t in before.tensors if t.name not in touched)
    for name, field in before.fields.items():
        if not name.startswith("GGUF."):
            assert after.fields[name].contents() == field.contents()


def test_a_wrong_permutation_would_be_seen() -> None:
    weight = np.arange(KV * 2, dtype=np.float32).reshape(KV, 2)
    assert not (patching.permute(weight, 3) == weight).all()
    assert sorted(patching.permute(weight, 3)[:, 0]) == sorted(weight[:, 0])


def test_an_adapter_of_another_model_is_refused(adapter: Path, tmp_path: Path) -> None:
    from safetensors.numpy import save_file

    key = "base_model.model.model.layers.99.mlp.up_proj"
    foreign = {f"{key}.lora_A.weight": np.ones((RANK, HIDDEN), np.float16)}
    foreign[f"{key}.lora_B.weight"] = np.ones((1536, RANK), np.float16)
    save_file(foreign, tmp_path / "adapter_model.safetensors")
    (tmp_path / "adapter_config.json").write_text((adapter / "adapter_config.json").read_text())
    with pytest.raises(InvalidInput, match="does not belong"):
        patching.patch_tensors(_gguf(), [tmp_path], tmp_path / "out.gguf")


def test_an_unknown_quantisation_is_refused(adapter: Path, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="Q3_X"):
        patching.build_gguf(_gguf(), [adapter], tmp_path / "out.gguf", quantisation="Q3_X")
    assert list(tmp_path.iterdir()) == []
