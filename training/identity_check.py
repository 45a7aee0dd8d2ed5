"""Checks that a GGUF equals the trained model, by comparison with the torch model of the same base and adapters.

Exports that silently lose the fine-tuning are a common failure. Three measures on fixed questions, along the lines that
the GGUF generates: the mean KL divergence per token (torch against GGUF, over the whole vocabulary, nats); whether both
plan the same under the grammar; and how much of the last adapter arrived. The third is needed because a night's step
can be smaller than the quantisation noise: it projects the GGUF's difference from the torch model without that adapter
onto the adapter's own effect; 1 when it is fully present, 0 when it is missing.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from cc_common.catalog.store import Catalog
from cc_common.core.errors import SetupError
from cc_common.planning import build_grammar, build_messages, refuse_unknown_names
from cc_common.understanding import Resolver
from training.corpus import NOW, samples
from training.gguf_planner import GgufPlanner

QUESTIONS: Final = 24
SEED: Final = 20_260_302
Asked = tuple[list[dict[str, str]], str]  # messages, grammar
# Bounds, derived from the measurements in training/LOG.md.
MAX_KL: Final = 0.015
MIN_SAME_PLANS: Final = 0.9
ARRIVED: Final = (0.6, 1.4)


@dataclass(frozen=True, kw_only=True)
class Identity:
    """How far a GGUF is from its torch model. `kl`: mean nats per token; `same_plans`: a share."""

    kl: float
    kl_worst: float  # maximum over tokens
    same_plans: float
    arrived: float  # share of the last adapter's effect
    questions: int
    tokens: int

    @property
    def holds(self) -> bool:
        """Whether every measure is within its bounds."""
        there = ARRIVED[0] <= self.arrived <= ARRIVED[1]
        return self.kl <= MAX_KL and self.same_plans >= MIN_SAME_PLANS and there

    def figures(self) -> dict[str, Any]:
        """The measures and bounds as JSON values."""
        return asdict(self) | {"holds": self.holds, "words": self.words(), "demand": self.demand()}

    def words(self) -> str:
        """The measures in words."""
        return f"KL {self.kl:.4f}, {self.same_plans:.0%} same plans, {self.arrived:.0%} of the adapter arrived"

    @staticmethod
    def demand() -> str:
        """The bounds in words."""
        return f"KL at most {MAX_KL}, at least {MIN_SAME_PLANS:.0%} and {ARRIVED[0]:.0%} to {ARRIVED[1]:.0%}"


def check_identity(gguf: Path, base: Path, adapters: Sequence[Path], catalog: Catalog) -> Identity:
    """Measures and checks; SetupError when this GGUF is not base + adapters."""
    found = measure_divergence(gguf, base, adapters, catalog)
    if not found.holds:
        raise SetupError(f"{gguf.name} is not the model that was trained: {found.words()}; demanded: {found.demand()}.")
    return found


def measure_divergence(gguf: Path, base: Path, adapters: Sequence[Path], catalog: Catalog) -> Identity:
    """Measures how far `gguf` is from base + adapters."""
    planner = GgufPlanner(gguf)
    asked = list(itertools.islice(_asked(catalog), QUESTIONS))
    lines = [planner.tokens(messages, rules) for messages, rules in asked]
    theirs = np.concatenate([_log_softmax(planner.logits(m, line)) for (m, _), line in zip(asked, lines, strict=True)])
    twin = _Twin(base, adapters[:-1])
    before = twin.logps(asked, lines)
    twin.add(adapters[-1:])
    ours = twin.logps(asked, lines)
    kl = (np.exp(ours) * (ours - theirs)).sum(axis=1)
    split = np.cumsum([len(line) for line in lines])[:-1]
    same = [
        planner.would_say(line, rules, logps)
        for (_, rules), line, logps in zip(asked, lines, np.split(ours, split), strict=True)
    ]
    planner.close()
    return Identity(
        kl=round(float(kl.mean()), 5),
        kl_worst=round(float(kl.max()), 4),
        same_plans=sum(same) / len(same),
        arrived=round(_arrived(theirs - before, ours - before), 3),
        questions=len(lines),
        tokens=len(kl),
    )


def _arrived(found: np.ndarray, wanted: np.ndarray) -> float:
    """The projection of `found` onto `wanted`, in units of `wanted`; 1 where `wanted` is 0."""
    size = float((wanted * wanted).sum())
    return float((found * wanted).sum()) / size if size else 1.0


def _asked(catalog: Catalog) -> Iterator[Asked]:
    """Messages and grammars of the questions that need the model."""
    resolver = Resolver(catalog)
    for sample in samples(catalog, SEED):
        resolution = resolver.resolve(sample.question, now=NOW)
        if sample.before is None and refuse_unknown_names(resolution) is None:
            yield build_messages(resolution), build_grammar(resolution, catalog)


class _Twin:
    """The torch model of the base and its adapters, float32."""

    def __init__(self, base: Path, adapters: Sequence[Path]) -> None:
        from training.base import load_base

        model, self._tokenizer = load_base(base)
        self._model = model.float().eval()
        self.add(adapters)

    def add(self, adapters: Sequence[Path]) -> None:
        """Merges adapters."""
        from training.adapter import merge

        merge(self._model, adapters)

    def logps(self, asked: Sequence[Asked], lines: Sequence[list[int]]) -> np.ndarray:
        """Log-probabilities at each token of each line: (tokens, vocabulary)."""
        return np.concatenate([self._logps(m, line) for (m, _), line in zip(asked, lines, strict=True)])

    def _logps(self, messages: list[dict[str, str]], tokens: list[int]) -> np.ndarray:
        import torch

        prompt = self._tokenizer.apply_chat_template(messages, add_generation_prompt=True, return_dict=False)
        with torch.no_grad():
            ids = torch.tensor([[*prompt, *tokens]], device=self._model.device)
            logits = self._model(ids, logits_to_keep=len(tokens) + 1).logits[0, :-1].cpu().numpy()
        return _log_softmax(logits)


def _log_softmax(logits: np.ndarray) -> np.ndarray:
    shifted = logits - logits.max(axis=1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True, dtype=np.float64)))
