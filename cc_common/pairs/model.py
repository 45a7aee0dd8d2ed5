"""Pair, Unpaired, PairSet: derived from ratings, never edited, the same whenever they are made of the same ratings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from cc_common.pairs.choices import Spans
from cc_common.plan.prompt import Message
from cc_common.window import Window

How = Literal["same_prompt", "correction", "transplant", "product"]
Strategy = Literal["default", "product"]
Prompt = tuple[Message, ...]


@dataclass(frozen=True, kw_only=True)
class Pair:
    """Two plan lines for one prompt; `*_free`: the characters that the grammar left the model a choice of."""

    prompt: Prompt
    chosen: str
    rejected: str
    how: How
    sources: tuple[str, ...]  # experience ids
    rating_ids: tuple[int, ...]
    chosen_free: Spans = ()
    rejected_free: Spans = ()


@dataclass(frozen=True, kw_only=True)
class Unpaired:
    """A plan line that was liked or disliked, with nothing to set beside it."""

    prompt: Prompt
    completion: str
    up: bool
    source: str
    rating_id: int
    free: Spans = ()


@dataclass(frozen=True, kw_only=True)
class PairSet:
    """All that a window's ratings say, and of each rating that says nothing, why."""

    pairs: tuple[Pair, ...] = ()
    unpaired: tuple[Unpaired, ...] = ()
    left_out: Mapping[str, int] = field(default_factory=dict)  # ratings by reason
    remarks: Mapping[str, int] = field(default_factory=dict)  # what is worth knowing of those used
    window: Window | None = None  # from the first rating to the last; None without any

    @property
    def counts(self) -> dict[str, int]:
        """Pairs by kind; unpaired by thumb."""
        kinds = Counter[str](pair.how for pair in self.pairs)
        return {**kinds, **Counter(f"unpaired_{'up' if u.up else 'down'}" for u in self.unpaired)}
