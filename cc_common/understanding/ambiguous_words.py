"""Words whose meaning depends on their place ("current power", "vacuum pump 3"), and withdrawn parts of a question."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final, TypeVar

from cc_common.understanding.english_words import AFTER_ADJECTIVE, IMPLIED, MEASURED, ORDINARY, STOP, singular, word_set
from cc_common.understanding.question import Question

_TO_BE_DRAWN: Final = ("me", "us", "a", "the", "it", "them", "this", "that")
_UNTIL: Final = ("until", "till", "before", "til")
_TO_BE_STACKED: Final = ("up", "it", "that", "them", "against")


def names_nothing(question: Question, at: int) -> bool:
    """Tells whether a word that is also part of a metric's name names no metric at token `at`."""
    told = (_is_adjective, _is_to_plot, _is_to_compare, _is_until)
    return any(tells(question, at) for tells in told)


def _is_adjective(question: Question, at: int) -> bool:
    """Tells whether "current" only means now: "current power", "the current status"; not "current of meter 3"."""
    if question.word(at) != "current" or question.word(at - 1) in MEASURED or at + 1 >= len(question.tokens):
        return False
    after = question.word(at + 1)
    known = after in question.vocabulary.metric_words and after not in STOP
    return known or after in AFTER_ADJECTIVE or at + 1 in question.names


def _is_to_plot(question: Question, at: int) -> bool:
    """Tells whether "draw" asks for a chart: "draw me the speed"; not "draw of pump 3"."""
    if question.tokens[at].word != "draw" or at + 1 >= len(question.tokens):
        return False
    after = question.word(at + 1)
    return after in _TO_BE_DRAWN or (at == 0 and after not in ("of", "on", "at", "for", "by"))


def _is_until(question: Question, at: int) -> bool:
    """Tells whether "how long" asks for a time: "how long until it is empty"."""
    return question.word(at) == "how" and question.word(at + 1) == "long" and question.word(at + 2) in _UNTIL


def _is_to_compare(question: Question, at: int) -> bool:
    """Tells whether "stack" asks for a comparison: "how does it stack up against"."""
    return question.tokens[at].word == "stack" and question.word(at + 1) in _TO_BE_STACKED


# Before a type these name another kind of machine, unless the type's own names or metrics contain the word.
FOREIGN: Final = word_set(
    """heat vacuum vac sump dosing booster submersible jet bicycle bike tyre wind solar hydro steam gas water oil fuel
    petrol kerosene diesel air sewage sludge slurry brine glycol acid chemical chlorine hydraulic pneumatic gear
    diaphragm peristaltic piston plunger nitrogen oxygen ozone hydrogen ammonia helium freon refrigerator fridge
    freezer wine beer milk egg rice coffee food blood insulin infusion bilge bore borewell irrigation drainage drain
    effluent stp etp condensate coolant lube lubrication transfer feed injection ballast mud grease paint ink foam raw
    drinking domestic flushing waste rain storm lpg cng biogas coal flow btu lux noise sound taxi radio cell telecom
    watch clock bell parking transmission distillation absorption blast thermic isolation instrument potential
    welding audio signal password goods freight cargo scissor bellows ski stair chair stage split window cassette
    portable"""
)
# Before these types only they name another kind of machine: an electric boiler burns nothing.
FOREIGN_TO: Final = {
    "boiler": word_set("electric electrical electrode"),
    "transformer": word_set("current potential instrument"),
    "pump": word_set("screw gear lobe"),
    "lift": word_set("car scissor chair"),
}
# Attributes that identify a machine or its place or state, and do not change its kind.
HARMLESS: Final = word_set(
    """big small large huge little main duty standby stand spare backup emergency auxiliary aux primary secondary
    tertiary lead lag master slave old new own poor dear same whole entire actual correct wrong good bad nice great
    loud quiet idle live dead hot cold north south east west northern southern eastern western central front rear
    left right upper lower outer inner inside outside corner ground roof rooftop terrace basement annexe lobby kitchen
    canteen cafeteria office server lab laboratory atrium auditorium ballroom gym pool theatre retail mall hotel
    hospital ward admin warehouse store workshop garage laundry library school campus utility process production
    industrial electric electrical centrifugal screw scroll reciprocating rotary vertical horizontal variable inverter
    service passenger vip customer tenant owner critical important problem problematic suspect troublesome famous
    famed infamous beloved favourite favorite damn bloody stupid crazy dumb mighty respective different particular
    specific certain individual single online offline smart modern original replacement
    temporary permanent rental local remote external internal normal abnormal healthy unhealthy"""
)
# An unknown word after one of these belongs to the name that follows.
_BEFORE_A_NAME: Final = word_set(
    """of on in for at from the a an our my your their its this that with vs versus and or is was than between by me
    show compare check list plot graph get"""
)
_ADJECTIVES: Final = ("ing", "ed", "ly", "y", "est", "ous", "ful", "less", "able", "ish")
_MIN_LETTERS: Final = 4
_MAX_METRIC: Final = 5


def is_foreign(question: Question, at: int, types: Sequence[str], *, numbered: bool) -> bool:
    """Tells whether the word before the name of `types` at token `at` makes it a machine the plant does not have."""
    before = at - 1
    word = question.word(before)
    if not question.free(before) or question.gap(at) not in (" ", "-") or not word.isalpha():
        return False
    if question.tokens[before].word in FOREIGN:
        return not _is_own(question, before, types)
    if any(question.tokens[before].word in FOREIGN_TO.get(name, ()) for name in types) and numbered:
        return True
    return numbered and question.word(before - 1) in _BEFORE_A_NAME and _is_stranger(question, before, types)


def is_harmless(question: Question, at: int, types: Sequence[str]) -> bool:
    """Tells whether the word before token `at` only identifies a machine of `types` ("duty AHU 3") and is no metric."""
    known = question.word(at - 1) in HARMLESS and question.gap(at) == " " and question.free(at - 1)
    return known and question.word(at - 1) not in IMPLIED and not _is_own(question, at - 1, types)


def _is_own(question: Question, at: int, types: Sequence[str]) -> bool:
    """Tells whether a word is in the types' names or ends one of their metrics: "fuel DG 3", "bearing heat pump 3"."""
    vocabulary = question.vocabulary
    if any(question.word(at) in vocabulary.words_of_type[name] for name in types):
        return True
    starts = range(max(0, at - _MAX_METRIC + 1), at + 1)
    phrases = (found for start in starts for found in vocabulary.metrics.find_at(question.words, start))
    return any(end == at + 1 and not phrase.types.isdisjoint(types) for end, phrase in phrases)


def _is_stranger(question: Question, at: int, types: Sequence[str]) -> bool:
    """Tells whether a word is neither English nor the plant's, or names a metric of other types ("jockey pump 3")."""
    word, vocabulary = question.word(at), question.vocabulary
    if word in ORDINARY or word in HARMLESS or len(word) < _MIN_LETTERS or question.gap(at) != " ":
        return False
    metric = vocabulary.longest_metric(question.words, at)
    if metric is not None and metric[0] == at + 1:
        return metric[1].types.isdisjoint(types) and not _is_own(question, at, types)
    return not word.endswith(_ADJECTIVES) and not vocabulary.speaks_of(singular(word))


_CORRECTION: Final = re.compile(
    r"\b(?:i mean(?:t)?|no,? wait|wait,? no|or rather|correction|scratch that|make (?:that|it)|sorry|actually no"
    r"|not that|no no|strike that|my mistake|my bad)\b",
    re.I,
)

Said = TypeVar("Said")


def has_takeback(text: str) -> bool:
    """Tells whether the text withdraws something that it said before."""
    return _CORRECTION.search(text) is not None


def drop_taken_back(text: str, said: Iterable[tuple[int, Said]]) -> tuple[Said, ...]:
    """Returns the items located after the last correction in the text; all items when none is located after it."""
    things = tuple(said)
    last = max((mark.end() for mark in _CORRECTION.finditer(text)), default=0)
    return tuple(thing for at, thing in things if at >= last) or tuple(thing for _, thing in things)
