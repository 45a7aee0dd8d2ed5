"""The training log: one line per step in steps.jsonl, a plot, and the time budget."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any, Final

from transformers import TrainerCallback

STEPS: Final = "steps.jsonl"
PLOT: Final = "margins.png"
KEPT: Final = (
    "loss", "preference", "imitation", "replay", "margin", "accuracy", "reward_chosen", "reward_rejected",
    "learning_rate", "grad_norm", "eval_loss", "eval_preference", "eval_margin", "eval_accuracy",
)  # fmt: skip


class StepLog(TrainerCallback):
    """Appends one line per step: phase, step, seconds of training (across restarts), losses in nats, rewards."""

    def __init__(self, file: Path, phase: str) -> None:
        self._file, self._phase = file, phase
        self._before = spent(file)
        self._started = time.monotonic()

    def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Removes the lines of steps that will be repeated after a restart."""
        kept = [s for s in read(self._file) if s["phase"] != self._phase or s["step"] <= state.global_step]
        part = self._file.with_suffix(".part")
        part.write_text("".join(json.dumps(step) + "\n" for step in kept))
        part.rename(self._file)

    def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **_: Any) -> None:
        """Appends a line."""
        figures = {k: round(float(logs[k]), 5) for k in KEPT if k in logs}
        if figures:
            seconds = round(self._before + time.monotonic() - self._started, 1)
            line = {"phase": self._phase, "step": state.global_step, "seconds": seconds} | figures
            with self._file.open("a") as file:
                file.write(json.dumps(line) + "\n")


class Budget(TrainerCallback):
    """Ends the training after a number of seconds, at the end of a step, with a last checkpoint."""

    def __init__(self, seconds: float) -> None:
        self.ends = time.monotonic() + seconds
        self.over = False

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Requests evaluation, checkpoint and stop when the time is over."""
        self.over = self.over or time.monotonic() > self.ends
        if self.over or state.global_step >= state.max_steps:
            control.should_training_stop = control.should_save = True
            control.should_evaluate = args.eval_strategy != "no"


def read(file: Path) -> list[dict[str, Any]]:
    """The logged steps; an incomplete last line is left out."""
    steps = []
    for line in file.read_text().splitlines() if file.exists() else []:
        try:
            steps.append(json.loads(line))
        except json.JSONDecodeError:
            break
    return steps


def spent(file: Path) -> float:
    """Seconds trained so far."""
    return max((float(s["seconds"]) for s in read(file)), default=0.0)


def plot(steps: list[dict[str, Any]], out: Path) -> None:
    """Plots losses and rewards over the steps, as a PNG."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 6), layout="constrained")
    losses, rewards = figure.subplots(2, 1, sharex=True)
    for axes, names in ((losses, ("preference", "imitation", "replay", "eval_loss")), (rewards, _REWARDS)):
        for name in names:
            points = [(n, s[name]) for n, s in enumerate(steps, start=1) if name in s]
            if points:
                axes.plot(*zip(*points, strict=True), label=name, marker="o" if name.startswith("eval") else None)
        axes.legend(frameon=False)
        axes.grid(alpha=0.3)
    losses.set_ylabel("loss, nats")
    rewards.set(ylabel="reward", xlabel="logged steps")
    part = out.with_suffix(".part")
    FigureCanvasAgg(figure).print_png(part)
    part.rename(out)


_REWARDS: Final = ("margin", "reward_chosen", "reward_rejected", "eval_margin")
