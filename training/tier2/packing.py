"""Batches in which nothing is computed twice: the prompt once, then what follows in the chosen and the rejected line.

A pair is one row: prompt, branch 1, branch 2. Both branches take up the positions after the prompt, and neither sees
the other. The words with which both lines begin belong to the prompt: in the loss of a pair they cancel out exactly.
A row with one branch is an unpaired example, or a replayed one, whose branch is only the line's head.

Of a line only the tokens are scored that were a choice: what the grammar dictates nobody preferred.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cc_common.feedback.pairs import free_token_mask

Line = tuple[list[int], list[bool]]  # token ids, and which of them were a choice
NO_BRANCH, PADDING, REPLAYED = 0, -1, -1


@dataclass(frozen=True)
class Row:
    """Token ids of a prompt and of what may follow it; `free` says of those which are scored."""

    prompt: list[int]
    branches: tuple[list[int], ...]
    free: tuple[list[bool], ...]

    def __len__(self) -> int:
        return len(self.prompt) + sum(map(len, self.branches))


def pair_row(prompt: list[int], chosen: Line, rejected: Line) -> Row:
    """A pair, its common beginning moved to the prompt."""
    common = next((i for i, (a, b) in enumerate(zip(chosen[0], rejected[0], strict=False)) if a != b), 0)
    return Row(
        prompt + chosen[0][:common],
        (chosen[0][common:], rejected[0][common:]),
        (chosen[1][common:], rejected[1][common:]),
    )


@dataclass
class Packer:
    """Makes a batch of trl's tokenised rows; with `replay`, a share of every batch is drawn from it.

    What is drawn depends on the batch alone, so a resumed training replays what it would have.
    """

    tokenizer: Any
    share: float = 0.0
    replay: Sequence[Row] = ()

    def __call__(self, examples: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """Tensors: see `tensors`; and what trl computed of the reference, and the thumbs of unpaired ones."""
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
        """Up to the token that ends it; what the chat template puts after that is no choice of the model."""
        line, end = example[ids], self.tokenizer.eos_token_id
        line = line[: line.index(end) + 1] if end in line else line
        spans = tuple((a, b) for a, b in example.get(free) or ())
        if not spans:
            return line, [True] * len(line)
        return line, free_token_mask(self._offsets(line), spans)

    def _offsets(self, line: list[int]) -> list[tuple[int, int]]:
        """Characters of each token; that which ends the line stands for one after its last."""
        ends = list(itertools.accumulate(len(text) for text in self.tokenizer.batch_decode([[t] for t in line[:-1]])))
        return list(itertools.pairwise([0, *ends, (ends or [0])[-1] + 1]))

    def _drawn(self, examples: Sequence[Mapping[str, Any]]) -> list[Row]:
        if not self.replay:
            return []
        count = max(1, round(len(examples) * self.share / (1 - self.share)))
        rng = random.Random(hash(tuple(t for e in examples for t in e["prompt_ids"])))  # noqa: S311
        return rng.choices(self.replay, k=count)


def tensors(rows: Sequence[Row], replayed: Sequence[Row]) -> dict[str, Any]:
    """input_ids, branch and position_ids (rows, longest); and of each token to score: source, target, owner.

    `source` is where its logits are, in the flattened rows. `owner` counts first branches, then second ones;
    replayed tokens have -1.
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
    """(place of the token before it, token, owner) of each token of the branches."""
    at = len(row.prompt)
    for n, (branch, free) in enumerate(zip(row.branches, row.free, strict=True)):
        for i in itertools.compress(range(len(branch)), free):
            before = len(row.prompt) - 1 if i == 0 else at + i - 1
            yield before, branch[i], REPLAYED if owner is None else owner + n * rows
        at += len(branch)
