"""A packed batch says the same as its lines one by one, and scores only what was a choice."""

from __future__ import annotations

from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from transformers import LlamaConfig, LlamaForCausalLM

from training.tier2.packing import Packer, Row, pair_row, tensors
from training.tier2.trainers import PairTrainer

PROMPT, CHOSEN, REJECTED = [5, 6, 7, 8], [9, 10, 11, 2], [9, 12, 2]
END = 2


@pytest.fixture(scope="module")
def model() -> Any:
    torch.manual_seed(1)
    sizes = {"hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4}
    made = LlamaForCausalLM(LlamaConfig(vocab_size=40, num_key_value_heads=2, attn_implementation="eager", **sizes))
    made.get_base_model = lambda: made
    return made.eval()


class Words:
    """A tokenizer of one letter a token."""

    eos_token_id = END

    def batch_decode(self, tokens: list[list[int]]) -> list[str]:
        return ["x"] * len(tokens)


def scores(model: Any, inputs: Any) -> Any:
    accelerator = SimpleNamespace(unwrap_model=lambda wrapped: wrapped, autocast=nullcontext)
    trainer = SimpleNamespace(accelerator=accelerator)
    trainer.token_logps = lambda *args: PairTrainer.token_logps(trainer, *args)
    with torch.no_grad():
        return PairTrainer.scores(trainer, model, inputs)


def alone(model: Any, prompt: list[int], line: list[int]) -> Any:
    """Log-probabilities of the line's tokens, without any packing."""
    with torch.no_grad():
        logps = model(torch.tensor([prompt + line])).logits[0].log_softmax(-1)
    return torch.stack([logps[len(prompt) + i - 1, token] for i, token in enumerate(line)])


def row(prompt: list[int], *lines: list[int]) -> Row:
    return Row(prompt, lines, tuple([True] * len(line) for line in lines))


def test_branches_do_not_see_each_other_or_the_padding(model: Any) -> None:
    other = [5, 7]
    branches, _ = scores(model, tensors([row(PROMPT, CHOSEN, REJECTED), row(other, REJECTED, CHOSEN)], []))
    pairs = [(PROMPT, CHOSEN), (other, REJECTED), (PROMPT, REJECTED), (other, CHOSEN)]
    torch.testing.assert_close(branches, torch.stack([alone(model, *pair).sum() for pair in pairs]))


def test_a_common_beginning_changes_no_margin(model: Any) -> None:
    lines = [(line, [True] * len(line)) for line in (CHOSEN, REJECTED)]
    short = pair_row(PROMPT, *lines)
    assert len(short) == len(PROMPT) + len(CHOSEN) + len(REJECTED) - 1
    branches, _ = scores(model, tensors([short], []))
    whole = alone(model, PROMPT, CHOSEN).sum() - alone(model, PROMPT, REJECTED).sum()
    torch.testing.assert_close(branches[0] - branches[1], whole)


def test_replayed_rows_add_to_no_branch(model: Any) -> None:
    branches, replayed = scores(model, tensors([row(PROMPT, CHOSEN)], [row(PROMPT, REJECTED)]))
    torch.testing.assert_close(branches, alone(model, PROMPT, CHOSEN).sum()[None])
    torch.testing.assert_close(replayed, -alone(model, PROMPT, REJECTED).mean())


def test_forced_tokens_are_not_scored(model: Any) -> None:
    example = {"prompt_ids": PROMPT, "completion_ids": [*CHOSEN, 3], "free": [[1, 2], [3, 4]]}
    branches, _ = scores(model, Packer(Words())([example]))
    torch.testing.assert_close(branches, alone(model, PROMPT, CHOSEN)[[1, 3]].sum()[None])


def test_what_is_replayed_follows_from_the_batch_alone() -> None:
    pool = [row([n], [END]) for n in range(20)]
    examples = [{"prompt_ids": [5, n], "completion_ids": CHOSEN} for n in range(12)]
    first, again = (Packer(Words(), share=0.25, replay=pool)(examples)["input_ids"] for _ in range(2))
    assert len(first) == 16
    assert (first == again).all()
    assert not torch.equal(first[12:], Packer(Words(), share=0.25, replay=pool)(examples[::-1])["input_ids"][12:])
