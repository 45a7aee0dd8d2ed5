"""Samplers of the corpus: for each intent, how its questions are drawn, and with what weight."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from cc_common.core.errors import InvalidInput
from cc_common.planning import INTENTS
from training.corpus.question_draft import Draw
from training.corpus.sample import Sample


@dataclass(frozen=True, kw_only=True)
class Sampler:
    """Draws questions of one intent; `share` is its weight among all samplers."""

    intent: str
    draw: Callable[[Draw], Sample]
    share: int


SAMPLERS: Final[dict[str, Sampler]] = {}  # by kind of question, in order of registration, on which seeded draws depend


def register_sampler(intent: str, draw: Callable[[Draw], Sample], *, share: int, kind: str | None = None) -> None:
    """Adds a sampler; `kind` names it where an intent has several. InvalidInput for an unknown intent."""
    name = kind or intent
    if intent not in INTENTS:
        raise InvalidInput(f"There is no intent {intent!r}: register it in cc_common/planning/intents first.")
    if name in SAMPLERS:
        raise InvalidInput(f"There is a sampler {name!r} already: name this one by `kind`.")
    SAMPLERS[name] = Sampler(intent=intent, draw=draw, share=share)


@contextmanager
def registered_sampler(intent: str, draw: Callable[[Draw], Sample], *, share: int) -> Iterator[None]:
    """Registers a sampler for the duration of a `with` block, for tests and trials."""
    register_sampler(intent, draw, share=share)
    try:
        yield
    finally:
        del SAMPLERS[intent]
