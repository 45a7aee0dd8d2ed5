"""Everything that decides a night's adapter, beside the pairs, the parent and the catalogue."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """Measured in training/LOG.md. `replay` is the share of replayed questions among the rows of a batch."""

    rank: int = 16
    beta: float = 0.1
    imitation: float = 1.0  # weight of the chosen line's own cross-entropy beside the preference
    learning_rate: float = 5e-4
    batch: int = 16
    epochs: float = 2.0
    replay: float = 0.4
    forced: bool = False  # score the tokens, too, that the grammar leaves no choice about
    seed: int = 1
    minutes: float = 15.0  # for all steps together, those before a kill included
    check_every: int = 10  # steps between two checkpoints, each judged on pairs kept aside
