"""Pair and its kinds, which questions are held out, and where a plan line was the model's choice."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Final, Literal

import numpy as np
from llguidance import LLMatcher, LLTokenizer
from llguidance.numpy import allocate_token_bitmask, fill_next_token_bitmask

from cc_common.core.errors import InvalidInput
from cc_common.core.windows import Window
from cc_common.planning.prompt import Message

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
    """A plan line that was liked or disliked and belongs to no pair."""

    prompt: Prompt
    completion: str
    up: bool
    source: str
    rating_id: int
    free: Spans = ()


@dataclass(frozen=True, kw_only=True)
class PairSet:
    """The pairs and unpaired lines of a window's ratings, and the ratings left out by reason."""

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


BUCKETS: Final = 10


def bucket(prompt: Sequence[Mapping[str, str]]) -> int:
    """0 to BUCKETS - 1 by the question, the first line of the user's turn; case and blanks do not matter."""
    question = prompt[-1]["content"].partition("\n")[0]
    digest = hashlib.sha256(" ".join(question.casefold().split()).encode()).digest()
    return int.from_bytes(digest[:8], "big") % BUCKETS


Spans = tuple[tuple[int, int], ...]  # half-open positions in the line; (len, len + 1): that it ends there


class LineGrammar:
    """A compiled grammar of one prompt."""

    def __init__(self, lark: str) -> None:
        self._matcher = LLMatcher(_bytes(), LLMatcher.grammar_from_lark(lark), log_level=0)
        if self._matcher.is_error():
            raise InvalidInput(f"The grammar does not compile: {self._matcher.get_error()}")
        self._known: dict[str, Spans] = {}

    def admits(self, line: str) -> bool:
        """Whether the grammar admits the line."""
        matcher, said = self._matcher.deep_copy(), list(line.encode())
        return matcher.try_consume_tokens(said) == len(said) and matcher.is_accepting()

    def free_spans(self, line: str) -> Spans:
        """The positions at which the grammar admitted more than one character; InvalidInput for a line it refuses."""
        if line not in self._known:
            self._known[line] = self._free_spans(line)
        return self._known[line]

    def _free_spans(self, line: str) -> Spans:
        if not self.admits(line):
            raise InvalidInput(f"The grammar does not admit {line!r}.")
        free: list[tuple[int, int]] = []
        for at, choices in enumerate(self._choices(line)):
            if choices > 1 and free and free[-1][1] == at:
                free[-1] = (free[-1][0], at + 1)
            elif choices > 1:
                free.append((at, at + 1))
        return tuple(free)

    def _choices(self, line: str) -> Iterator[int]:
        """How many bytes (or ends) could have come at each position, the line's end included."""
        matcher, mask = self._matcher.deep_copy(), allocate_token_bitmask(1, _bytes().vocab_size)
        for byte in [*line.encode(), None]:
            fill_next_token_bitmask(matcher, mask)
            yield int(np.unpackbits(mask.view(np.uint8)).sum())
            if byte is not None:
                matcher.consume_token(byte)


def free_token_mask(offsets: Sequence[tuple[int, int]], spans: Spans) -> list[bool]:
    """Which tokens were a choice, by their half-open character offsets in the line; (len, len + 1) asks for its end."""
    return [any(start < b and a < end for a, b in spans) for start, end in offsets]


@cache
def _bytes() -> LLTokenizer:
    return LLTokenizer("byte")
