"""Supervised fine-tuning: teaches the base model the plan language by LoRA on generated questions.

    python -m training sft --examples 12000 --out models/starter

The loss covers the plan's own tokens only, and so does the output layer: with 49,152 tokens of vocabulary that layer
would otherwise cost more than the rest of a step. On a CPU with AMX, bfloat16 is several times faster than float32.
"""

from __future__ import annotations

import itertools
import json
import shutil
import time
from dataclasses import asdict, dataclass
from hashlib import sha256 as sha256_of
from pathlib import Path
from typing import Any

from cc_common.catalog.store import Catalog
from cc_common.model_registry.versions import sha256
from training.adapter import lora, save_adapter
from training.base import load_base
from training.corpus import NOW, Sample, examples


@dataclass(frozen=True, kw_only=True)
class SftRecipe:
    """All hyperparameters of the adapter, besides the base and the catalogue."""

    examples: int = 12_000
    seed: int = 1
    epochs: float = 1.0
    batch: int = 32
    rank: int = 16
    learning_rate: float = 8e-4
    max_minutes: float | None = None


def train(recipe: SftRecipe, gguf: Path, catalog: Catalog, out: Path) -> dict[str, Any]:
    """Trains the adapter into `out`, with manifest.json last; returns the manifest."""
    from peft.helpers import disable_input_dtype_casting

    left_out: list[Sample] = []
    rows = list(itertools.islice(examples(catalog, recipe.seed, NOW, left_out=left_out), recipe.examples))
    started = time.monotonic()
    trainer = _trainer(recipe, gguf, rows, out.with_suffix(".part"))
    with disable_input_dtype_casting(trainer.model):  # casting to float32 and back costs a quarter of a step
        result = trainer.train()
    save_adapter(trainer.model, out)
    shutil.rmtree(out.with_suffix(".part"), ignore_errors=True)
    manifest = {
        "kind": "adapter",
        "recipe": asdict(recipe),
        "base_sha256": sha256(gguf),
        "catalog_version": catalog.version,
        "data_sha256": sha256_of(json.dumps(rows).encode()).hexdigest(),
        "examples": len(rows),
        "left_out": len(left_out),
        "steps": result.global_step,
        "train_loss": round(result.training_loss, 4),
        "minutes": round((time.monotonic() - started) / 60, 1),
        "adapter_sha256": sha256(out / "adapter_model.safetensors"),
    }
    (out / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")
    return manifest


def _trainer(recipe: SftRecipe, gguf: Path, rows: list[tuple[list[dict[str, str]], str]], work: Path) -> Any:
    import torch
    from datasets import Dataset
    from trl import SFTConfig

    from training.sft_trainer import PlanTrainer

    model, tokenizer = load_base(gguf)
    data = [{"prompt": prompt, "completion": [{"role": "assistant", "content": line}]} for prompt, line in rows]
    config = SFTConfig(
        output_dir=str(work),
        num_train_epochs=recipe.epochs,
        per_device_train_batch_size=recipe.batch,
        learning_rate=recipe.learning_rate,
        lr_scheduler_type="cosine",
        warmup_steps=30,
        logging_steps=10,
        save_strategy="no",
        report_to=[],
        seed=recipe.seed,
        bf16=True,
        use_cpu=not torch.cuda.is_available(),
        completion_only_loss=True,
        max_length=512,
        train_sampling_strategy="group_by_length",
        gradient_checkpointing=False,
    )
    return PlanTrainer(
        model=model,
        args=config,
        train_dataset=Dataset.from_list(data),
        processing_class=tokenizer,
        peft_config=lora(recipe.rank),
        max_minutes=recipe.max_minutes,
    )
