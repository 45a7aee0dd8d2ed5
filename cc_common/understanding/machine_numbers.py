"""Numbers beside the name of a type: "chillers 1, 2 & 5", "chiller 1 to 3", "third chiller"."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from cc_common.understanding.english_words import COMPARING, CONNECTORS, FILLERS, RANGES, SETTING, is_counting
from cc_common.understanding.question import Question
from cc_common.understanding.tokens import NUMBER_WORDS, read_number, read_ordinal
from cc_common.understanding.vocabulary import Family

_JOINTS: Final = frozenset(" -_#.:/(\u2010\u2011\u2013\t\n\r")  # characters between a type and its number
_DASHES: Final = frozenset("-\u2010\u2011\u2013\u2014")
_LISTING: Final = frozenset(",&/+;")
_NO_SERIES: Final = frozenset("aiqvlhdmwknos")  # article, quarter, phase, unit of time, "n" for "and"
_MAX_FILLERS: Final = 3
_MAX_OF_RANGE: Final = 50


@dataclass(frozen=True, kw_only=True)
class Chain:
    """Machine numbers and their tokens [start, end); `odd`: malformed text in place of a number ("12B")."""

    start: int
    end: int
    numbers: tuple[int, ...] = ()
    odd: bool = False


def numbers_after(question: Question, family: Family, at: int) -> Chain | None:
    """Reads the numbers after the phrase of a type that ends before token `at`."""
    place = _place(question, at)
    read = _number(question, family, place, first=True) if place is not None else None
    if place is None or read is None:
        return _letter(question, family, at)
    chain = Chain(start=place, end=read[1], numbers=(read[0],))
    if _is_odd(question, chain.end):
        return Chain(start=place, end=chain.end + 1, odd=True)
    while (longer := _next(question, family, chain)) is not None:
        chain = longer
    return chain


def numbers_before(question: Question, at: int) -> Chain | None:
    """Reads the ordinals before the phrase of a type that starts at token `at`."""
    read = _ordinal(question, at)
    if read is None:
        return None
    number, start = read
    joined = 1 if question.word(start - 1) in CONNECTORS else 0
    listed = joined or set(question.gap(start)) & _LISTING
    earlier = numbers_before(question, start - joined) if listed else None
    numbers = (*earlier.numbers, number) if earlier else (number,)
    return Chain(start=earlier.start if earlier else start, end=at, numbers=numbers)


def _place(question: Question, at: int) -> int | None:
    """The index of the expected number: token `at`, or after "no." and similar words."""
    for place in range(at, min(at + _MAX_FILLERS, len(question.tokens))):
        gap = question.gap(place)
        sentence_ends = place == at and gap.startswith(".") and gap != "." and not _is_dotted(question, at)
        if sentence_ends or not set(gap) <= _JOINTS:
            return None
        if question.word(place) not in FILLERS:
            return place
    return None


def _is_dotted(question: Question, at: int) -> bool:
    """Tells whether the dot before token `at` ends an abbreviation: "a.h.u. 9"."""
    return len(question.word(at - 1)) == 1 and question.gap(at - 1) == "." and question.gap(at).strip() == "."


def _number(question: Question, family: Family, at: int, *, first: bool = False) -> tuple[int, int] | None:
    """The cardinal at `at` and the index after it; a bare length ("AHU 7 min temperature") may provide its number."""
    if at >= len(question.tokens) or at in question.taken or _is_some_one(question, at):
        return None
    read = read_number(question.words, at)
    if read is None or at not in question.lengths:
        return read
    may_give_up = not family.plural if first else question.word(read[1]) == "min"
    if not may_give_up or read[0] not in family.machines:
        return None
    question.refuted.add(question.lengths[at])
    return read


def _is_some_one(question: Question, at: int) -> bool:
    """Tells whether "one" refers to any machine named before: "pump 3 vs pump 4, one of them leaks"."""
    return question.word(at) == "one" and question.word(at + 1) == "of"


def _is_odd(question: Question, end: int) -> bool:
    """Tells whether a letter or a decimal continues the number, as in "12B" or "1.5"."""
    if not question.free(end) or not question.tokens[end - 1].is_number:
        return False
    token = question.tokens[end]
    lettered = token.gap == "" and len(token.word) == 1 and token.word.isalpha()
    return lettered or (token.gap == "." and token.is_number)


def _letter(question: Question, family: Family, at: int) -> Chain | None:
    """A letter in place of a number ("chiller B"), which no machine has: the longer phrase would match before."""
    if not question.free(at):
        return None
    token = question.tokens[at]
    number_at = _place(question, at + 1)
    if number_at is not None and not family.plural and _is_lettered(question, at, number_at):
        return Chain(start=at, end=number_at + 1, odd=True)
    if question.text.isupper() or token.gap not in (" ", "-"):
        return None
    named = len(token.text) == 1 and token.text.isascii() and token.text.isupper() and token.text not in "IV"
    return Chain(start=at, end=at + 1, odd=True) if named else None


def _is_lettered(question: Question, at: int, number_at: int) -> bool:
    """Tells whether a letter and a number follow ("elevator X 3") that name no machine, metric, phase or quarter."""
    word, vocabulary = question.word(at), question.vocabulary
    if len(word) != 1 or word in _NO_SERIES or question.gap(at) not in (" ", "-") or not question.free(number_at):
        return False
    known = any(True for _ in vocabulary.names.families.find_at(question.words, at)) or vocabulary.longest_metric(
        question.words, at
    )
    return not known and question.tokens[number_at].is_number


def _next(question: Question, family: Family, chain: Chain) -> Chain | None:
    """Extends the chain by one number or range; None where the list ends."""
    at, joint = _joint(question, family, chain.end)
    read = _number(question, family, at) if joint else None
    if read is None or _counts(question, family, read) or (joint == "range" and _sets(question, family)):
        return None
    number, end = read
    if joint == "list" or _compares(question, family):
        return Chain(start=chain.start, end=end, numbers=(*chain.numbers, number))
    last = chain.numbers[-1]
    step = 1 if number >= last else -1
    passed = (n for n in range(last + step, number, step)[:_MAX_OF_RANGE] if n in family.machines)
    return Chain(start=chain.start, end=end, numbers=(*chain.numbers, *passed, number))


def _joint(question: Question, family: Family, at: int) -> tuple[int, str]:
    """The index of the next number, and its joint with the previous one: "list", "range", or "" for none."""
    gap, joint = set(question.gap(at)), ""
    if gap & _LISTING or (gap == {" "} and _juxtaposes(question, family, at)):
        joint = "list"
    elif gap & _DASHES and question.word(at).isdigit():
        joint = "range"
    for place in range(at, min(at + _MAX_FILLERS, len(question.tokens))):
        word = question.word(place)
        if not question.free(place) or word not in CONNECTORS | RANGES | FILLERS:
            return place, joint
        joint = "range" if word in RANGES else joint or ("list" if word in CONNECTORS else "")
    return at, ""


def _juxtaposes(question: Question, family: Family, at: int) -> bool:
    """Tells whether numbers are listed without a joint: after a plural, when compared, or three ("pump 1 2 3")."""
    if family.plural:
        return question.word(at).isdigit() or question.word(at) in NUMBER_WORDS
    if not question.word(at).isdigit():
        return False
    read = read_number(question.words, at)
    if _sets(question, family) or read is None or read[0] not in family.machines:
        return False
    if not COMPARING.isdisjoint(question.words) or (question.word(at - 2).isdigit() and question.gap(at - 1) == " "):
        return True
    after = at + 2 if question.word(at + 1) in CONNECTORS else at + 1
    return question.free(after) and question.word(after).isdigit()


def _counts(question: Question, family: Family, read: tuple[int, int]) -> bool:
    """Tells whether the number is a count ("and 5 pumps") or a quantity ("and 80 kW") and names no machine."""
    number, end = read
    if end >= len(question.words):
        return False
    vocabulary = question.vocabulary
    if number in family.machines:
        return any(other.plural for _, other in vocabulary.names.families.find_at(question.words, end))
    return vocabulary.is_unit(question.words, end)


def _compares(question: Question, family: Family) -> bool:
    """Tells whether "1 to 3" is two machines, as in "compare chiller 1 to 3"."""
    return not family.plural and not COMPARING.isdisjoint(question.words)


def _sets(question: Question, family: Family) -> bool:
    """Tells whether "7 to 50" is a machine and a value, as in "set the speed of pump 7 to 50"."""
    return not family.plural and not SETTING.isdisjoint(question.words)


def _ordinal(question: Question, end: int) -> tuple[int, int] | None:
    """The ordinal, or "number 3", that ends before token `end`: its value and its start."""
    for start in range(max(0, end - 3), end):
        if not all(question.free(at) for at in range(start, end)) or is_counting(question.word(start - 1)):
            continue
        read = read_ordinal(question.words, start)
        if read is None and start + 1 < end and question.word(start) in ("number", "no"):
            read = read_number(question.words, start + 1)
        if read is None and "#" in question.gap(start):
            read = read_number(question.words, start)
        if read and read[1] == end:
            return read[0], start
    return None
