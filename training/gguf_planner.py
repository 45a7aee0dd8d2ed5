"""Plans with a GGUF in this process, one question after another, for evaluation and the gate. The API has an engine."""

from __future__ import annotations

import ctypes
from pathlib import Path
from typing import Any, Final

import numpy as np

from cc_common.core.errors import InvalidInput
from cc_common.planning import STATIC_MESSAGES
from cc_common.planning.prompt import LogitBias

CONTEXT: Final = 2048
MAX_TOKENS: Final = 160
END: Final = "<|im_end|>"


class GgufPlanner:
    """Greedy decoding under a grammar; the static messages stay in the KV cache between questions."""

    def __init__(self, gguf: Path, *, threads: int = 2) -> None:
        import llama_cpp
        from llguidance.llamacpp import lltokenizer_from_vocab

        self._llama_cpp = llama_cpp
        self._llama = llama_cpp.Llama(str(gguf), n_ctx=CONTEXT, n_threads=threads, n_batch=512, verbose=False)
        self._tokenizer = lltokenizer_from_vocab(self._llama._model.vocab)
        self._mask = np.zeros((self._tokenizer.vocab_size + 31) // 32, dtype=np.int32)
        self._llama.eval(self._tokens(_chat(STATIC_MESSAGES)))
        self._prefix = self._llama.n_tokens

    def plan(self, messages: list[dict[str, str]], grammar: str) -> str:
        """Decodes the model's line for these messages."""
        return self.text(self.tokens(messages, grammar))

    def tokens(self, messages: list[dict[str, str]], grammar: str) -> list[int]:
        """Decodes the line for these messages as tokens."""
        matcher, leaning = self._matcher(grammar), self._leaning(grammar)
        self._llama.n_tokens = self._prefix
        self._llama.eval(self._asked(messages))
        tokens: list[int] = []
        while not matcher.is_stopped() and len(tokens) < MAX_TOKENS:
            step = matcher.compute_ff_tokens() or [leaning.best(self._allowed(matcher), self._newest_logits())]
            matcher.consume_tokens(step)
            leaning.follow(step)
            tokens += step
            if not matcher.is_stopped():
                self._llama.eval(step)
        return tokens

    def text(self, tokens: list[int]) -> str:
        """Detokenises."""
        return self._llama.detokenize(tokens).decode(errors="replace").strip()

    def logits(self, messages: list[dict[str, str]], tokens: list[int]) -> np.ndarray:
        """Logits at each of `tokens`, given those before it: (tokens, vocabulary), without a grammar."""
        prompt = self._asked(messages)
        self._llama.n_tokens = self._prefix
        self._llama._logits_all = True  # for this batch only; the default is the last token's logits
        try:
            self._llama.eval([*prompt, *tokens])
        finally:
            self._llama._logits_all = False
        first = self._prefix + len(prompt) - 1
        return np.array(self._llama.scores[first : first + len(tokens)])

    def logp(self, messages: list[dict[str, str]], line: str) -> float:
        """The log-probability (nats) of this line with its end, without a grammar."""
        tokens = self._tokens(f"{line}{END}")
        logits = self.logits(messages, tokens).astype(np.float64)
        highest = logits.max(axis=1)
        normaliser = highest + np.log(np.exp(logits - highest[:, None]).sum(axis=1))
        return float((logits[np.arange(len(tokens)), tokens] - normaliser).sum())

    def would_say(self, tokens: list[int], grammar: str, logits: np.ndarray) -> bool:
        """Whether greedy decoding with these logits under the grammar yields the same `tokens`."""
        matcher, leaning, at = self._matcher(grammar), self._leaning(grammar), 0
        while at < len(tokens):
            forced, allowed = matcher.compute_ff_tokens(), self._allowed(matcher)
            if not forced and leaning.best(allowed, logits[at]) != tokens[at]:
                return False
            step = forced or tokens[at : at + 1]
            matcher.consume_tokens(step)
            leaning.follow(step)
            at += len(step)
        return True

    def close(self) -> None:
        """Frees the model's memory."""
        self._llama.close()

    def _asked(self, messages: list[dict[str, str]]) -> list[int]:
        return self._tokens(_chat(messages[len(STATIC_MESSAGES) :]) + "<|im_start|>assistant\n")

    def _matcher(self, grammar: str) -> Any:
        from llguidance import LLMatcher

        matcher = LLMatcher(self._tokenizer, LLMatcher.grammar_from_lark(grammar))
        if matcher.is_error():
            raise InvalidInput(matcher.get_error())
        return matcher

    def _leaning(self, grammar: str) -> LogitBias:
        return LogitBias(self._tokenizer, grammar, self._tokenizer.vocab_size)

    def _newest_logits(self) -> np.ndarray:
        """Logits of the next token over the whole vocabulary."""
        return self._logits_of(self._llama._ctx.ctx, -1)

    def _logits_of(self, context: Any, at: int) -> np.ndarray:
        """Logits at an index of the context's newest batch: a view, valid until the next decode."""
        pointer = self._llama_cpp.llama_get_logits_ith(context, at)
        return np.ctypeslib.as_array(
            ctypes.cast(pointer, ctypes.POINTER(ctypes.c_float)), (self._tokenizer.vocab_size,)
        )

    def _allowed(self, matcher: Any) -> np.ndarray:
        matcher.unsafe_compute_mask_ptr(self._mask.ctypes.data, self._mask.nbytes)
        return np.flatnonzero(np.unpackbits(self._mask.view(np.uint8), bitorder="little"))

    def _tokens(self, text: str) -> list[int]:
        return list(self._llama.tokenize(text.encode(), add_bos=False, special=True))


def _chat(messages: Any) -> str:
    return "".join(f"<|im_start|>{m['role']}\n{m['content']}<|im_end|>\n" for m in messages)
