"""The night: Tier 2's pairs per second compared with trl's DPOTrainer, GGUF, gate; and a whole night of 500 ratings.

    .venv/bin/python -m benchmarks.night [--whole] [--steps 6]

Every training is measured in a process of its own: the same pairs, parent and LoRA; the first step, a warm-up, is
left out. Other processes affect wall time, so processor time is shown too. --whole runs a night from its
first rating to its publication in a system of its own, on all cores.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from cc_common.core.settings import PROJECT, Settings, load_settings
from cc_common.model_registry.versions import base_gguf
from cc_common.simulator import PLANT
from training.starter import ADAPTER

PEERS: Final = ("ours", "trl, tuned", "trl, defaults")
ROWS: Final = 192
RATINGS: Final = 500
Row = dict[str, Any]


def main() -> None:
    """Prints the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--whole", action="store_true", help="a whole night of 500 ratings, too (up to half an hour)")
    parser.add_argument("--steps", type=int, default=6, help="steps measured per training (6)")
    parser.add_argument("--peer", choices=PEERS, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.peer:
        print(json.dumps(_train(arguments.peer, arguments.steps)))
        return
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    _trainings(arguments.steps)
    _export()
    if arguments.whole:
        _whole()


def _trainings(steps: int) -> None:
    print(f"\n{'Tier 2':16}{'pairs/s':>9}{'pairs/CPU s':>13}{'tokens/pair':>13}{'peak MB':>9}")
    found = {peer: _apart(peer, steps) for peer in PEERS}
    for peer, row in found.items():
        figures = f"{row['wall']:9.2f}{row['cpu']:13.2f}{row['tokens']:13.0f}{row['peak_mb']:9.0f}"
        print(f"{peer:16}{figures}", flush=True)
    ours, plain = found[PEERS[0]], found[PEERS[-1]]
    print(
        f"ours / trl, defaults: {ours['wall'] / plain['wall']:.1f} x by the clock, {ours['cpu'] / plain['cpu']:.1f} x"
    )
    print("by processor time (aim: 3 x)")


def _apart(peer: str, steps: int) -> Row:
    command = [sys.executable, "-W", "ignore", __file__, "--peer", peer, "--steps", str(steps)]
    quiet = {"OMP_WAIT_POLICY": "PASSIVE", "PYTHONPATH": str(PROJECT), "TQDM_DISABLE": "1", "HF_HUB_OFFLINE": "1"}
    told = subprocess.run(command, env=os.environ | quiet, capture_output=True, text=True, check=False)
    if told.returncode:
        raise SystemExit(told.stderr)
    return dict(json.loads(told.stdout.splitlines()[-1]))


def _train(peer: str, steps: int) -> Row:
    """Pairs per second of wall and of processor time, after the first step."""
    from transformers import TrainerCallback

    trainer, batch, tokens = _ours(steps + 1) if peer == PEERS[0] else _trl(steps + 1, tuned=peer == PEERS[1])
    marks: list[tuple[float, float]] = []

    class Clock(TrainerCallback):
        def on_step_end(self, *_: Any, **__: Any) -> None:
            marks.append((time.perf_counter(), time.process_time()))

    trainer.add_callback(Clock())
    trainer.train()
    (wall, cpu), (wall_end, cpu_end) = marks[0], marks[-1]
    count = batch * (len(marks) - 1)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"wall": count / (wall_end - wall), "cpu": count / (cpu_end - cpu), "tokens": tokens, "peak_mb": peak}


def _pairs() -> list[Row]:
    """The operator's preferences: his order of widgets over the starter's."""
    from benchmarks.scripted_operator import questions
    from cc_common.planning import build_messages
    from training.corpus import NOW

    asked = (a for a in questions(10 * ROWS, now=NOW) if a.wanted != a.plan.widgets)
    rows = []
    for one, _ in zip(asked, range(ROWS), strict=False):
        lines = [f"{one.line.partition(':')[0]}: {' '.join(one.wanted)}", one.line]
        said = [[{"role": "assistant", "content": line}] for line in lines]
        rows.append({"prompt": build_messages(one.resolution), "chosen": said[0], "rejected": said[1]})
    return rows


def _ours(steps: int) -> tuple[Any, int, float]:
    from training.tier2.recipe import Recipe
    from training.tier2.training_phase import Parent, Phase, trainer_of

    recipe, folder = Recipe(replay=0.0), Path(tempfile.mkdtemp())
    phase = Phase(name="pairs", rows=_pairs(), aside=[], seconds=1e9)
    parent = Parent(base=base_gguf(load_settings()), adapters=(ADAPTER,))
    trainer = trainer_of(phase, parent, PLANT, recipe, folder, folder / "work")
    trainer.args.max_steps, trainer.args.save_strategy = steps, "no"
    batch = trainer.data_collator(list(trainer.train_dataset.select(range(ROWS))))
    return trainer, recipe.batch, int((batch["branch"] >= 0).sum()) / ROWS


def _trl(steps: int, *, tuned: bool) -> tuple[Any, int, float]:
    """trl with its defaults, or with its own options tuned: bfloat16 weights, no checkpointing, the reference once."""
    from datasets import Dataset
    from trl import DPOConfig, DPOTrainer

    from training.adapter import lora, merge
    from training.base import load_base

    model, tokenizer = load_base(base_gguf(load_settings()))
    model = merge(model, [ADAPTER])
    options: Row = {"output_dir": tempfile.mkdtemp(), "max_steps": steps, "report_to": [], "save_strategy": "no"}
    if tuned:
        options |= {"activation_checkpointing": False, "precompute_ref_log_probs": True}
        options |= {"per_device_train_batch_size": 16, "train_sampling_strategy": "group_by_length"}
        options |= {"remove_unused_columns": False}
    else:
        model = model.float()
        model.set_attn_implementation("sdpa")
    rows = [row | {"length": len(str(row))} for row in _pairs()]
    config = DPOConfig(use_cpu=not _cuda(), **options)
    trainer = DPOTrainer(
        model=model, args=config, train_dataset=Dataset.from_list(rows), processing_class=tokenizer,
        peft_config=lora(16),
    )  # fmt: skip
    data: Any = trainer.train_dataset
    tokens = sum(2 * len(d["prompt_ids"]) + len(d["chosen_ids"]) + len(d["rejected_ids"]) for d in data) / len(data)
    return trainer, config.per_device_train_batch_size, tokens


def _cuda() -> bool:
    import torch

    return bool(torch.cuda.is_available())


def _export() -> None:
    """Seconds of building and verifying the GGUF, and of the gate."""
    from training import gguf, identity_check
    from training.gate import compare
    from training.gate.held_out_questions import held_out_questions
    from training.gate.model_comparison import HeldOut

    base = base_gguf(load_settings())
    print(f"\n{'GGUF and gate':34}{'seconds':>9}")
    with tempfile.TemporaryDirectory() as folder:
        patched, made = Path(folder) / "patched.gguf", Path(folder) / "made.gguf"
        _timed("patch base + adapter to F16", lambda: gguf.patch_tensors(base, [ADAPTER], patched))
        _timed("quantise to Q8_0", lambda: gguf.quantise(patched, made, "Q8_0"))
        found = _timed("identity check", lambda: identity_check.measure_divergence(made, base, [ADAPTER], PLANT))
        ratings = [
            HeldOut(messages=r["prompt"], liked=r["rejected"][0]["content"], disliked=r["chosen"][0]["content"])
            for r in _pairs()[:50]
        ]
        questions = held_out_questions(PLANT)
        verdict = _timed(
            "gate, 200 questions, 50 ratings",
            lambda: compare(("a", made), ("b", made), ratings, found.figures(), catalog=PLANT, questions=questions),
        )
        print(f"\nidentity: {found.words()}\n\n{verdict.table()}")


def _timed(name: str, work: Callable[[], Any]) -> Any:
    started = time.perf_counter()
    result = work()
    print(f"{name:34}{time.perf_counter() - started:9.1f}", flush=True)
    return result


def _whole() -> None:
    """Runs a night of 500 ratings by its command line."""
    from benchmarks.scripted_operator import rate
    from cc_common.catalog.store import install_catalog
    from cc_common.db import migrate, open_databases
    from training.starter import install

    with tempfile.TemporaryDirectory(prefix="cc-night-") as folder:
        settings = Settings(_env_file=None, data_dir=Path(folder))
        with open_databases(settings) as databases:
            migrate(databases.app, "app")
            migrate(databases.timeseries, "timeseries")
            install_catalog(databases.timeseries, PLANT)
            rate(databases.app, RATINGS, model_id=install(settings, databases.app).id)
            _night(folder)


def _night(folder: str) -> None:
    started = time.perf_counter()
    command = [sys.executable, "-W", "ignore", "-m", "training", "nightly"]
    environment = os.environ | {"CC_DATA_DIR": folder, "OMP_WAIT_POLICY": "PASSIVE", "PYTHONPATH": str(PROJECT)}
    told = subprocess.run(command, env=environment, cwd=PROJECT, stdout=subprocess.PIPE, text=True, check=False)
    wall = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"\na night of {RATINGS} ratings: {wall / 60:.1f} min (aim: 25), peak {peak:.0f} MB (aim: 6144)")
    night = json.loads(told.stdout.splitlines()[-1])
    print(f"{night['state']}: {night['reason']}")
    for stage, figures in night["figures"].items():
        short = {k: v for k, v in figures.items() if isinstance(v, int | float | str)}
        print(f"  {stage}: {json.dumps(short)}")
    print((Path(night["folder"]) / "gate" / "verdict.md").read_text())


if __name__ == "__main__":
    main()
