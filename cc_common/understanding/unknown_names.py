"""Finds names of machines, kinds and measures that the plant does not have, and the nearest existing names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from itertools import takewhile
from typing import Final

from rapidfuzz import fuzz, process

from cc_common.catalog.equipment import Equipment, EquipmentType
from cc_common.understanding.ambiguous_words import names_nothing
from cc_common.understanding.english_words import (
    BOUNDS,
    COMMON,
    CONNECTORS,
    FILLERS,
    GENERIC,
    ORDINARY,
    PERCENT,
    VAGUE_MACHINES,
    VERBS,
    singular,
    word_set,
)
from cc_common.understanding.machine_names import Mention
from cc_common.understanding.question import Question, Scope
from cc_common.understanding.tokens import NUMBER_WORDS, read_number
from cc_common.understanding.vocabulary import MetricPhrase

MAX_NEAREST: Final = 3
_GLUE: Final = frozenset(("", "-", "_", "#", "\u2010", "\u2011"))
_JOINTS: Final = frozenset(" -_#.\u2010\u2011")
_NO_TAGS: Final = frozenset("qvlhdmwkx")  # Q3, v2, L1, x3: a letter and a number that name no machine
_MEASURING: Final = frozenset(("at", "to", "in", "by", "per", "than", "until", "upto", "least", "most", "max", "min"))
_FOREMOST: Final = frozenset(("worst", "most", "least", "top"))  # "the 5 worst", as any word in -est
_REACH: Final = 5  # words within which "of pump 3" names the whole of a part
_YEARS: Final = range(1900, 2200)


def find_tags(question: Question, *, machines_named: bool) -> list[tuple[str, int]]:
    """Finds unclaimed words followed by a number that can only be a machine: text and number. Claims their tokens."""
    tags = []
    for at in range(len(question.tokens)):
        tag = _tag(question, at, machines_named) if question.free(at) else None
        if tag:
            start, end, number = tag
            tags.append((question.slice(start, end), number))
            question.taken.update(range(start, end))
    return tags


def _tag(question: Question, at: int, machines_named: bool) -> tuple[int, int, int] | None:
    """Tokens [start, end) of the tag whose last word is at `at`, and its number; or None."""
    number_at = at + 1
    while question.word(number_at) in FILLERS and number_at < at + 3:
        number_at += 1
    read = read_number(question.words, number_at) if question.free(number_at) else None
    if question.tokens[at].word in VERBS or question.word(at) in NUMBER_WORDS:
        return None
    if read is None or not set(question.gap(number_at)) <= _JOINTS or not question.word(at).isalpha():
        return None
    metric = question.vocabulary.longest_metric(question.words, at)
    if metric and metric[0] > number_at:
        return None
    glued = question.gap(number_at) in _GLUE
    if not glued and question.tokens[number_at].word == "one":  # "wants one more"
        return None
    start = _start(question, at) if glued else at
    if not glued and _only_counts(question, at, read):
        return None
    parts = [question.word(i) for i in range(start, at + 1)]
    if not (_is_named_as_unit(question, start, parts) or _could_be_machine(question, parts, glued, machines_named)):
        return None
    if _is_component(question, start, read[1], parts):
        return None
    return start, read[1], read[0]


def _start(question: Question, at: int) -> int:
    """The index of the first word of a tag in several parts ("XY-AB-7")."""
    while at and question.gap(at) in _GLUE and question.free(at - 1):
        at -= 1
    return at


def _only_counts(question: Question, at: int, read: tuple[int, int]) -> bool:
    """Tells whether the number is a quantity ("making 50 kW"), a year, or a count of what follows ("runs 3 pumps")."""
    number, end = read
    if question.tokens[end - 1].is_number and (number in _YEARS or question.gap(end) == "."):
        return True
    word, after = question.word(at), question.word(end)
    if after in _FOREMOST or after.endswith("est"):
        return True
    if word.endswith("ing") and (question.vocabulary.is_unit(question.words, end) or question.word(end) == PERCENT):
        return True
    return end in question.names or (word.endswith("ed") and len(word) > 5) or word.endswith(("est", "ly"))


def _is_named_as_unit(question: Question, start: int, parts: Sequence[str]) -> bool:
    """Tells whether a unit is used as a name: "show bar 7"; not "below bar 7", "pressure bar 7" or "at bar 7"."""
    before = question.word(start - 1)
    named = not before or before in (ORDINARY - BOUNDS - _MEASURING)
    return len(parts) == 1 and named and start - 1 not in question.names and question.vocabulary.is_only_unit(parts[0])


def _could_be_machine(question: Question, parts: Sequence[str], glued: bool, machines_named: bool) -> bool:
    word = parts[-1]
    if len(parts) == 1 and len(word) == 1:
        return glued and word not in _NO_TAGS
    if VAGUE_MACHINES.intersection(parts):
        return not machines_named
    if all(part in ORDINARY for part in parts):
        return False
    if all(part in question.vocabulary.metric_words for part in parts):
        return word in question.vocabulary.modifiers
    return True


def _is_component(question: Question, start: int, end: int, parts: Sequence[str]) -> bool:
    """Tells whether a tag is a part of a machine named beside it: "pump 3 bearing 2", "fan 1 speed of tower 4"."""
    if not question.vocabulary.metric_words.issuperset(parts):
        return False
    following = list(takewhile(lambda at: question.word(at) not in CONNECTORS, range(end, end + _REACH)))
    belongs = any(question.word(at) in ("of", "on", "in") for at in following)
    return start - 1 in question.names or (belongs and any(at in question.names for at in following))


def nearest_machines(mention: Mention, number: int | None) -> tuple[str, ...]:
    """Display names of the machines with the nearest numbers to one that does not exist."""
    family = mention.family
    machines = family.machines if family else {}
    by_distance = sorted(machines, key=lambda n: (abs(n - (number or 0)), n))
    return tuple(machines[n].name for n in by_distance[:MAX_NEAREST])


def nearest_names(
    tag: str, number: int, types: Sequence[EquipmentType], equipment: Sequence[Equipment]
) -> tuple[str, ...]:
    """One machine of each type most similar to the tag: the one with the nearest number."""
    word = "".join(c for c in tag.lower() if c.isalpha())
    ranked = sorted(range(len(types)), key=lambda i: (-_likeness(word, types[i]), i))
    names = (_closest(types[i].name, number, equipment) for i in ranked[:MAX_NEAREST])
    return tuple(name for one in names for name in one)


def _likeness(word: str, equipment_type: EquipmentType) -> float:
    return max(fuzz.ratio(word, text.lower()) for text in (equipment_type.label, *equipment_type.aliases))


def _closest(equipment_type: str, number: int, equipment: Sequence[Equipment]) -> Iterator[str]:
    machines = (e for e in equipment if e.type == equipment_type)
    yield from (e.name for e in sorted(machines, key=lambda e: abs(e.number - number))[:1])


MACHINES: Final = word_set(
    """turbine escalator conveyor crane windmill furnace kiln oven reactor mixer centrifuge crusher lathe robot forklift
    extruder incinerator scrubber silo hopper loom gearbox rectifier photovoltaic solar dishwasher refrigerator freezer
    locomotive tractor excavator elevator dehumidifier electrolyser digester clarifier pasteuriser autoclave palletiser
    bulldozer treadmill printer drone hoist winch agitator granulator cyclotron"""
)
MEASURES: Final = word_set(
    """noise loudness decibel decibels smell odour odor colour color price brightness radiation turbidity
    viscosity torque thrust altitude wifi salinity luminosity"""
)
_ASKED_OF: Final = word_set("of on at in for and or level levels")
_TYPES: Final = "RO STP ETP WTP".lower().split()  # "RO plant 1"


def find_unknown_machine_kinds(question: Question) -> Iterator[str]:
    """Finds names of kinds of machines that the plant does not have, as written; claims their tokens."""
    for at in range(len(question.tokens)):
        word = singular(question.tokens[at].word)
        abbreviated = question.tokens[at].word in _TYPES and question.word(at + 1) == "plant"
        if (word in MACHINES or abbreviated) and _is_strange(question, at):
            question.taken.add(at)
            yield question.slice(at, at + 2 if abbreviated else at + 1)


def find_unknown_measures(question: Question, *, asked: bool = False) -> Iterator[str]:
    """Finds names of measures that no machine of the plant has, as written; claims their tokens.

    `asked`: only as an attribute ("noise of pump 3"), not as an observation ("noise from the roof").
    """
    for at in range(len(question.tokens)):
        wanted = not asked or question.word(at + 1) in _ASKED_OF
        if wanted and question.tokens[at].word in MEASURES and _is_strange(question, at):
            question.taken.add(at)
            yield question.slice(at, at + 1)


def _is_strange(question: Question, at: int) -> bool:
    word = question.tokens[at].word
    known = question.vocabulary.names.meanings.keys() | question.vocabulary.metric_words
    return question.free(at) and not {word, singular(word)} & known


MAX_NEAREST_METRICS: Final = 3


def find_metrics_of_other_types(
    question: Question, scope: Scope, closed: Set[int], exact: Set[int]
) -> Iterator[tuple[range, tuple[str, tuple[str, ...]]]]:
    """Finds metrics that only other types have ("fuel level" asked of a chiller), and their tokens."""
    at = 0
    while at < len(question.tokens):
        end = next(
            (
                end
                for end, phrase in _foreign(question, at, closed)
                if _is_clear(question, scope, range(at, end), exact, phrase)
            ),
            at,
        )
        if end > at:
            text = question.slice(at, end)
            yield range(at, end), (text, _nearest(text, scope))
            question.taken.update(range(at, end))
        at = max(end, at + 1)


def _foreign(question: Question, at: int, closed: Set[int]) -> Iterator[tuple[int, MetricPhrase]]:
    if names_nothing(question, at):
        return
    for end, phrase in question.vocabulary.metrics.find_at(question.words, at):
        if phrase.named and closed.isdisjoint(range(at, end)):
            yield end, phrase


def _is_clear(question: Question, scope: Scope, positions: range, exact: Set[int], phrase: MetricPhrase) -> bool:
    """Tells whether a word of the phrase, as typed, distinguishes it from all metrics of the types in scope."""
    words = [question.word(at) for at in positions if at not in exact]
    if phrase.types & scope.types or any(question.tokens[at].word != question.word(at) for at in positions):
        return False
    if len(positions) == 1 and question.word(positions[0]).endswith("ing"):
        return False
    if question.word(positions[0]) == "how":  # "how long" asks for a metric and is no name of one
        return False
    telling = [w for w in words if w not in COMMON and not {w, singular(w)} & GENERIC]
    return any(not scope.meant_by(word) for word in telling)


def _nearest(text: str, scope: Scope) -> tuple[str, ...]:
    labels = list(dict.fromkeys(m.label for m in scope.metrics.values()))
    found = process.extract(text.lower(), labels, scorer=fuzz.ratio, limit=MAX_NEAREST_METRICS)
    return tuple(label for label, _, _ in found)
