"""Indexes the words of one plant: types, machines, locations and metrics, by phrase."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from cc_common.catalog.equipment import Equipment, EquipmentType, Metric
from cc_common.understanding.english_words import COMMON, ORDINARY, PERCENT, PLACES, plural
from cc_common.understanding.tokens import MAX_ABBREVIATED, Phrases, Words, last_in_plural, words_of


@dataclass(kw_only=True)
class Family:
    """The machines by number that may follow one phrase ("chiller", "CH"). Written during indexing only."""

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
    """Indexes every phrase that names a type or a machine."""
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
    several = {words_of(equipment_type.plural), *map(last_in_plural, single)} - plain
    for words in sorted({variant for phrase in single for variant in _variants(phrase)} | several):
        family = _add(families, words, equipment_type.name)
        family.plural = words in several
        family.weak = words not in plain | several and sum(map(len, words)) <= MAX_ABBREVIATED
        for number, machine in machines.items():
            family.machines.setdefault(number, machine)


def _variants(words: Words) -> Iterator[Words]:
    """The phrase itself, as one word ("coolingtower"), and an abbreviation as dictated letters ("a h u")."""
    yield words
    if len(words) > 1:
        yield ("".join(words),)
    elif 2 <= len(words[0]) <= MAX_ABBREVIATED:
        yield tuple(words[0])


Types = frozenset[str]


def index_places(equipment: Sequence[Equipment], names: Names) -> Phrases[Types]:
    """The types of each location that has a letter or a number; words such as "level" are not indexed."""
    types: dict[Words, set[str]] = defaultdict(set)
    for machine in equipment:
        for words in _spoken(machine.location):
            types[words].add(machine.type)
    return Phrases({w: frozenset(t) for w, t in types.items() if w[0] not in PLACES and not _is_machine(w, names)})


def _spoken(location: str) -> Iterator[Words]:
    """Splits a location: "Tower A", "Tower A, Level 3" and "Room C" of "Pump Room C", each up to a letter or number."""
    parts = [words_of(part) for part in location.split(",")]
    for words in (*parts, words_of(location)):
        for end in (at + 1 for at, word in enumerate(words) if at and _is_identifier(word)):
            yield words[:end]
            yield words[end - 2 : end]


def _is_identifier(word: str) -> bool:
    return word.isdigit() or len(word) == 1


def _is_machine(words: Words, names: Names) -> bool:
    """Tells whether the plant has a machine of exactly that name."""
    if any(end == len(words) for end, _ in names.machines.find_at(words, 0)):
        return True
    families: Iterable[int] = (
        n for end, family in names.families.find_at(words, 0) if end == len(words) - 1 for n in family.machines
    )
    return words[-1].isdigit() and int(words[-1]) in families


@dataclass(frozen=True, kw_only=True)
class MetricPhrase:
    """The metrics that a phrase names, and those it is the unit of."""

    named: tuple[tuple[str, Metric], ...] = ()  # (type, metric)
    measured: tuple[tuple[str, Metric], ...] = ()

    @property
    def types(self) -> set[str]:
        """The types that have a metric of this phrase."""
        return {equipment_type for equipment_type, _ in (*self.named, *self.measured)}


def names_of(metric: Metric) -> list[Words]:
    """Label, column and aliases; the column also without its last word where that is a unit."""
    column = words_of(metric.name)
    label = words_of(metric.label)
    bare_column = column if column[-1] in label else column[:-1]
    phrases = [label, column, bare_column, *map(words_of, metric.aliases)]
    return [words for words in dict.fromkeys(phrases) if words and not (len(words) == 1 and len(words[0]) == 1)]


def telling_words(metric: Metric) -> set[str]:
    """The words that identify a metric alone; common English words only when they are its full name."""
    phrases = names_of(metric)
    words = {word for phrase in phrases for word in phrase if word.isalpha() and len(word) > 1}
    return {word for word in words if word in PLACES or word not in COMMON or (word,) in phrases}


def units_of(metric: Metric) -> list[Words]:
    """The unit as written and as spoken, in full and by its longer words; single letters are not indexed."""
    written = (metric.unit, metric.unit.replace("/", " per "), metric.unit_spoken)
    whole = [words_of(text) for text in written]
    parts = [(word,) for word in words_of(metric.unit_spoken) if len(word) > MAX_ABBREVIATED and word not in ORDINARY]
    several = [last_in_plural(words) for words in whole if words and len(words[-1]) > 1]  # "as" is no plural of "a"
    units = [words for words in dict.fromkeys([*whole, *parts, *several]) if sum(map(len, words)) > 1]
    return [words for words in units if words != whole[0] or words == (PERCENT,) or words[0] not in ORDINARY]


def index_metrics(types: Iterable[EquipmentType]) -> Phrases[MetricPhrase]:
    """Indexes every phrase that names or measures a metric, the last word also in the plural."""
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


_MIN_PREFIX: Final = 4


class Vocabulary:
    """The words of a plant, indexed once."""

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
        """The longest phrase of a metric at `words[at]`, and the index after it."""
        return next(self.metrics.find_at(words, at), None) if at < len(words) else None

    def has(self, word: str) -> bool:
        """Tells whether a word is in the name of a machine or metric."""
        return word in self._words

    def speaks_of(self, word: str) -> bool:
        """Tells whether a word is the plant's, or the start of one ("temp")."""
        return word in self._words or any(known.startswith(word[:_MIN_PREFIX]) for known in self.metric_words)

    def is_only_unit(self, word: str) -> bool:
        """Tells whether a word is a unit and no metric's name: "bar"."""
        return word in self._units

    def is_unit(self, words: Sequence[str], at: int) -> bool:
        """Tells whether a unit starts at `words[at]`."""
        return at < len(words) and any(phrase.measured for _, phrase in self.metrics.find_at(words, at))


def _words_of_type(equipment_type: EquipmentType) -> frozenset[str]:
    names = (equipment_type.label, equipment_type.plural, *equipment_type.aliases)
    return frozenset(word for name in names for word in words_of(name))
