"""What the plant calls its types and machines, by phrase."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from cc_common.catalog.equipment import Equipment, EquipmentType
from cc_common.catalog.resolution.phrases import MOST_ABBREVIATED, Phrases, Words, last_in_plural
from cc_common.catalog.resolution.tokens import words_of


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
    several = {words_of(equipment_type.plural), *map(last_in_plural, single)} - plain
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
