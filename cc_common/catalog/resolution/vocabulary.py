"""All the words of one plant: types, machines and metrics."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from cc_common.catalog.equipment import Equipment, EquipmentType
from cc_common.catalog.resolution.english import ORDINARY, plural
from cc_common.catalog.resolution.families import index_names
from cc_common.catalog.resolution.metric_phrases import MetricPhrase, index_metrics, names_of, units_of
from cc_common.catalog.resolution.places import index_places
from cc_common.catalog.resolution.tokens import words_of

_SHORTEST_PREFIX: Final = 4


class Vocabulary:
    """All the words of a plant, indexed once."""

    def __init__(self, types: Sequence[EquipmentType], equipment: Sequence[Equipment]) -> None:
        self.names = index_names(types, equipment)
        self.places = index_places(equipment, self.names)
        self.metrics = index_metrics(types)
        self.metric_words_of = {t.name: frozenset(w for m in t.metrics for p in names_of(m) for w in p) for t in types}
        self.words_of_type = {t.name: _words_of_type(t) for t in types}
        phrases = [words for t in types for m in t.metrics for words in (*names_of(m), *units_of(m))]
        self.metric_words = frozenset(word for words in phrases for word in words)
        quantities = {words_of(m.label)[-1] for t in types for m in t.metrics}
        units = {word for t in types for m in t.metrics for words in units_of(m) for word in words}
        self.modifiers = self.metric_words - {*quantities, *map(plural, quantities), *units}
        self._units = units - ORDINARY - {w[0] for t in types for m in t.metrics for w in names_of(m) if len(w) == 1}
        self._words = {*self.metric_words, *self.names.meanings}

    def longest_metric(self, words: Sequence[str], at: int) -> tuple[int, MetricPhrase] | None:
        """The longest phrase for a metric that starts at `words[at]`, and the index after it."""
        return next(self.metrics.at(words, at), None) if at < len(words) else None

    def has(self, word: str) -> bool:
        """Whether a name of a machine or metric has it."""
        return word in self._words

    def speaks_of(self, word: str) -> bool:
        """Whether it is a word of the plant, or the start of one ("temp")."""
        return word in self._words or any(known.startswith(word[:_SHORTEST_PREFIX]) for known in self.metric_words)

    def is_only_unit(self, word: str) -> bool:
        """Whether the word measures metrics and names none: "bar"."""
        return word in self._units

    def is_unit(self, words: Sequence[str], at: int) -> bool:
        """Whether `words[at]` starts a unit."""
        return at < len(words) and any(phrase.measured for _, phrase in self.metrics.at(words, at))


def _words_of_type(equipment_type: EquipmentType) -> frozenset[str]:
    names = (equipment_type.label, equipment_type.plural, *equipment_type.aliases)
    return frozenset(word for name in names for word in words_of(name))
