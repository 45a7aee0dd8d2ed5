"""Names of metrics that only types out of scope have: "fuel level" asked of a chiller."""

from __future__ import annotations

from collections.abc import Iterator, Set
from typing import Final

from rapidfuzz import fuzz, process

from cc_common.catalog.resolution.english import COMMON, GENERIC, singular
from cc_common.catalog.resolution.homonyms import names_nothing
from cc_common.catalog.resolution.metric_phrases import MetricPhrase
from cc_common.catalog.resolution.question import Question
from cc_common.catalog.resolution.scope import Scope

MOST_NEAREST: Final = 3


def foreign_metrics(
    question: Question, scope: Scope, closed: Set[int], exact: Set[int]
) -> Iterator[tuple[range, tuple[str, tuple[str, ...]]]]:
    """Names of metrics that clearly belong to other types only ("fuel level" asked of a chiller), and their tokens."""
    at = 0
    while at < len(question.tokens):
        end = next(
            (
                end
                for end, phrase in _foreign(question, at, closed)
                if _is_clear(question, scope, range(at, end), exact, phrase)
            ),
            at,
        )
        if end > at:
            text = question.slice(at, end)
            yield range(at, end), (text, _nearest(text, scope))
            question.taken.update(range(at, end))
        at = max(end, at + 1)


def _foreign(question: Question, at: int, closed: Set[int]) -> Iterator[tuple[int, MetricPhrase]]:
    if names_nothing(question, at):
        return
    for end, phrase in question.vocabulary.metrics.at(question.words, at):
        if phrase.named and closed.isdisjoint(range(at, end)):
            yield end, phrase


def _is_clear(question: Question, scope: Scope, positions: range, exact: Set[int], phrase: MetricPhrase) -> bool:
    """Whether some word of the phrase, as typed, sets it apart from all that the types in scope have."""
    words = [question.word(at) for at in positions if at not in exact]
    if phrase.types & scope.types or any(question.tokens[at].word != question.word(at) for at in positions):
        return False
    if len(positions) == 1 and question.word(positions[0]).endswith("ing"):
        return False
    if question.word(positions[0]) == "how":  # "how long" is a way to ask for a metric, and no name of one
        return False
    telling = [w for w in words if w not in COMMON and not {w, singular(w)} & GENERIC]
    return any(not scope.meant_by(word) for word in telling)


def _nearest(text: str, scope: Scope) -> tuple[str, ...]:
    labels = list(dict.fromkeys(m.label for m in scope.metrics.values()))
    found = process.extract(text.lower(), labels, scorer=fuzz.ratio, limit=MOST_NEAREST)
    return tuple(label for label, _, _ in found)
