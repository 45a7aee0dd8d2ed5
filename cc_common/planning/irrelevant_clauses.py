"""Removes clauses of a question that ask for nothing: "meeting in ten minutes, summary of the towers"."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Set
from dataclasses import dataclass
from typing import Final

from cc_common.planning.intent_rules import is_meddling, may_be_command, may_be_forecast
from cc_common.understanding import Resolution
from cc_common.understanding.ambiguous_words import has_takeback
from cc_common.understanding.english_words import word_set
from cc_common.understanding.time_expressions import TimeExpressions
from cc_common.understanding.tokens import NUMBER_WORDS

_END: Final = re.compile(r"[.!?;:,]+\s+|\s+[-\u2013\u2014]+\s+|\n+")
_ASKING: Final = re.compile(
    r"\b(?:what\w*|which\w*|who\w*|how\w*|when|where\w*|why|show\w*|giv\w+|gimme|tell|list\w*|names?|plot\w*|graph\w*|"
    r"chart\w*|draw\w*|curve|trend\w*|table|bars?|compar\w+|versus|vs|against|differ\w+|rank\w*|sort\w*|order\w*|find|"
    r"check\w*|forecast\w*|predict\w*|expect\w*|project\w*|outlook|prognos\w+|future|summ?[ae]r\w+|report\w*|overview|"
    r"rundown|brief\w*|details?|breakdown|stat\w*|condition|health\w*|display\w*|diagrams?|pictures?|gauge|profile|"
    r"histor\w+|pull\w*|al[ae]\w?r\w*|warn\w*|fault\w*|trip\w*|trouble|wrong|problem\w*|anomal\w*|odd\w*|strange\w*|"
    r"unusual\w*|weird\w*|funny|spik\w+|outliers?|glitch\w*|irregular\w*|pattern\w*|typical\w*|usage|readings?|values?|"
    r"figures?|data|distribution|range|spread|median|deviation|variance|extremes?|average\w*|avg|mean|max\w*|min|minimum|"
    r"peak\w*|record\w*|total\w*|sum|top|bottom|first|last|least|most|more|less|\w+est|worst|best|high|low|higher|lower|"
    r"bigger|smaller|upper|laggards?|count\w*|many|much|all|every\w*|each|any\w*|both|same|other|instead|now|current\w*|"
    r"running|normal\w*|ok(?:ay)?|good(?! (?:morning|evening|afternoon|day))|bad|head)\b",
    re.I,
)
_FIRST: Final = re.compile(
    r"^\W*(?:is|are|was|were|did|does|do|has|have|had|can|could|will|would|should|may|please|pls|and|or|but|not|no)\b",
    re.I,
)
# Marks of a statement: a clause without one is never irrelevant, as a short request may resemble a statement.
_TELLING: Final = re.compile(
    r"\b(?:i|i'm|im|we|we're|he|she|they|it's|there|is|are|was|were|wants?|needs?|has|had|suspects?|asks|here|"
    r"\w+['\u2019]s|due)\b|^\W*(?:\w{3,}ing|about to|just for|for (?:the|my|our|a)|because|"
    r"(?:good )?(?:morning|evening|afternoon|day))\b|:\s*$",
    re.I,
)
_NEEDING: Final = re.compile(r"\b(?:need|want|like|give|get|see|know|have)\b", re.I)
_COMING: Final = re.compile(
    r"\b(?:com(?:es|ing)|arrives|arriving|due|(?<=\w )(?:starts|begins|leaves)|soon|is at|are at|"
    r"in (?:an? |\w+ )(?:min\w*|hours?))\b",
    re.I,
)
_OTHERS_DO: Final = re.compile(r"(?<=\w )(?:starts|begins|leaves|comes|arrives)\b", re.I)  # no command
_WHO_ASKS: Final = re.compile(r"\b(?:ask(?:s|ed|ing)?|want(?:s|ed)?|told|wonder(?:s|ed|ing)?|need(?:s|ed)?)\b", re.I)
_MARKS: Final = " ,;:-\u2013\u2014\n"
_FILLING: Final = word_set(
    "a an and at by during for from hello hey hi in of ok on over please pls so since the then till to until well"
)
_MIN_WORDS: Final = 2


@dataclass(frozen=True, kw_only=True)
class _Clause:
    text: str  # with the punctuation that ends it
    found: Resolution
    times: TimeExpressions

    def names(self, measures: Set[str]) -> bool:
        """Tells whether the clause names anything of the plant, even an unknown machine, or one of these metrics."""
        found = self.found
        wanted = bool(_NEEDING.search(self.text)) or any(metric.name in measures for metric in found.metrics)
        measured = found.metric_named and not self.is_news and wanted
        return bool(found.equipment or found.equipment_types or measured or found.unknown or found.levels)

    @property
    def is_news(self) -> bool:
        """Tells whether the clause announces an event, or says who asks: "The fuel truck comes at noon."."""
        told = self.text.rstrip()
        comes = told.endswith((".", "!")) and _COMING.search(told)
        return bool(comes or (told.endswith(":") and _WHO_ASKS.search(told)))


def drop_irrelevant_clauses(
    question: str,
    read: Callable[[str], Resolution],
    times_of: Callable[[str], TimeExpressions],
    metrics_of: Callable[[Iterable[str]], Set[str]],
) -> str:
    """The question without irrelevant clauses; unchanged where none is certain. `metrics_of`: metric names of types."""
    texts = list(_clauses(question))
    if len(texts) == 1:
        return question
    clauses = [_Clause(text=text, found=read(text), times=times_of(text)) for text in texts]
    named = [place for place, clause in enumerate(clauses) if clause.found.equipment or clause.found.equipment_types]
    if not named:
        return question
    measures = metrics_of(dict.fromkeys(kind for clause in clauses for kind in clause.found.equipment_types))
    beside = {place for place, clause in enumerate(clauses) if _is_aside(clause, measures, after=place > named[0])}
    kept = [clause for place, clause in enumerate(clauses) if place not in beside]
    if not beside or not _asks(kept) or any(_dates(clauses[place], kept) for place in beside):
        return question
    return "".join(clause.text for clause in kept).strip(_MARKS)


def _clauses(question: str) -> Iterator[str]:
    """Splits the text after each mark that separates clauses."""
    start = 0
    for mark in _END.finditer(question):
        if mark.end() < len(question):
            yield question[start : mark.end()]
            start = mark.end()
    yield question[start:]


def _is_aside(clause: _Clause, measures: Set[str], *, after: bool) -> bool:
    text = clause.times.without(clause.text)
    words = re.findall(r"[^\W_]+", text.lower())
    if clause.names(measures) or clause.found.numbers or any(word.isdigit() or word in NUMBER_WORDS for word in words):
        return False
    if any(asks(text) for asks in (has_takeback, is_meddling, _ASKING.search, _FIRST.search)):
        return False
    if may_be_command(_OTHERS_DO.sub("", text)) or clause.times.step or (after and "?" in text):
        return False
    if not (_TELLING.search(clause.text) or _COMING.search(clause.text)):
        return False
    return bool(set(words) - _FILLING) and (len(words) >= _MIN_WORDS or bool(clause.times.windows))


def _asks(kept: list[_Clause]) -> bool:
    """Tells whether the remaining text is a request by itself."""
    return any(clause.found.metric_named or _ASKING.search(clause.text) for clause in kept)


def _dates(aside: _Clause, kept: list[_Clause]) -> bool:
    """Tells whether the clause's time may be that of the question, which has none: a past time, or a forecast's."""
    if not aside.times.windows or any(clause.times.windows for clause in kept):
        return False
    ahead = _COMING.search(aside.text) or all(aside.found.lies_ahead(each.window) for each in aside.times.windows)
    return not ahead or any(may_be_forecast(clause.found) for clause in kept)
