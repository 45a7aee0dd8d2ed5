"""Where a plan line was the model's choice: most of its characters the grammar dictates, and nobody preferred those.

The grammar is followed byte by byte, so the result holds for any tokenizer: a token is a choice when one of its
characters is. "latest 1 a: kpi trend" of one machine and one metric has three choices: l, k, t, and to stop there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache

import numpy as np
from llguidance import LLMatcher, LLTokenizer
from llguidance.numpy import allocate_token_bitmask, fill_next_token_bitmask

from cc_common.errors import InvalidInput

Spans = tuple[tuple[int, int], ...]  # half-open positions in the line; (len, len + 1): that it ends there


class LineGrammar:
    """A prompt's grammar, ready to judge lines."""

    def __init__(self, lark: str) -> None:
        self._matcher = LLMatcher(_bytes(), LLMatcher.grammar_from_lark(lark), log_level=0)
        if self._matcher.is_error():
            raise InvalidInput(f"The grammar does not compile: {self._matcher.get_error()}")
        self._known: dict[str, Spans] = {}

    def admits(self, line: str) -> bool:
        """Whether the model could have said this line."""
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


def free_tokens(offsets: Sequence[tuple[int, int]], spans: Spans) -> list[bool]:
    """Which tokens were a choice, by their half-open character offsets in the line; (len, len + 1) asks for its end."""
    return [any(start < b and a < end for a, b in spans) for start, end in offsets]


@cache
def _bytes() -> LLTokenizer:
    return LLTokenizer("byte")
