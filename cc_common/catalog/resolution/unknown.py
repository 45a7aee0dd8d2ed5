"""Names that look like machines but are none of this plant: "turbine 3", "XYZ-7", "chiller 99"; and what comes near."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import takewhile
from typing import Final

from rapidfuzz import fuzz

from cc_common.catalog.equipment import Equipment, EquipmentType
from cc_common.catalog.resolution.english import BOUNDS, CONNECTORS, FILLERS, ORDINARY, PERCENT, VAGUE_MACHINES, VERBS
from cc_common.catalog.resolution.names import Mention
from cc_common.catalog.resolution.question import Question
from cc_common.numerals import NUMBER_WORDS, read_number

MOST_NEAREST: Final = 3
_GLUE: Final = frozenset(("", "-", "_", "#", "\u2010", "\u2011"))
_JOINTS: Final = frozenset(" -_#.\u2010\u2011")
_NO_TAGS: Final = frozenset("qvlhdmwkx")  # Q3, v2, L1, x3: a letter and a number, but no machine
_MEASURING: Final = frozenset(("at", "to", "in", "by", "per", "than", "until", "upto", "least", "most", "max", "min"))
_FOREMOST: Final = frozenset(("worst", "most", "least", "top"))  # "the 5 worst", as any word in -est
_REACH: Final = 5  # words within which "of pump 3" says whose part it is
_YEARS: Final = range(1900, 2200)


def find_tags(question: Question, *, machines_named: bool) -> list[tuple[str, int]]:
    """Unclaimed words with a number after them that can only be a machine: text and number. Claims their tokens."""
    tags = []
    for at in range(len(question.tokens)):
        tag = _tag(question, at, machines_named) if question.free(at) else None
        if tag:
            start, end, number = tag
            tags.append((question.slice(start, end), number))
            question.taken.update(range(start, end))
    return tags


def _tag(question: Question, at: int, machines_named: bool) -> tuple[int, int, int] | None:
    """Tokens [start, end) of the tag whose last word stands at `at`, and its number; or None."""
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
    """The first word of a tag in several pieces ("XY-AB-7")."""
    while at and question.gap(at) in _GLUE and question.free(at - 1):
        at -= 1
    return at


def _only_counts(question: Question, at: int, read: tuple[int, int]) -> bool:
    """Whether the number is an amount ("making 50 kW"), a year, or counts what follows ("runs 3 pumps")."""
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
    """ "Show bar 7": a unit in a name's place; not in "below bar 7", "pressure bar 7" or "at bar 7"."""
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
    """Whether it is a part of a machine that is named beside it: "pump 3 bearing 2", "fan 1 speed of tower 4"."""
    if not question.vocabulary.metric_words.issuperset(parts):
        return False
    following = list(takewhile(lambda at: question.word(at) not in CONNECTORS, range(end, end + _REACH)))
    belongs = any(question.word(at) in ("of", "on", "in") for at in following)
    return start - 1 in question.names or (belongs and any(at in question.names for at in following))


def nearest_machines(mention: Mention, number: int | None) -> tuple[str, ...]:
    """Display names of the machines whose numbers come closest to one that does not exist."""
    family = mention.family
    machines = family.machines if family else {}
    by_distance = sorted(machines, key=lambda n: (abs(n - (number or 0)), n))
    return tuple(machines[n].name for n in by_distance[:MOST_NEAREST])


def nearest_names(
    tag: str, number: int, types: Sequence[EquipmentType], equipment: Sequence[Equipment]
) -> tuple[str, ...]:
    """Of the types whose words look most like the tag, one machine each: the one whose number comes closest."""
    word = "".join(c for c in tag.lower() if c.isalpha())
    ranked = sorted(range(len(types)), key=lambda i: (-_likeness(word, types[i]), i))
    names = (_closest(types[i].name, number, equipment) for i in ranked[:MOST_NEAREST])
    return tuple(name for one in names for name in one)


def _likeness(word: str, equipment_type: EquipmentType) -> float:
    return max(fuzz.ratio(word, text.lower()) for text in (equipment_type.label, *equipment_type.aliases))


def _closest(equipment_type: str, number: int, equipment: Sequence[Equipment]) -> Iterator[str]:
    machines = (e for e in equipment if e.type == equipment_type)
    yield from (e.name for e in sorted(machines, key=lambda e: abs(e.number - number))[:1])
