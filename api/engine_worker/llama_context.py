"""A llama.cpp model and its context, over the C functions of llama_cpp. Independent of plans."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import llama_cpp
import numpy as np
import numpy.typing as npt

from cc_common.core.errors import ModelUnavailable

CONTEXT_TOKENS: Final = 2048
BATCH_TOKENS: Final = 256
LOG_ERROR: Final = 4
SEQUENCE: Final = 0
LOADAVG: Final = Path("/proc/loadavg")
CORES: Final = len(os.sched_getaffinity(0))


class Llama:
    """A GGUF model with one sequence in its KV cache."""

    def __init__(self, path: Path, *, threads: int) -> None:
        self._complaints: list[str] = []
        self._log = llama_cpp.llama_log_callback(self._note)  # kept: C holds no reference to it
        llama_cpp.llama_log_set(self._log, ctypes.c_void_p(0))
        llama_cpp.llama_backend_init()
        self.model = self._opened(llama_cpp.llama_model_load_from_file(bytes(path), _model_parameters()), path)
        context = llama_cpp.llama_init_from_model(self.model, _context_parameters(threads))
        self._context = self._opened(context, path)
        self._memory = llama_cpp.llama_get_memory(self._context)
        self._threads = threads
        self.vocabulary = llama_cpp.llama_model_get_vocab(self.model)
        self.size = llama_cpp.llama_vocab_n_tokens(self.vocabulary)

    def tokens(self, text: str) -> list[int]:
        """The tokens of `text`, in which the marks of the chat template count as such."""
        raw = text.encode()
        room = len(raw) + 8
        buffer = (llama_cpp.llama_token * room)()
        count = llama_cpp.llama_tokenize(self.vocabulary, raw, len(raw), buffer, room, False, True)
        return list(buffer[:count])

    def mark(self, token: int) -> str:
        """The text of a special token; "" where the vocabulary has none."""
        text = llama_cpp.llama_vocab_get_text(self.vocabulary, token) if token >= 0 else b""
        return str(text.decode())

    def chat_template(self) -> str:
        """The Jinja template in the file's metadata."""
        return str(llama_cpp.llama_model_chat_template(self.model, None).decode())

    def keep(self, count: int) -> None:
        """Forgets everything after the first `count` tokens."""
        llama_cpp.llama_memory_seq_rm(self._memory, SEQUENCE, count, -1)

    def evaluate(self, tokens: Sequence[int]) -> None:
        """Appends up to BATCH_TOKENS tokens to the sequence."""
        threads = min(self._threads, max(1, _idle_cores()))
        llama_cpp.llama_set_n_threads(self._context, threads, threads)
        batch = (llama_cpp.llama_token * len(tokens))(*tokens)
        status = llama_cpp.llama_decode(self._context, llama_cpp.llama_batch_get_one(batch, len(tokens)))
        if status != 0:
            raise RuntimeError(f"llama_decode failed with {status}: {self._last_complaint()}")

    def logits(self) -> npt.NDArray[np.float32]:
        """The scores of all tokens after the last one: a view, good until the next evaluate()."""
        pointer = llama_cpp.llama_get_logits_ith(self._context, -1)
        return np.ctypeslib.as_array(pointer, shape=(self.size,))

    def _opened(self, pointer: Any, path: Path) -> Any:
        if not pointer:
            raise ModelUnavailable(f"llama.cpp cannot load {path}: {self._last_complaint()}")
        return pointer

    def _last_complaint(self) -> str:
        return self._complaints[0] if self._complaints else "no reason given"

    def _note(self, level: int, text: bytes, _data: object) -> None:
        """llama.cpp's errors go to stderr, and the first since the start is the cause; the rest is chatter."""
        if level == LOG_ERROR:
            line = text.decode(errors="replace").strip()
            self._complaints = [*self._complaints, line][:8]
            sys.stderr.write(f"{line}\n")


def _idle_cores() -> int:
    """Cores that no other process wants at this moment.

    llama.cpp's threads wait for each other at every layer, so one of them without a core delays all: on two cores at
    a load of 4.7 a token took 28-40 ms with one thread and 78-90 with two. The scores do not depend on it.
    """
    running = int(LOADAVG.read_text().split()[3].split("/")[0])
    return CORES - (running - 1)


def _model_parameters() -> Any:
    parameters = llama_cpp.llama_model_default_params()
    parameters.n_gpu_layers = 0
    return parameters


def _context_parameters(threads: int) -> Any:
    parameters = llama_cpp.llama_context_default_params()
    parameters.n_ctx = CONTEXT_TOKENS
    parameters.n_batch = parameters.n_ubatch = BATCH_TOKENS
    parameters.n_threads = parameters.n_threads_batch = threads
    parameters.flash_attn_type = llama_cpp.LLAMA_FLASH_ATTN_TYPE_ENABLED
    parameters.no_perf = True
    return parameters
