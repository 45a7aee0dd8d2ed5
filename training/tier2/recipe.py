"""All hyperparameters of a night's adapter, besides the pairs, the parent and the catalogue."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """Chosen by measurements in training/LOG.md. `replay`: share of replayed questions among the rows of a batch."""

    rank: int = 16
    beta: float = 0.1
    imitation: float = 1.0  # weight of the chosen line's cross-entropy relative to the preference loss
    learning_rate: float = 5e-4
    batch: int = 16
    epochs: float = 2.0
    replay: float = 0.4
    forced: bool = False  # also score tokens that the grammar forces
    seed: int = 1
    minutes: float = 15.0  # for all steps, including those before a restart
    check_every: int = 10  # steps between two checkpoints, each evaluated on the validation set
