"""The metrics that a question can mean, given the types it names, and the words that point at each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import zip_longest
from typing import Final

from cc_common.catalog.equipment import EquipmentType, Metric
from cc_common.catalog.resolution.english import IMPLIED, ORDINARY, singular
from cc_common.catalog.resolution.metric_phrases import telling_words
from cc_common.catalog.resolution.tokens import words_of

_SHORTEST_PREFIX: Final = 4
_SHARED_PREFIX: Final = 5


@dataclass(frozen=True, kw_only=True)
class _Pointers:
    """A metric, the words that point at it, and the last word of its label."""

    metric: Metric
    words: frozenset[str]
    head: str


class Scope:
    """The metrics of some types, those of one name once, in the types' own order taken in turn."""

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
        """Names of the metrics that a single word may point at: "temp", "vibrating", "hottest"."""
        word = IMPLIED.get(word, singular(word))
        if word in self._by_word:
            return frozenset(self._by_word[word])
        if word in ORDINARY or len(word) < _SHORTEST_PREFIX or not word.isalpha():
            return frozenset()
        related = [known for known in self._by_word if _is_related(word, known)]
        return frozenset(name for known in related for name in self._by_word[known])


class Scopes:
    """The scope of any choice of types; each is built once."""

    def __init__(self, types: Sequence[EquipmentType]) -> None:
        self._pointers = {t.name: [_point(metric) for metric in t.metrics] for t in types}
        self._of = lru_cache(maxsize=256)(self._build)

    def of(self, types: Sequence[str]) -> Scope:
        """The scope of these types; of all when there are none."""
        return self._of(tuple(types) or tuple(self._pointers))

    def _build(self, types: tuple[str, ...]) -> Scope:
        return Scope(types, [self._pointers[name] for name in types])


def _point(metric: Metric) -> _Pointers:
    head = singular(words_of(metric.label)[-1])
    return _Pointers(metric=metric, words=frozenset(map(singular, telling_words(metric))), head=head)


def _is_related(word: str, known: str) -> bool:
    """ "temp" shortens "temperature", "drawing" is from "draw", "vibrating" and "vibration" share their stem."""
    inflected = (f"{known}ing", f"{known}ed", f"{known}n")
    if known.startswith(word) or (len(known) >= _SHORTEST_PREFIX and word in inflected):
        return True
    unlike = (i for i, (a, b) in enumerate(zip(word, known, strict=False)) if a != b)
    shared = next(unlike, min(len(word), len(known)))
    return shared >= _SHARED_PREFIX and shared >= 0.6 * max(len(word), len(known))
