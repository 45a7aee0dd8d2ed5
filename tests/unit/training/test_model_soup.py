"""Adapters averaged: the mean of what they add, cut to a rank; what does not fit together is refused."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from cc_common.core.errors import InvalidInput
from training.adapter import CONFIG, WEIGHTS, deltas
from training.model_soup import average_adapters

MODULE = "base_model.model.model.layers.0.mlp.up_proj"


def adapter(folder: Path, seed: int, *, rank: int = 2, base: str = "b", module: str = MODULE) -> Path:
    rng = np.random.default_rng(seed)
    folder.mkdir()
    weights = {
        f"{module}.lora_A.weight": rng.standard_normal((rank, 6)).astype(np.float16),
        f"{module}.lora_B.weight": rng.standard_normal((9, rank)).astype(np.float16),
    }
    save_file(weights, folder / WEIGHTS)
    (folder / CONFIG).write_text(json.dumps({"r": rank, "lora_alpha": 3 * rank}))
    (folder / "manifest.json").write_text(json.dumps({"base_sha256": base, "adapter_sha256": str(seed)}))
    return folder


def delta(folder: Path) -> np.ndarray:
    return dict(deltas(folder))["model.layers.0.mlp.up_proj"]


def test_with_all_its_ranks_it_is_the_mean(tmp_path: Path) -> None:
    one, other = adapter(tmp_path / "one", 1), adapter(tmp_path / "other", 2)
    manifest = average_adapters([one, other], tmp_path / "mean", rank=4)
    np.testing.assert_allclose(delta(tmp_path / "mean"), (delta(one) + delta(other)) / 2, atol=0.02)
    assert manifest["kept"] == 1.0
    assert [each["adapter_sha256"] for each in manifest["recipe"]["average_of"]] == ["1", "2"]


def test_cut_to_a_rank_it_is_the_nearest_of_that_rank(tmp_path: Path) -> None:
    one, other = adapter(tmp_path / "one", 1), adapter(tmp_path / "other", 2)
    manifest = average_adapters([one, other], tmp_path / "mean")
    size = np.linalg.svd((delta(one) + delta(other)) / 2, compute_uv=False)
    off = np.linalg.norm(delta(tmp_path / "mean") - (delta(one) + delta(other)) / 2)
    assert off == pytest.approx(float(np.sqrt((size[2:] ** 2).sum())), rel=0.01)
    assert manifest["kept"] == pytest.approx(float((size[:2] ** 2).sum() / (size**2).sum()), abs=1e-3)


def test_of_one_twice_it_is_that_one(tmp_path: Path) -> None:
    one = adapter(tmp_path / "one", 1)
    average_adapters([one, one], tmp_path / "mean")
    np.testing.assert_allclose(delta(tmp_path / "mean"), delta(one), atol=0.02)


def test_what_does_not_fit_is_refused(tmp_path: Path) -> None:
    one = adapter(tmp_path / "one", 1)
    with pytest.raises(InvalidInput, match="two adapters"):
        average_adapters([one], tmp_path / "mean")
    with pytest.raises(InvalidInput, match="same base"):
        average_adapters([one, adapter(tmp_path / "stranger", 2, base="another")], tmp_path / "mean")
    with pytest.raises(InvalidInput, match="different weights"):
        average_adapters(
            [one, adapter(tmp_path / "elsewhere", 2, module=MODULE.replace("up", "down"))], tmp_path / "mean"
        )
    for rank in (-1, 0, 5):
        with pytest.raises(InvalidInput, match="rank"):
            average_adapters([one, adapter(tmp_path / f"rank{rank}", 2)], tmp_path / "mean", rank=rank)
    with pytest.raises(InvalidInput, match="manifest"):
        average_adapters([one, tmp_path / "nothing"], tmp_path / "mean")
    assert not (tmp_path / "mean").exists()
