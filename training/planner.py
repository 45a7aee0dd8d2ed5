"""A GGUF asked for plans in this process, one after another, for evaluation and the gate. The API has an engine."""

from __future__ import annotations

import ctypes
from pathlib import Path
from typing import Any, Final

import numpy as np

from cc_common.errors import InvalidInput
from cc_common.plan import STATIC_MESSAGES

CONTEXT: Final = 2048
MOST_TOKENS: Final = 160


class Planner:
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
        """The model's line for these messages."""
        from llguidance import LLMatcher

        matcher = LLMatcher(self._tokenizer, LLMatcher.grammar_from_lark(grammar))
        if matcher.is_error():
            raise InvalidInput(matcher.get_error())
        self._llama.n_tokens = self._prefix
        self._llama.eval(self._tokens(_chat(messages[len(STATIC_MESSAGES) :]) + "<|im_start|>assistant\n"))
        tokens: list[int] = []
        while not matcher.is_stopped() and len(tokens) < MOST_TOKENS:
            step = matcher.compute_ff_tokens() or [self._best(matcher)]
            matcher.consume_tokens(step)
            tokens += step
            if not matcher.is_stopped():
                self._llama.eval(step)
        return self._llama.detokenize(tokens).decode(errors="replace").strip()

    def _best(self, matcher: Any) -> int:
        """The likeliest token the grammar allows."""
        matcher.unsafe_compute_mask_ptr(self._mask.ctypes.data, self._mask.nbytes)
        allowed = np.flatnonzero(np.unpackbits(self._mask.view(np.uint8), bitorder="little"))
        pointer = self._llama_cpp.llama_get_logits_ith(self._llama._ctx.ctx, -1)
        logits = np.ctypeslib.as_array(
            ctypes.cast(pointer, ctypes.POINTER(ctypes.c_float)), (self._tokenizer.vocab_size,)
        )
        return int(allowed[np.argmax(logits[allowed])])

    def _tokens(self, text: str) -> list[int]:
        return list(self._llama.tokenize(text.encode(), add_bos=False, special=True))


def _chat(messages: Any) -> str:
    return "".join(f"<|im_start|>{m['role']}\n{m['content']}<|im_end|>\n" for m in messages)
