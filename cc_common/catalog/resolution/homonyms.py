"""Words that name a metric elsewhere and not where they stand: "current power", "draw me the speed", "stack it up"."""

from __future__ import annotations

from typing import Final

from cc_common.catalog.resolution.english import AFTER_ADJECTIVE, MEASURED, STOP
from cc_common.catalog.resolution.question import Question

_TO_BE_DRAWN: Final = ("me", "us", "a", "the", "it", "them", "this", "that")
_UNTIL: Final = ("until", "till", "before", "til")
_TO_BE_STACKED: Final = ("up", "it", "that", "them", "against")


def names_nothing(question: Question, at: int) -> bool:
    """Whether a word that names a metric elsewhere does not here."""
    told = (_is_adjective, _is_to_plot, _is_to_compare, _is_until)
    return any(tells(question, at) for tells in told)


def _is_adjective(question: Question, at: int) -> bool:
    """Whether "current" only means now: "current power", "the current status"; not "current of meter 3"."""
    if question.word(at) != "current" or question.word(at - 1) in MEASURED or at + 1 >= len(question.tokens):
        return False
    after = question.word(at + 1)
    known = after in question.vocabulary.metric_words and after not in STOP
    return known or after in AFTER_ADJECTIVE or at + 1 in question.names


def _is_to_plot(question: Question, at: int) -> bool:
    """Whether "draw" asks for a picture: "draw me the speed"; not "draw of pump 3"."""
    if question.tokens[at].word != "draw" or at + 1 >= len(question.tokens):
        return False
    after = question.word(at + 1)
    return after in _TO_BE_DRAWN or (at == 0 and after not in ("of", "on", "at", "for", "by"))


def _is_until(question: Question, at: int) -> bool:
    """Whether "how long" asks for a moment: "how long until it is empty"."""
    return question.word(at) == "how" and question.word(at + 1) == "long" and question.word(at + 2) in _UNTIL


def _is_to_compare(question: Question, at: int) -> bool:
    """Whether "stack" sets machines side by side: "how does it stack up against"."""
    return question.tokens[at].word == "stack" and question.word(at + 1) in _TO_BE_STACKED
