"""Tier 2 of a night: trains a LoRA adapter on the served model from its pairs and unpaired ratings.

    python -m training tier2 --run-id 20260304t203000z

A fresh adapter on the parent's merged weights: trl would include a given adapter in the reference, and one on the base
alone would have to learn the plan language again.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from cc_common.catalog.store import load_catalog
from cc_common.core.settings import Settings
from cc_common.db import Databases
from cc_common.model_registry.versions import ModelVersion, base_gguf, sha256
from training import pairs
from training.adapter import CONFIG, WEIGHTS, moved
from training.lineage import adapters_of
from training.manifest import MANIFEST, read_valid_manifest, write_manifest, write_whole
from training.tier2.examples import NightExamples, split
from training.tier2.recipe import Recipe
from training.tier2.training_log import PLOT, STEPS, plot, read, spent
from training.tier2.training_phase import Parent, Phase, learn

STAGE: Final = "tier2"


def run(settings: Settings, databases: Databases, night: Path, parent: ModelVersion, recipe: Recipe) -> dict[str, Any]:
    """Fills `night`/tier2: the adapter's files, steps.jsonl, margins.png, manifest.json; returns the manifest."""
    folder = night / STAGE
    inputs = _inputs(settings, parent, night, recipe)
    if (done := read_valid_manifest(folder, inputs)) is not None:
        return done
    rows = split(pairs.read(night / "pairs"), forced=recipe.forced)
    _forget_other(folder, inputs)
    adapters = adapters_of(settings, databases.app, parent)
    adapter = _learn(rows, Parent(base=base_gguf(settings), adapters=adapters), databases, recipe, folder)
    for name in (CONFIG, WEIGHTS):
        shutil.copyfile(adapter / name, folder / name)
    steps = read(folder / STEPS)
    plot(steps, folder / PLOT)
    figures = _figures(rows, steps, folder) | {"parent": parent.id}
    manifest = write_manifest(folder, inputs, [CONFIG, WEIGHTS, STEPS, PLOT], figures)
    _tidy(folder)
    return manifest


def _inputs(settings: Settings, parent: ModelVersion, night: Path, recipe: Recipe) -> dict[str, Any]:
    return {
        "pairs": night / "pairs" / MANIFEST,
        "parent": parent.id,
        "parent_sha256": parent.sha256,
        "base_sha256": sha256(base_gguf(settings)),
        "recipe": asdict(recipe),
    }


def _forget_other(folder: Path, inputs: Mapping[str, Any]) -> None:
    """Deletes checkpoints of an earlier try with other inputs."""
    mark = folder / "inputs.sha256"
    known = f"{sorted((k, sha256(v) if isinstance(v, Path) else v) for k, v in inputs.items())}".encode()
    if not mark.exists() or mark.read_bytes() != known:
        shutil.rmtree(folder, ignore_errors=True)
        write_whole(mark, known)


def _learn(rows: NightExamples, parent: Parent, databases: Databases, recipe: Recipe, folder: Path) -> Path:
    """Trains on pairs first, as they are more informative. Each phase's time is proportional to its rows."""
    catalog = load_catalog(databases.timeseries)
    total, adapter = len(rows.pairs) + len(rows.thumbs), None
    for name in ("pairs", "thumbs"):
        learned, aside = getattr(rows, name), getattr(rows, f"{name}_aside")
        if learned:
            share = 1.0 if name == "thumbs" else len(learned) / total
            seconds = max(0.0, recipe.minutes * 60 * share - spent(folder / STEPS))
            phase = Phase(name=name, rows=learned, aside=aside, seconds=seconds)
            adapter = learn(phase, parent, catalog, recipe, folder, adapter)
    assert adapter is not None  # noqa: S101  # split() rejects a night without rows
    return adapter


def _figures(rows: NightExamples, steps: list[dict[str, Any]], folder: Path) -> dict[str, Any]:
    trained = [s for s in steps if "preference" in s]
    return {
        "pairs": len(rows.pairs),
        "thumbs": len(rows.thumbs),
        "steps": len(trained),
        "minutes": round(spent(folder / STEPS) / 60, 2),
        "first": trained[0] if trained else None,
        "last": trained[-1] if trained else None,
        "moved": moved(folder),
    }


def _tidy(folder: Path) -> None:
    for name in ("pairs", "thumbs"):
        shutil.rmtree(folder / f"after_{name}", ignore_errors=True)
        shutil.rmtree(folder / f"work_{name}", ignore_errors=True)
    (folder / "inputs.sha256").unlink(missing_ok=True)
