"""How each intent is answered: what it fetches and how that is worded. The functions register themselves by intent."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from cc_common.answers.answer import Facts, Sources
from cc_common.catalog.store import Catalog
from cc_common.core.errors import InvalidInput
from cc_common.planning import INTENTS
from cc_common.planning.plan import Plan


class Fetch(Protocol):
    """Fetches what a plan asks for."""

    def __call__(self, plan: Plan, sources: Sources, *, now: datetime) -> Facts: ...


class Wording(Protocol):
    """Words what was found, to read or to say."""

    def __call__(self, plan: Plan, facts: Facts, catalog: Catalog, now: datetime, *, spoken: bool) -> str: ...


class PhraseMaker(Protocol):
    """Words of the text that hold digits without being figures, for the number check."""

    def __call__(self, plan: Plan, facts: Facts, catalog: Catalog, now: datetime) -> Iterator[str]: ...


def no_phrases(plan: Plan, facts: Facts, catalog: Catalog, now: datetime) -> Iterator[str]:
    """None beyond those that every answer has: labels, units, times of figures, the window."""
    return iter(())


@dataclass(frozen=True, kw_only=True)
class IntentAnswer:
    """How one intent is answered."""

    fetch: Fetch
    text: Wording
    phrases: PhraseMaker = no_phrases


_ANSWERS: Final[dict[str, IntentAnswer]] = {}


def register_answer(intent: str, *, fetch: Fetch, text: Wording, phrases: PhraseMaker = no_phrases) -> None:
    """Says how a registered intent is answered; InvalidInput where that is said already or no such intent is there."""
    if intent not in INTENTS:
        raise InvalidInput(f"There is no intent {intent!r}: register it in cc_common/planning/intents first.")
    if intent in _ANSWERS:
        raise InvalidInput(f"How {intent!r} is answered is registered already.")
    _ANSWERS[intent] = IntentAnswer(fetch=fetch, text=text, phrases=phrases)


@contextmanager
def registered_answer(intent: str, *, fetch: Fetch, text: Wording) -> Iterator[None]:
    """The same for the length of a `with` block; for tests and trials."""
    register_answer(intent, fetch=fetch, text=text)
    try:
        yield
    finally:
        del _ANSWERS[intent]


def answer_to(intent: str) -> IntentAnswer:
    """How an intent is answered; InvalidInput where nobody has registered that."""
    try:
        return _ANSWERS[intent]
    except KeyError:
        raise InvalidInput(f"Nothing answers the intent {intent!r}: add it to cc_common/answers/intents.py.") from None
