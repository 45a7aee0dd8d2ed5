"""Greedy decoding under a grammar; tokens that the grammar forces are appended without a decoding step."""

from __future__ import annotations

from time import monotonic
from typing import Any

import numpy as np
import numpy.typing as npt
from llguidance import LLMatcher, LLTokenizer
from llguidance.numpy import allocate_token_bitmask, fill_next_token_bitmask

from api.engine_worker.llama_context import BATCH_TOKENS, Llama
from cc_common.core.errors import DeadlineExceeded
from cc_common.planning.prompt import LogitBias


class Decoding:
    """One plan in the making."""

    def __init__(
        self,
        llama: Llama,
        tokenizer: LLTokenizer,
        matcher: LLMatcher,
        leaning: LogitBias,
        max_tokens: int,
        deadline: float,
    ) -> None:
        self._llama, self._tokenizer, self._matcher, self._leaning = llama, tokenizer, matcher, leaning
        self._max_tokens, self._deadline = max_tokens, deadline
        self._mask = allocate_token_bitmask(1, llama.size)
        self._written: list[int] = []
        self._pending: list[int] = []  # not evaluated yet
        self._forced = self._sampled = 0
        self._first_ms = 0.0

    def run(self, prompt: list[int]) -> dict[str, Any]:
        """Evaluates `prompt` and decodes until the grammar ends; DeadlineExceeded past the time or token bound."""
        started, self._pending = monotonic(), list(prompt)
        while (choices := self._choices()) is not None:
            self._evaluate()
            self._first_ms = self._first_ms or (monotonic() - started) * 1e3
            self._write([self._leaning.best(choices, self._llama.logits())])
            self._sampled += 1
        return self._report(len(prompt), (monotonic() - started) * 1e3)

    def _choices(self) -> npt.NDArray[np.intp] | None:
        """Writes all that the grammar dictates; the tokens it then leaves a choice of, None at its end."""
        while not self._matcher.is_stopped():
            dictated = self._matcher.compute_ff_tokens()
            if not dictated:
                allowed = self._allowed()
                if len(allowed) > 1:
                    return allowed
                dictated = [int(allowed[0])]
            self._write(dictated)
            self._forced += len(dictated)
        return None

    def _allowed(self) -> npt.NDArray[np.intp]:
        """The tokens the grammar admits next."""
        fill_next_token_bitmask(self._matcher, self._mask)
        self._check()
        return np.flatnonzero(np.unpackbits(self._mask.view(np.uint8), bitorder="little")[: self._llama.size])

    def _write(self, tokens: list[int]) -> None:
        self._matcher.consume_tokens(tokens)
        self._check()
        self._leaning.follow(tokens)
        self._written += tokens
        self._pending += tokens
        if len(self._written) > self._max_tokens:
            raise DeadlineExceeded(f"The model did not finish its plan within {self._max_tokens} tokens.")

    def _check(self) -> None:
        if self._matcher.is_error():
            raise ValueError(f"The grammar cannot be followed: {self._matcher.get_error()}")

    def _evaluate(self) -> None:
        for start in range(0, len(self._pending), BATCH_TOKENS):
            if monotonic() > self._deadline:
                raise DeadlineExceeded
            self._llama.evaluate(self._pending[start : start + BATCH_TOKENS])
        self._pending = []

    def _report(self, prefill_tokens: int, total_ms: float) -> dict[str, Any]:
        written = [t for t in self._written if not self._tokenizer.is_special_token(t)]
        return {
            "text": self._tokenizer.decode_str(written),
            "prefill_tokens": prefill_tokens,
            "forced_tokens": self._forced,
            "sampled_tokens": self._sampled,
            "prefill_ms": self._first_ms,
            "decode_ms": total_ms - self._first_ms,
        }
