"""Averages adapters that were trained independently into one of the same form, which reduces their noise.

    python -m training soup models/starter-3 models/starter-5 --out training/starter_adapter

The mean of the weight deltas has the sum of their ranks; it is truncated to the requested rank by its largest singular
values, the best approximation of that rank (Eckart and Young 1936). Model soups: Wortsman et al. 2022,
arXiv:2203.05482.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from cc_common.core.errors import InvalidInput
from cc_common.model_registry.versions import sha256
from training.adapter import CONFIG, SCALE, WEIGHTS, read_adapter

Floats = npt.NDArray[np.float32]
_REMEMBERED: Final = ("adapter_sha256", "recipe", "data_sha256", "steps", "train_loss")


def average_adapters(adapters: Sequence[Path], out: Path, *, rank: int | None = None) -> dict[str, Any]:
    """Writes the mean of two or more adapters, and last its manifest, into `out`; returns the manifest.

    `rank`: of the mean (None: that of the first). InvalidInput where they are not compatible.
    """
    abouts = [_about(adapter) for adapter in adapters]
    if len(adapters) < 2 or len({about["base_sha256"] for about in abouts}) != 1:
        raise InvalidInput("An average takes two adapters or more, all trained on the same base.")
    configs, weights = zip(*(read_adapter(adapter) for adapter in adapters), strict=True)
    if len({frozenset(each) for each in weights}) != 1:
        raise InvalidInput("These adapters touch different weights.")
    rank = configs[0]["r"] if rank is None else rank
    if not 1 <= rank <= sum(config["r"] for config in configs):
        raise InvalidInput(f"The rank of the average is from 1 to the sum of theirs, not {rank}.")
    scales = [config["lora_alpha"] / config["r"] / len(configs) for config in configs]
    kept, found = _averaged(weights, scales, rank)
    _write(out, found, {**configs[0], "r": rank, "lora_alpha": SCALE * rank})
    manifest = {
        "kind": "adapter",
        "recipe": {"average_of": [_parent(about) for about in abouts], "rank": rank},
        "base_sha256": abouts[0]["base_sha256"],
        "kept": round(kept, 4),
        "adapter_sha256": sha256(out / WEIGHTS),
    }
    (out / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")
    return manifest


def _averaged(
    weights: Sequence[Mapping[str, Floats]], scales: Sequence[float], rank: int
) -> tuple[float, dict[str, npt.NDArray[np.float16]]]:
    """The share of the mean's squared norm that is kept, and the truncated factors."""
    found, kept, whole = {}, 0.0, 0.0
    for key in (key for key in weights[0] if key.endswith(".lora_A.weight")):
        other = key.replace(".lora_A.", ".lora_B.")
        down = np.concatenate([each[key] for each in weights])
        up = np.concatenate([scale * each[other] for scale, each in zip(scales, weights, strict=True)], axis=1)
        left, size, right = _factors(up, down)
        root = np.sqrt(size[:rank] / SCALE)
        found[key] = (root[:, None] * right[:rank]).astype(np.float16)
        found[other] = (left[:, :rank] * root).astype(np.float16)
        kept += float((size[:rank] ** 2).sum())
        whole += float((size**2).sum())
    return kept / whole if whole > 0 else 1.0, found


def _factors(up: Floats, down: Floats) -> tuple[Floats, Floats, Floats]:
    """The singular value decomposition of up @ down, without forming the product."""
    of_up, small_up = np.linalg.qr(up)
    of_down, small_down = np.linalg.qr(down.T)
    left, size, right = np.linalg.svd(small_up @ small_down.T)
    return of_up @ left, size, right @ of_down.T


def _write(out: Path, weights: Mapping[str, npt.NDArray[np.float16]], config: Mapping[str, Any]) -> None:
    from safetensors.numpy import save_file

    out.mkdir(parents=True, exist_ok=True)
    save_file({key: np.ascontiguousarray(value) for key, value in weights.items()}, out / WEIGHTS)
    (out / CONFIG).write_text(json.dumps(config, indent=2) + "\n")


def _about(adapter: Path) -> dict[str, Any]:
    try:
        about = dict(json.loads((adapter / "manifest.json").read_text()))
        return {"base_sha256": about["base_sha256"], **about}
    except (OSError, ValueError, KeyError) as exc:
        raise InvalidInput(f"{adapter} has no manifest of an adapter that was trained on a base: {exc}") from exc


def _parent(about: Mapping[str, Any]) -> dict[str, Any]:
    """The record of one averaged adapter."""
    return {name: about[name] for name in _REMEMBERED if name in about}
