"""One phase of the training: DPO on pairs, or APO on unpaired ratings, from the parent's weights and adapter."""

from __future__ import annotations

import gc
import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from training.adapter import WEIGHTS, lora, merge, save_adapter
from training.base import load_base
from training.tier2.examples import Example, replay_rows
from training.tier2.packing import Packer
from training.tier2.recipe import Recipe
from training.tier2.training_log import STEPS, Budget, StepLog

WARMUP: Final = 5  # steps
KTO_RATIO: Final = 4 / 3  # ratio of the total weights of liked and disliked (Ethayarajh et al. 2024, equation 8)


@dataclass(frozen=True, kw_only=True)
class Phase:
    """A phase: its examples, its validation set, and its time."""

    name: str  # "pairs" or "thumbs"
    rows: list[Example]
    aside: list[Example]
    seconds: float


@dataclass(frozen=True, kw_only=True)
class Parent:
    """The model trained on: a base GGUF and the adapters merged into it."""

    base: Path
    adapters: tuple[Path, ...]


def learn(phase: Phase, parent: Parent, catalog: Any, recipe: Recipe, folder: Path, adapter: Path | None) -> Path:
    """Trains the adapter of this phase, starting from `adapter`; a restarted phase resumes at its last checkpoint."""
    out, work = folder / f"after_{phase.name}", folder / f"work_{phase.name}"
    if (out / WEIGHTS).exists():
        return out
    trainer = trainer_of(phase, parent, catalog, recipe, folder, work)
    if adapter is not None:
        _take_up(trainer.model, adapter)
    trainer.train(resume_from_checkpoint=_last_whole(work))
    part = out.with_suffix(".part")
    shutil.rmtree(part, ignore_errors=True)
    save_adapter(trainer.model, part)
    part.rename(out)
    del trainer
    gc.collect()
    shutil.rmtree(work, ignore_errors=True)
    return out


def trainer_of(phase: Phase, parent: Parent, catalog: Any, recipe: Recipe, folder: Path, work: Path) -> Any:
    """trl's trainer for a phase, on the parent's merged weights with a fresh adapter."""
    from transformers import PrinterCallback

    _quiet()
    model, tokenizer = load_base(parent.base)
    packer = Packer(tokenizer, share=recipe.replay)
    trainer = _kind(phase, recipe)(
        args=_arguments(phase, recipe, work),
        model=merge(model, parent.adapters),
        processing_class=tokenizer,
        train_dataset=_dataset(phase.rows, tokenizer),
        eval_dataset=_dataset(phase.aside, tokenizer) if phase.aside else None,
        data_collator=packer,
        peft_config=lora(recipe.rank),
        callbacks=[StepLog(folder / STEPS, phase.name), Budget(phase.seconds)],
    )
    trainer.remove_callback(PrinterCallback)
    packer.replay = replay_rows(catalog, tokenizer) if recipe.replay else ()  # set last: the reference has no replay
    return trainer


def _kind(phase: Phase, recipe: Recipe) -> Any:
    from training.tier2.trainers import PairTrainer, ThumbTrainer

    return PairTrainer if phase.name == "pairs" else ThumbTrainer


def _arguments(phase: Phase, recipe: Recipe, work: Path) -> Any:
    from trl import DPOConfig, KTOConfig

    shared = _common(recipe, work) | _checkpoints(recipe, judged=bool(phase.aside))
    if phase.name == "pairs":
        return DPOConfig(loss_type=["sigmoid", "sft"], loss_weights=[1.0, recipe.imitation], **shared)
    return KTOConfig(loss_type="apo_zero_unpaired", **_weights(phase), **shared)


def _common(recipe: Recipe, work: Path) -> dict[str, Any]:
    import torch

    cuda = torch.cuda.is_available()
    return {
        "output_dir": str(work),
        "beta": recipe.beta,
        "learning_rate": recipe.learning_rate,
        "lr_scheduler_type": "constant_with_warmup",  # the number of steps within the time is unknown
        "warmup_steps": WARMUP,
        "num_train_epochs": recipe.epochs,
        "per_device_train_batch_size": recipe.batch,
        "per_device_eval_batch_size": recipe.batch,
        "precompute_ref_log_probs": True,
        "train_sampling_strategy": "group_by_length",
        "activation_checkpointing": False,
        "max_length": None,
        "remove_unused_columns": False,  # keeps the lengths
        "bf16": True,
        "use_cpu": not cuda,
        "dataloader_pin_memory": cuda,
        "seed": recipe.seed,
        "report_to": [],
        "disable_tqdm": True,
        "logging_steps": 1,
    }


def _checkpoints(recipe: Recipe, *, judged: bool) -> dict[str, Any]:
    saved = {"save_strategy": "steps", "save_steps": recipe.check_every, "save_total_limit": 2}
    if not judged:
        return saved
    best = {"load_best_model_at_end": True, "metric_for_best_model": "eval_loss", "greater_is_better": False}
    return saved | best | {"eval_strategy": "steps", "eval_steps": recipe.check_every}


def _weights(phase: Phase) -> dict[str, Any]:
    """Class weights that balance liked and disliked examples."""
    liked = sum(row["label"] for row in phase.rows)
    disliked = len(phase.rows) - liked
    if not liked or not disliked:
        return {}
    if liked > disliked:
        return {"desirable_weight": disliked / liked * KTO_RATIO, "undesirable_weight": 1.0}
    return {"desirable_weight": 1.0, "undesirable_weight": min(1.0, liked / disliked * KTO_RATIO)}


def _dataset(rows: list[Example], tokenizer: Any) -> Any:
    """The examples by length, for little padding when the reference is computed."""
    from datasets import Dataset

    def length(row: Example) -> int:
        said = [row[side][0]["content"] for side in ("chosen", "rejected", "completion") if side in row]
        return len(tokenizer.tokenize(" ".join([row["prompt"][-1]["content"], *said])))

    measured = sorted(({**row, "length": length(row)} for row in rows), key=lambda row: row["length"])
    return Dataset.from_list(measured)


def _take_up(model: Any, adapter: Path) -> None:
    from peft import set_peft_model_state_dict
    from safetensors.torch import load_file

    set_peft_model_state_dict(model, load_file(adapter / WEIGHTS))


def _last_whole(work: Path) -> str | None:
    """The newest complete checkpoint; removes an incomplete one."""
    found = sorted(work.glob("checkpoint-*"), key=lambda p: int(p.name.rpartition("-")[2]), reverse=True)
    for checkpoint in found:
        try:
            json.loads((checkpoint / "trainer_state.json").read_text())
        except (OSError, ValueError):  # incomplete: the state is written last
            shutil.rmtree(checkpoint)
            continue
        return str(checkpoint)
    return None


def _quiet() -> None:
    """Suppresses progress bars and hints on standard error; the steps are in steps.jsonl."""
    import datasets
    import transformers

    os.environ.setdefault("TQDM_DISABLE", "1")
    datasets.disable_progress_bars()
    transformers.utils.logging.disable_progress_bar()
    transformers.utils.logging.set_verbosity_error()
