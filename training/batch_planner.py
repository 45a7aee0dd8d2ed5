"""Batched planning: decodes several questions in parallel, so that each weight is read once for all of them.

On a CPU reading the weights dominates the time, so that a batch of eight takes little longer than one question.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from cc_common.core.errors import SetupError
from cc_common.planning.prompt import LogitBias
from training.evaluate import Prompt
from training.gguf_planner import MAX_TOKENS, GgufPlanner

SEATS: Final = 8
_CELLS: Final = 8192  # size of the KV cache, shared by all seats
_BATCH: Final = 2048  # most tokens per decode call


@dataclass(kw_only=True)
class _Saying:
    """A line being decoded: its tokens so far, and the tokens not yet in the cache."""

    place: int  # index of its question
    seat: int  # sequence id in the KV cache
    matcher: Any
    leaning: LogitBias
    pending: list[int]
    read: int  # number of tokens in the cache
    said: list[int] = field(default_factory=list)

    @property
    def over(self) -> bool:
        """Whether the line is complete."""
        return self.matcher.is_stopped() or len(self.said) >= MAX_TOKENS

    def go_on(self, step: list[int]) -> None:
        """Appends tokens."""
        self.matcher.consume_tokens(step)
        self.leaning.follow(step)
        self.said += step
        self.pending = step


class BatchPlanner(GgufPlanner):
    """A planner for batches of prompts; close() frees both contexts."""

    def __init__(self, gguf: Path, *, threads: int = 2) -> None:
        super().__init__(gguf, threads=threads)
        api = self._llama_cpp
        given = api.llama_context_default_params()
        given.n_ctx, given.n_batch, given.n_seq_max, given.kv_unified = _CELLS, _BATCH, SEATS + 1, True
        given.n_threads = given.n_threads_batch = threads
        self._many = api.llama_init_from_model(self._llama._model.model, given)
        if not self._many:
            super().close()
            raise SetupError(f"llama.cpp cannot open {gguf.name} for {SEATS} questions at once: is memory short?")
        self._memory = api.llama_get_memory(self._many)
        self._batch = api.llama_batch_init(_BATCH, 0, 1)
        self._decode([(list(self._llama.input_ids[: self._prefix]), 0, SEATS)])  # the last seat holds the shared prefix

    def plans(self, asked: Sequence[Prompt]) -> list[str]:
        """Decodes a line for each prompt, in the order asked."""
        lines = [""] * len(asked)
        waiting = iter(enumerate(asked))
        saying: dict[int, _Saying] = {}
        while True:
            for seat in set(range(SEATS)) - saying.keys():
                if (turn := next(waiting, None)) is not None:
                    saying[seat] = self._seated(seat, *turn)
            if not saying:
                return lines
            for one in self._further(list(saying.values())):
                if one.over:
                    lines[one.place] = self.text(one.said)
                    del saying[one.seat]

    def close(self) -> None:
        """Frees the memory."""
        self._llama_cpp.llama_batch_free(self._batch)
        self._llama_cpp.llama_free(self._many)
        super().close()

    def _seated(self, seat: int, place: int, prompt: Prompt) -> _Saying:
        messages, grammar = prompt
        self._llama_cpp.llama_memory_seq_rm(self._memory, seat, -1, -1)
        self._llama_cpp.llama_memory_seq_cp(self._memory, SEATS, seat, 0, self._prefix)
        matcher, leaning = self._matcher(grammar), self._leaning(grammar)
        return _Saying(
            place=place, seat=seat, matcher=matcher, leaning=leaning, pending=self._asked(messages), read=self._prefix
        )

    def _further(self, saying: Sequence[_Saying]) -> Iterator[_Saying]:
        """Advances lines by one step; lines that do not fit into the batch wait for the next."""
        taken, room = [], _BATCH
        for one in saying:
            if len(one.pending) <= room:
                taken.append(one)
                room -= len(one.pending)
        ends = self._decode([(one.pending, one.read, one.seat) for one in taken])
        for one, end in zip(taken, ends, strict=True):
            one.read += len(one.pending)
            one.go_on(one.matcher.compute_ff_tokens() or [self._chosen(one, end)])
            yield one

    def _decode(self, rows: Sequence[tuple[list[int], int, int]]) -> list[int]:
        """Decodes tokens of several seats from a position on; returns the batch index of each row's last token."""
        batch, at, ends = self._batch, 0, []
        for tokens, start, seat in rows:
            for offset, token in enumerate(tokens):
                batch.token[at], batch.pos[at] = token, start + offset
                batch.n_seq_id[at], batch.seq_id[at][0] = 1, seat
                batch.logits[at] = offset == len(tokens) - 1
                at += 1
            ends.append(at - 1)
        batch.n_tokens = at
        if self._llama_cpp.llama_decode(self._many, batch) != 0:
            raise SetupError("llama.cpp could not read the questions: is memory short?")
        return ends

    def _chosen(self, one: _Saying, end: int) -> int:
        return one.leaning.best(self._allowed(one.matcher), self._logits_of(self._many, end))
