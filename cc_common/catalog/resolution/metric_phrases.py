"""What the plant calls its metrics and their units, by phrase."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from cc_common.catalog.equipment import EquipmentType, Metric
from cc_common.catalog.resolution.english import COMMON, ORDINARY, PERCENT, PLACES
from cc_common.catalog.resolution.phrases import MOST_ABBREVIATED, Phrases, Words, last_in_plural
from cc_common.catalog.resolution.tokens import words_of


@dataclass(frozen=True, kw_only=True)
class MetricPhrase:
    """What a phrase says about metrics: whose name it is, and whose unit."""

    named: tuple[tuple[str, Metric], ...] = ()  # (type, metric)
    measured: tuple[tuple[str, Metric], ...] = ()

    @property
    def types(self) -> set[str]:
        """The types that have such a metric."""
        return {equipment_type for equipment_type, _ in (*self.named, *self.measured)}


def names_of(metric: Metric) -> list[Words]:
    """Label, column and aliases; the column also without its last word where that is a unit."""
    column = words_of(metric.name)
    label = words_of(metric.label)
    bare_column = column if column[-1] in label else column[:-1]
    phrases = [label, column, bare_column, *map(words_of, metric.aliases)]
    return [words for words in dict.fromkeys(phrases) if words and not (len(words) == 1 and len(words[0]) == 1)]


def telling_words(metric: Metric) -> set[str]:
    """The words that point at it when they stand alone: of common English only those that are a whole name of it."""
    phrases = names_of(metric)
    words = {word for phrase in phrases for word in phrase if word.isalpha() and len(word) > 1}
    return {word for word in words if word in PLACES or word not in COMMON or (word,) in phrases}


def units_of(metric: Metric) -> list[Words]:
    """The unit as written and as spoken, whole and by its longer words; single letters are no unit in a sentence."""
    written = (metric.unit, metric.unit.replace("/", " per "), metric.unit_spoken)
    whole = [words_of(text) for text in written]
    parts = [(word,) for word in words_of(metric.unit_spoken) if len(word) > MOST_ABBREVIATED and word not in ORDINARY]
    several = [last_in_plural(words) for words in whole if words and len(words[-1]) > 1]  # "as" are no amperes
    units = [words for words in dict.fromkeys([*whole, *parts, *several]) if sum(map(len, words)) > 1]
    return [words for words in units if words != whole[0] or words == (PERCENT,) or words[0] not in ORDINARY]


def index_metrics(types: Iterable[EquipmentType]) -> Phrases[MetricPhrase]:
    """Every phrase that names or measures a metric, the last word also in the plural."""
    named: dict[Words, list[tuple[str, Metric]]] = {}
    measured: dict[Words, list[tuple[str, Metric]]] = {}
    for equipment_type in types:
        for metric in equipment_type.metrics:
            singulars = names_of(metric)
            for words in dict.fromkeys([*singulars, *map(last_in_plural, singulars)]):
                named.setdefault(words, []).append((equipment_type.name, metric))
            for words in units_of(metric):
                measured.setdefault(words, []).append((equipment_type.name, metric))
    return Phrases(
        {
            w: MetricPhrase(named=tuple(named.get(w, ())), measured=tuple(measured.get(w, ())))
            for w in {*named, *measured}
        }
    )
