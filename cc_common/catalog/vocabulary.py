"""The words of one plant: what its types, machines and metrics are called, indexed by first word."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

from cc_common.catalog.english import COMMON, ORDINARY, PERCENT, PLACES, plural
from cc_common.catalog.equipment import Equipment, EquipmentType, Metric
from cc_common.catalog.tokens import words_of

Words = tuple[str, ...]
Payload = TypeVar("Payload")
MOST_ABBREVIATED: Final = 3  # letters of an abbreviation, such as CH or AHU


class Phrases(Generic[Payload]):
    """Phrases by their first word; the longest that fits wins."""

    def __init__(self, phrases: Mapping[Words, Payload]) -> None:
        self._by_first: dict[str, list[tuple[Words, Payload]]] = {}
        for words in sorted(phrases, key=lambda w: (-len(w), w)):
            self._by_first.setdefault(words[0], []).append((words, phrases[words]))

    def at(self, words: Sequence[str], start: int) -> Iterator[tuple[int, Payload]]:
        """Every phrase that starts at `words[start]`, longest first: the index after it, and its payload."""
        for phrase, payload in self._by_first.get(words[start], ()):
            end = start + len(phrase)
            if end <= len(words) and all(words[start + i] == word for i, word in enumerate(phrase)):
                yield end, payload


@dataclass(kw_only=True)
class Family:
    """What one phrase ("chiller", "CH") may be followed by: machines by number. Written only while being indexed."""

    types: list[str] = field(default_factory=list)
    machines: dict[int, Equipment] = field(default_factory=dict)
    plural: bool = False
    weak: bool = True  # an abbreviation: names its type only with a number or in capitals


@dataclass(frozen=True, kw_only=True)
class Names:
    """Families of machines by phrase, and machines whose names do not end in a number."""

    families: Phrases[Family]
    machines: Phrases[Equipment]
    meanings: Mapping[str, str]  # word -> the type it names, for the spelling


def index_names(types: Iterable[EquipmentType], equipment: Sequence[Equipment]) -> Names:
    """Every phrase that names a type or a machine."""
    families: dict[Words, Family] = {}
    machines: dict[Words, Equipment] = {}
    for equipment_type in types:
        _add_type(families, equipment_type, {e.number: e for e in equipment if e.type == equipment_type.name})
    for machine in equipment:
        for words in map(words_of, (machine.name, machine.id, *machine.aliases)):
            if len(words) > 1 and words[-1].isdigit():
                _add(families, words[:-1], machine.type).machines.setdefault(int(words[-1]), machine)
            elif words:
                machines.setdefault(words, machine)
    meanings = {word: machine.type for phrase, machine in machines.items() for word in phrase}
    meanings |= {word: family.types[0] for phrase, family in families.items() for word in phrase}
    return Names(families=Phrases(families), machines=Phrases(machines), meanings=meanings)


def _add(families: dict[Words, Family], words: Words, equipment_type: str) -> Family:
    family = families.setdefault(words, Family())
    if equipment_type not in family.types:
        family.types.append(equipment_type)
    return family


def _add_type(families: dict[Words, Family], equipment_type: EquipmentType, machines: dict[int, Equipment]) -> None:
    plain = {words_of(equipment_type.name), words_of(equipment_type.label)}
    single = {*plain, *map(words_of, equipment_type.aliases)} - {()}
    several = {words_of(equipment_type.plural), *(_plural(p) for p in single if not p[-1].endswith("s"))} - plain
    for words in sorted({variant for phrase in single for variant in _variants(phrase)} | several):
        family = _add(families, words, equipment_type.name)
        family.plural = words in several
        family.weak = words not in plain | several and sum(map(len, words)) <= MOST_ABBREVIATED
        for number, machine in machines.items():
            family.machines.setdefault(number, machine)


def _variants(words: Words) -> Iterator[Words]:
    """As written, in one word ("coolingtower"), and an abbreviation spelled out by a microphone ("a h u")."""
    yield words
    if len(words) > 1:
        yield ("".join(words),)
    elif 2 <= len(words[0]) <= MOST_ABBREVIATED:
        yield tuple(words[0])


def _plural(words: Words) -> Words:
    return (*words[:-1], plural(words[-1]))


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
    several = [(*words[:-1], plural(words[-1])) for words in whole if words]
    units = [words for words in dict.fromkeys([*whole, *parts, *several]) if sum(map(len, words)) > 1]
    return [words for words in units if words != whole[0] or words == (PERCENT,) or words[0] not in ORDINARY]


def index_metrics(types: Iterable[EquipmentType]) -> Phrases[MetricPhrase]:
    """Every phrase that names or measures a metric, the last word also in the plural."""
    named: dict[Words, list[tuple[str, Metric]]] = {}
    measured: dict[Words, list[tuple[str, Metric]]] = {}
    for equipment_type in types:
        for metric in equipment_type.metrics:
            singulars = names_of(metric)
            for words in dict.fromkeys([*singulars, *map(_plural, singulars)]):
                named.setdefault(words, []).append((equipment_type.name, metric))
            for words in units_of(metric):
                measured.setdefault(words, []).append((equipment_type.name, metric))
    return Phrases(
        {
            w: MetricPhrase(named=tuple(named.get(w, ())), measured=tuple(measured.get(w, ())))
            for w in {*named, *measured}
        }
    )


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
