"""The state of one question during parsing: tokens and claims; the metrics in scope; the levels it names."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import zip_longest
from typing import Final, Literal

from cc_common.catalog.equipment import EquipmentType, Metric
from cc_common.understanding.english_words import IMPLIED, ORDINARY, singular
from cc_common.understanding.tokens import Token, with_digits, words_of
from cc_common.understanding.vocabulary import Vocabulary, telling_words


@dataclass(kw_only=True)
class Question:
    """`words`: the tokens' words with typing errors corrected. `lengths`: the tokens of bare lengths ("5 min")."""

    text: str
    tokens: Sequence[Token]
    words: Sequence[str]
    vocabulary: Vocabulary
    taken: set[int] = field(default_factory=set)
    lengths: Mapping[int, int] = field(default_factory=dict)  # token -> position of its bare length among the windows
    names: set[int] = field(default_factory=set)  # tokens of machines and types
    refuted: set[int] = field(default_factory=set)  # bare lengths that are part of a name

    def free(self, at: int) -> bool:
        """Tells whether the token exists and is unclaimed."""
        return 0 <= at < len(self.tokens) and at not in self.taken and at not in self.lengths

    def word(self, at: int) -> str:
        """The word of a token, or "" out of range."""
        return self.words[at] if 0 <= at < len(self.words) else ""

    def gap(self, at: int) -> str:
        """The text before the token, or "" out of range."""
        return self.tokens[at].gap if 0 <= at < len(self.tokens) else ""

    def slice(self, start: int, end: int) -> str:
        """The text of tokens [start, end)."""
        return self.text[self.tokens[start].start : self.tokens[end - 1].end]

    def claim_name(self, start: int, end: int) -> None:
        """Claims tokens [start, end) as the name of a machine or a type."""
        self.names.update(range(start, end))
        self.taken.update(range(start, end))

    def release_name(self, start: int, end: int) -> None:
        """Releases tokens [start, end), which name no machine of their own."""
        self.names.difference_update(range(start, end))
        self.taken.difference_update(range(start, end))

    def settle_lengths(self) -> None:
        """Claims the bare lengths that provide no number to a name; call it after all names are parsed."""
        self.taken |= {at for at, window in self.lengths.items() if window not in self.refuted}
        self.lengths = {}


_MIN_PREFIX: Final = 4
_SHARED_PREFIX: Final = 5


@dataclass(frozen=True, kw_only=True)
class _Pointers:
    """A metric, the words that identify it, and the last word of its label."""

    metric: Metric
    words: frozenset[str]
    head: str


class Scope:
    """The metrics of some types, one per name, interleaved in the order of each type."""

    def __init__(self, types: Sequence[str], pointers: Sequence[Sequence[_Pointers]]) -> None:
        self.types = frozenset(types)
        self.metrics: dict[str, Metric] = {}
        self.heads: dict[str, set[str]] = defaultdict(set)
        self._by_word: dict[str, set[str]] = defaultdict(set)
        for known in (p for row in zip_longest(*pointers) for p in row if p is not None):
            self.metrics.setdefault(known.metric.name, known.metric)
            self.heads[known.metric.name].add(known.head)
            for word in known.words:
                self._by_word[word].add(known.metric.name)
        self.order = {name: position for position, name in enumerate(self.metrics)}
        self.meant_by = lru_cache(maxsize=2048)(self._meant_by)

    def _meant_by(self, word: str) -> frozenset[str]:
        """The names of the metrics that a single word may mean: "temp", "vibrating", "hottest"."""
        word = IMPLIED.get(word, singular(word))
        if word in self._by_word:
            return frozenset(self._by_word[word])
        if word in ORDINARY or len(word) < _MIN_PREFIX or not word.isalpha():
            return frozenset()
        related = [known for known in self._by_word if _is_related(word, known)]
        return frozenset(name for known in related for name in self._by_word[known])


class Scopes:
    """Scopes by their types, built once each."""

    def __init__(self, types: Sequence[EquipmentType]) -> None:
        self._pointers = {t.name: [_point(metric) for metric in t.metrics] for t in types}
        self._of = lru_cache(maxsize=256)(self._build)

    def select(self, types: Sequence[str]) -> Scope:
        """The scope of these types; of all types when none is given."""
        return self._of(tuple(types) or tuple(self._pointers))

    def _build(self, types: tuple[str, ...]) -> Scope:
        return Scope(types, [self._pointers[name] for name in types])


def _point(metric: Metric) -> _Pointers:
    head = singular(words_of(metric.label)[-1])
    return _Pointers(metric=metric, words=frozenset(map(singular, telling_words(metric))), head=head)


def _is_related(word: str, known: str) -> bool:
    """Tells whether words share a stem: "temp" and "temperature", "drawing" and "draw", "vibrating" and "vibration"."""
    inflected = (f"{known}ing", f"{known}ed", f"{known}n")
    if known.startswith(word) or (len(known) >= _MIN_PREFIX and word in inflected):
        return True
    unlike = (i for i, (a, b) in enumerate(zip(word, known, strict=False)) if a != b)
    shared = next(unlike, min(len(word), len(known)))
    return shared >= _SHARED_PREFIX and shared >= 0.6 * max(len(word), len(known))


Level = float | Literal["empty", "full", "limit"]
Side = Literal["above", "below"]

_TIME: Final = r"(?:seconds?|secs?|minutes?|mins?|hours?|hrs?|h|days?|weeks?|months?|years?)\b"
_NUMBER: Final = rf"(?P<number>-?\d+(?:\.\d+)?)(?![\w.]*\d)(?!\s*{_TIME})"
_THOUSANDS: Final = re.compile(r"(?<=\d),(?=\d{3}\b)")
_FIGURE: Final = (
    r"\b(?:reach(?:es|ing)?|hit(?:s|ting)?|touch(?:es)?|cross(?:es|ing)?|exceeds?|pass(?:es)?|above|below|under|over|beyond"
    r"|(?:drops?|falls?|gets?|goes|go|rises?|climbs?|sinks?|down|up|back)\s+to)"
    rf"\s+(?:the\s+|a\s+|level\s+of\s+)?{_NUMBER}"
)
# The lifetime of a tank: "how long will the fuel last", "how many days of diesel are left".
LASTING: Final = (
    r"\bhow (?:long|many (?:hours|days|weeks|months))\b(?=.*\b(?:fuel|diesel|tank)\b)(?!.*\b(?:did|was|were|had)\b)"
    rf".*?\b(?:lasts?(?!\s+(?:\d|few|couple|night|time|quarter|{_TIME}))|left|remain(?:s|ing)?)\b"
)
_WORDS: Final = (
    rf"(?P<empty>{LASTING}|\b(?:runs?|ran|running)\s+(?:out|dry)\b|\b(?:be|get|go|goes)\s+(?:empty|dry|flat)\b|\b(?:depleted|exhausted)\b)"
    r"|(?P<full>\b(?:be|get)\s+(?:full|fully\s+charged)\b|\bfill(?:s|ed)?\s+up\b)"
    r"|(?P<limit>\b(?:its|the|alarm|trip|upper|lower|high|low)\s+(?:alarm\s+|trip\s+)?(?:limit|threshold)\b)"
)
_LEVEL: Final = re.compile(f"{_FIGURE}|{_WORDS}", re.I)
_ABOVE: Final = re.compile(r"\b(?:exceeds?|above|over|beyond|(?:rises?|climbs?|up)\s+to)\b", re.I)
_BELOW: Final = re.compile(r"\b(?:below|under|(?:drops?|falls?|sinks?|down)\s+to)\b", re.I)
_BESIDE: Final = re.compile(r"\b(?:exceeds?|above|over|beyond|below|under)\s+$", re.I)  # "exceed" its limit
_STAYING: Final = re.compile(r"\b(?:stay|remain|keep|hold)(?:s|ing)?\s+(?:\w+\s+){0,2}$", re.I)


def find_levels(text: str) -> tuple[Level, ...]:
    """Finds the levels that a text names, in order; numbers are in the unit of the metric."""
    return tuple(dict.fromkeys(_level(found) for found in _LEVEL.finditer(_plain(text))))


def threshold_side(text: str, level: Level) -> Side | None:
    """The side of the level in question; None for "reach". A question whether a value stays asks for the other side."""
    plain = _plain(text)
    found = next((match for match in _LEVEL.finditer(plain) if _level(match) == level), None)
    if found is None:
        return None
    if level in ("empty", "full"):
        return "below" if level == "empty" else "above"
    before = plain[: found.start()]
    beside = _BESIDE.search(before) if level == "limit" else None
    said = beside[0] if beside else found[0]
    above, below = bool(_ABOVE.search(said)), bool(_BELOW.search(said))
    if above == below:
        return None
    return "above" if above != bool(_STAYING.search(before[: beside.start()] if beside else before)) else "below"


def _plain(text: str) -> str:
    return _THOUSANDS.sub("", with_digits(text))


def _level(found: re.Match[str]) -> Level:
    if found["number"]:
        return float(found["number"])
    return "empty" if found["empty"] else "full" if found["full"] else "limit"
