"""The model's prompt: a static system message, the question and its candidates; the bias against unlikely choices."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt
from llguidance import LLMatcher, LLTokenizer
from llguidance.numpy import allocate_token_bitmask, fill_next_token_bitmask

from cc_common.planning.grammar_parts import LETTERS
from cc_common.planning.plan_grammar import likely_of
from cc_common.understanding import Resolution

Message = dict[str, str]
MAX_BYTES: Final = 600  # of the question: a byte is at most one token, and the rest is no operator's question
STATIC_MESSAGES: Final[tuple[Message, ...]] = ({"role": "system", "content": "Plan the answer."},)


def build_messages(resolution: Resolution) -> list[Message]:
    """The messages for one question, as the model sees them: the static ones and the user's turn."""
    return [*STATIC_MESSAGES, {"role": "user", "content": "\n".join(_lines(resolution))}]


def _lines(resolution: Resolution) -> list[str]:
    machines = [f"{i} {e.name}" for i, e in enumerate(resolution.equipment, start=1)]
    types = [] if machines else list(resolution.equipment_types)
    metrics = [f"{letter} {m.label}" for letter, m in zip(LETTERS, resolution.metrics, strict=False)]
    several = resolution.windows if len(resolution.windows) > 1 else ()
    windows = [f"w{i} {w.label or 'dates'}" for i, w in enumerate(several, start=1)]
    numbers = [f"top {' '.join(map(str, resolution.numbers))}"] if len(resolution.numbers) > 1 else []
    before = [f"was {resolution.before}"] if resolution.before else []
    return [_plain(resolution.question), *before, *machines, *types, *metrics, *windows, *numbers]


def _plain(question: str) -> str:
    """One line without the marks of the chat template, so that a question cannot speak as another role."""
    line = " ".join(question.replace("<|", "< ").replace("|>", " >").split())
    return line.encode()[:MAX_BYTES].decode(errors="ignore")


RELUCTANCE: Final = 8.0  # nats; a night's lesson moves a taught line by more

Tokens = npt.NDArray[np.intp]


class LogitBias:
    """Weighs one plan's tokens while it is decoded."""

    def __init__(self, tokenizer: LLTokenizer, grammar: str, size: int) -> None:
        likely = likely_of(grammar)
        self._matcher = LLMatcher(tokenizer, LLMatcher.grammar_from_lark(likely), log_level=0) if likely else None
        self._mask: Any = allocate_token_bitmask(1, size) if likely else None

    def best(self, allowed: Tokens, logits: npt.NDArray[np.float32]) -> int:
        """The token to say, of those that the wide grammar allows; `logits` are of the whole vocabulary."""
        weighed = logits[allowed]
        if self._matcher is not None:
            fill_next_token_bitmask(self._matcher, self._mask)
            inside = np.unpackbits(self._mask.view(np.uint8), bitorder="little")[allowed]
            weighed = weighed - RELUCTANCE * (1 - inside.astype(np.float32))
        return int(allowed[weighed.argmax()])

    def follow(self, tokens: list[int]) -> None:
        """These were said; the first that leaves the narrower grammar ends the leaning."""
        if self._matcher is not None and self._matcher.try_consume_tokens(tokens) != len(tokens):
            self._matcher = None
