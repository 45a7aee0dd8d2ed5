"""Packed batches without redundant computation: the prompt once, then the chosen and the rejected continuation.

A pair is one row: prompt, branch 1, branch 2. Both branches take the positions after the prompt, and neither attends to
the other. The common prefix of both lines belongs to the prompt: in the loss of a pair it cancels out exactly. A row
with one branch is an unpaired example, or a replayed one, whose branch is only the line's head.

Only tokens that were a choice are scored: tokens that the grammar forces express no preference.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cc_common.feedback.pairs import free_token_mask

Line = tuple[list[int], list[bool]]  # token ids, and flags of those that were a choice
NO_BRANCH, PADDING, REPLAYED = 0, -1, -1


@dataclass(frozen=True)
class Row:
    """Token ids of a prompt and of its branches; `free` flags the scored ones."""

    prompt: list[int]
    branches: tuple[list[int], ...]
    free: tuple[list[bool], ...]

    def __len__(self) -> int:
        return len(self.prompt) + sum(map(len, self.branches))


def pair_row(prompt: list[int], chosen: Line, rejected: Line) -> Row:
    """A row of a pair, with the common prefix moved to the prompt."""
    common = next((i for i, (a, b) in enumerate(zip(chosen[0], rejected[0], strict=False)) if a != b), 0)
    return Row(
        prompt + chosen[0][:common],
        (chosen[0][common:], rejected[0][common:]),
        (chosen[1][common:], rejected[1][common:]),
    )


@dataclass
class Packer:
    """Collates trl's tokenised rows to a batch; with `replay`, a share of every batch is drawn from it.

    The draw depends on the batch alone, so that a resumed training replays the same rows.
    """

    tokenizer: Any
    share: float = 0.0
    replay: Sequence[Row] = ()

    def __call__(self, examples: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """Tensors as of `tensors`, with trl's reference log-probabilities and the labels of unpaired examples."""
        import torch

        packed = tensors([self._row(e) for e in examples], self._drawn(examples))
        for key in ("ref_chosen_logps", "ref_rejected_logps", "ref_logps", "label"):
            if key in examples[0]:
                packed[key] = torch.tensor([e[key] for e in examples])
        return packed

    def _row(self, example: Mapping[str, Any]) -> Row:
        if "completion_ids" in example:
            line, free = self._line(example, "completion_ids", "free")
            return Row(example["prompt_ids"], (line,), (free,))
        chosen, rejected = (self._line(example, f"{side}_ids", f"{side}_free") for side in ("chosen", "rejected"))
        return pair_row(example["prompt_ids"], chosen, rejected)

    def _line(self, example: Mapping[str, Any], ids: str, free: str) -> Line:
        """The line up to its end token; the tokens that the chat template adds after it are no choice."""
        line, end = example[ids], self.tokenizer.eos_token_id
        line = line[: line.index(end) + 1] if end in line else line
        spans = tuple((a, b) for a, b in example.get(free) or ())
        if not spans:
            return line, [True] * len(line)
        return line, free_token_mask(self._offsets(line), spans)

    def _offsets(self, line: list[int]) -> list[tuple[int, int]]:
        """Character span of each token; the end token spans the one after the last."""
        ends = list(itertools.accumulate(len(text) for text in self.tokenizer.batch_decode([[t] for t in line[:-1]])))
        return list(itertools.pairwise([0, *ends, (ends or [0])[-1] + 1]))

    def _drawn(self, examples: Sequence[Mapping[str, Any]]) -> list[Row]:
        if not self.replay:
            return []
        count = max(1, round(len(examples) * self.share / (1 - self.share)))
        rng = random.Random(hash(tuple(t for e in examples for t in e["prompt_ids"])))  # noqa: S311
        return rng.choices(self.replay, k=count)


def tensors(rows: Sequence[Row], replayed: Sequence[Row]) -> dict[str, Any]:
    """input_ids, branch and position_ids (rows, longest); and of each scored token: source, target, owner.

    `source`: index of its logits in the flattened rows. `owner`: first branches, then second ones; replayed tokens
    have -1.
    """
    import torch

    everything = [*rows, *replayed]
    width = max(map(len, everything))
    ids, branch, positions = (torch.zeros(len(everything), width, dtype=torch.long) for _ in range(3))
    branch += PADDING
    scored: list[tuple[int, int, int]] = []
    for n, row in enumerate(everything):
        tokens = row.prompt + [t for b in row.branches for t in b]
        ids[n, : len(row)] = torch.tensor(tokens)
        branch[n, : len(row)] = torch.tensor(_branches(row))
        positions[n, : len(row)] = torch.tensor(_positions(row))
        owner = n if n < len(rows) else None
        scored += [(n * width + at, token, o) for at, token, o in _scored(row, owner, len(rows))]
    source, target, owners = torch.tensor(scored).T
    return {
        "input_ids": ids, "branch": branch, "position_ids": positions,
        "source": source, "target": target, "owner": owners,
    }  # fmt: skip


def _branches(row: Row) -> list[int]:
    return [NO_BRANCH] * len(row.prompt) + [n for n, b in enumerate(row.branches, start=1) for _ in b]


def _positions(row: Row) -> list[int]:
    start = len(row.prompt)
    return [*range(start), *(start + i for b in row.branches for i in range(len(b)))]


def _scored(row: Row, owner: int | None, rows: int) -> Iterator[tuple[int, int, int]]:
    """(index of the previous token, token, owner) of each scored token of the branches."""
    at = len(row.prompt)
    for n, (branch, free) in enumerate(zip(row.branches, row.free, strict=True)):
        for i in itertools.compress(range(len(branch)), free):
            before = len(row.prompt) - 1 if i == 0 else at + i - 1
            yield before, branch[i], REPLAYED if owner is None else owner + n * rows
        at += len(branch)
