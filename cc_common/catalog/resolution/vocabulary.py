"""All the words of one plant: types, machines and metrics."""

from __future__ import annotations

from collections.abc import Sequence

from cc_common.catalog.equipment import Equipment, EquipmentType
from cc_common.catalog.resolution.english import plural
from cc_common.catalog.resolution.families import index_names
from cc_common.catalog.resolution.metric_phrases import MetricPhrase, index_metrics, names_of, units_of
from cc_common.catalog.resolution.tokens import words_of


class Vocabulary:
    """All the words of a plant, indexed once."""

    def __init__(self, types: Sequence[EquipmentType], equipment: Sequence[Equipment]) -> None:
        self.names = index_names(types, equipment)
        self.metrics = index_metrics(types)
        phrases = [words for t in types for m in t.metrics for words in (*names_of(m), *units_of(m))]
        self.metric_words = frozenset(word for words in phrases for word in words)
        quantities = {words_of(m.label)[-1] for t in types for m in t.metrics}
        units = {word for t in types for m in t.metrics for words in units_of(m) for word in words}
        self.modifiers = self.metric_words - {*quantities, *map(plural, quantities), *units}

    def longest_metric(self, words: Sequence[str], at: int) -> tuple[int, MetricPhrase] | None:
        """The longest phrase for a metric that starts at `words[at]`, and the index after it."""
        return next(self.metrics.at(words, at), None) if at < len(words) else None

    def is_unit(self, words: Sequence[str], at: int) -> bool:
        """Whether `words[at]` starts a unit."""
        return at < len(words) and any(phrase.measured for _, phrase in self.metrics.at(words, at))
