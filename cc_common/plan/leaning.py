"""What words make likely but not certain, as a leaning: the model needs better reasons to say otherwise.

A grammar carries a narrower one in its comments (plan/language.py). Whoever does not read them is not bound by it; a
decoder takes RELUCTANCE nats off each token that leaves the narrower one, until the first such token is said.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt
from llguidance import LLMatcher, LLTokenizer
from llguidance.numpy import allocate_token_bitmask, fill_next_token_bitmask

from cc_common.plan.language import likely_of

RELUCTANCE: Final = 8.0  # nats; a night's lesson moves a taught line by more

Tokens = npt.NDArray[np.intp]


class Leaning:
    """Weighs one plan's tokens while it is decoded."""

    def __init__(self, tokenizer: LLTokenizer, grammar: str, size: int) -> None:
        likely = likely_of(grammar)
        self._matcher = LLMatcher(tokenizer, LLMatcher.grammar_from_lark(likely), log_level=0) if likely else None
        self._mask: Any = allocate_token_bitmask(1, size) if likely else None

    def best(self, allowed: Tokens, logits: npt.NDArray[np.float32]) -> int:
        """The token to say, of those that the wide grammar allows; `logits` are of the whole vocabulary."""
        weighed = logits[allowed]
        if self._matcher is not None:
            fill_next_token_bitmask(self._matcher, self._mask)
            inside = np.unpackbits(self._mask.view(np.uint8), bitorder="little")[allowed]
            weighed = weighed - RELUCTANCE * (1 - inside.astype(np.float32))
        return int(allowed[weighed.argmax()])

    def follow(self, tokens: list[int]) -> None:
        """These were said; the first that leaves the narrower grammar ends the leaning."""
        if self._matcher is not None and self._matcher.try_consume_tokens(tokens) != len(tokens):
            self._matcher = None
