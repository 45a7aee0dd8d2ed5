"""Decodes a plan from messages and a grammar: chat template, static prefix in the KV cache, constrained decoding.

Reproducible by construction: the prefix is always evaluated alone and whole, the rest always from its end, so the
batches (whose shape moves the floats' last bits) depend on the request only, never on what was asked before.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import takewhile
from pathlib import Path
from time import monotonic
from typing import Any, Final, cast

import jinja2
import llama_cpp
from llama_cpp.llama_chat_format import Jinja2ChatFormatter
from llguidance import LLMatcher
from llguidance.llamacpp import lltokenizer_from_vocab

from api.engine_worker.constrained_decoding import Decoding
from api.engine_worker.llama_context import BATCH_TOKENS, CONTEXT_TOKENS, Llama
from cc_common.core.errors import InvalidInput, ModelUnavailable
from cc_common.planning.prompt import LogitBias

Messages = Sequence[Mapping[str, str]]
PROBES: Final = ("a", "1")  # two questions that share nothing: what their prompts share is static


class PlanDecoder:
    """One loaded model."""

    def __init__(self, path: Path, *, threads: int) -> None:
        self._llama = Llama(path, threads=threads)
        self._tokenizer = lltokenizer_from_vocab(self._llama.vocabulary)
        self._template = self._chat_template()
        self._prefix: list[int] = []
        self._primed = False

    def prime(self, static_messages: Messages) -> None:
        """Evaluates what every prompt with these first messages begins with."""
        try:
            prompts = [self._prompt([*static_messages, {"role": "user", "content": probe}]) for probe in PROBES]
        except (jinja2.TemplateError, ValueError) as exc:
            raise ModelUnavailable(f"The model's chat template does not take our messages: {exc}.") from exc
        shared = takewhile(lambda pair: pair[0] == pair[1], zip(*prompts, strict=False))
        self._prefix = [token for token, _ in shared]
        self._primed = False
        self._place(self._prefix)

    def plan(self, messages: Messages, grammar: str, max_tokens: int, *, budget_s: float) -> dict[str, Any]:
        """The plan's text, with counts and milliseconds; ValueError for a grammar that does not compile."""
        deadline = monotonic() + budget_s
        matcher = self._matcher(grammar)
        prompt = self._prompt(messages)
        if len(prompt) + max_tokens > CONTEXT_TOKENS:
            raise InvalidInput(f"The prompt has {len(prompt)} tokens, too many for the model.")
        rest = self._place(prompt)
        leaning = LogitBias(self._tokenizer, grammar, self._llama.size)
        return Decoding(self._llama, self._tokenizer, matcher, leaning, max_tokens, deadline).run(rest)

    def _place(self, prompt: list[int]) -> list[int]:
        """Readies the KV cache for `prompt`; the tokens that are still to be evaluated."""
        known = self._prefix if prompt[: len(self._prefix)] == self._prefix else []
        if known and not self._primed:
            self._llama.keep(0)
            for batch in _batches(known):
                self._llama.evaluate(batch)
        self._primed = bool(known)
        self._llama.keep(len(known))
        return prompt[len(known) :]

    def _prompt(self, messages: Messages) -> list[int]:
        return self._llama.tokens(self._template(messages=cast(Any, messages)).prompt)

    def _matcher(self, grammar: str) -> LLMatcher:
        matcher = LLMatcher(self._tokenizer, LLMatcher.grammar_from_lark(grammar), log_level=0)
        if matcher.is_error():
            raise ValueError(f"The grammar does not compile: {matcher.get_error()}")
        return matcher

    def _chat_template(self) -> Jinja2ChatFormatter:
        vocabulary = self._llama.vocabulary
        return Jinja2ChatFormatter(
            self._llama.chat_template(),
            eos_token=self._llama.mark(llama_cpp.llama_vocab_eos(vocabulary)),
            bos_token=self._llama.mark(llama_cpp.llama_vocab_bos(vocabulary)),
        )


def _batches(tokens: list[int]) -> Iterator[list[int]]:
    return (tokens[i : i + BATCH_TOKENS] for i in range(0, len(tokens), BATCH_TOKENS))
