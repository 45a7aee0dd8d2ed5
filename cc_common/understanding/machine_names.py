"""Finds the machines and types that a question names: "chiller one", "CH-1", "third boiler", "every pump"."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from cc_common.catalog.equipment import Equipment
from cc_common.understanding.ambiguous_words import is_foreign, is_harmless
from cc_common.understanding.english_words import QUANTIFIERS, is_superlative
from cc_common.understanding.machine_numbers import Chain, numbers_after, numbers_before
from cc_common.understanding.question import Question
from cc_common.understanding.tokens import NUMBER_WORDS
from cc_common.understanding.vocabulary import Family

# Words before an attribute that identifies a machine.
_HAVING: Final = frozenset(("with", "has", "have", "having", "whose"))
# Words before a location.
_WHERE: Final = frozenset(("in", "at", "of", "from", "on", "for", "to", "inside", "near"))


@dataclass(frozen=True, kw_only=True)
class Missing:
    """A machine that a family does not have: its text, and its number (None for "chiller B")."""

    text: str
    number: int | None


@dataclass(frozen=True, kw_only=True)
class Mention:
    """A type named at tokens [start, end), with the numbered machines of it."""

    start: int
    end: int
    types: tuple[str, ...]
    family: Family | None = None
    machines: tuple[Equipment, ...] = ()
    missing: tuple[Missing, ...] = ()
    place: bool = False  # the mention is a location only; `types` are those whose machines name it


def find_names(question: Question) -> list[Mention]:
    """Finds every mention in order and claims its tokens."""
    mentions: list[Mention] = []
    at = 0
    while at < len(question.tokens):
        mention = (_place(question, at) or _mention(question, at)) if question.free(at) else None
        if mention and mention.place:
            question.taken.update(range(mention.start, mention.end))
        elif mention:
            mention = _qualified(question, mention)
            question.claim_name(mention.start, mention.end)
        if mention:
            mentions.append(mention)
        at = max(at + 1, mention.end) if mention else _after_metric(question, at)
    return _without_parts(question, mentions)


def _after_metric(question: Question, at: int) -> int:
    """The index after a metric's name, which names no machine ("jockey pump power") unless a number follows."""
    metric = question.vocabulary.longest_metric(question.words, at)
    end = metric[0] if metric and question.free(at) else at + 1
    return at + 1 if question.word(end).isdigit() or question.word(end) in NUMBER_WORDS else end


def _place(question: Question, at: int) -> Mention | None:
    """Finds a location of the plant. "Tower a" in lower case may also be a cooling tower and an article."""
    found = next(question.vocabulary.places.find_at(question.words, at), None)
    if found is None or not all(map(question.free, range(at, found[0]))):
        return None
    end, standing = found
    article = question.tokens[end - 1].text == "a" and end < len(question.tokens)
    if article and question.word(at - 1) not in _WHERE:
        return None
    called = [n for _, family in question.vocabulary.names.families.find_at(question.words, at) for n in family.types]
    return Mention(start=at, end=end, types=tuple(n for n in called if n in standing), place=True)


def _qualified(question: Question, mention: Mention) -> Mention:
    """The mention, or the unknown machine that the preceding word makes of it; claims a harmless word."""
    numbered = bool(mention.machines or mention.missing)
    if not is_foreign(question, mention.start, mention.types, numbered=numbered):
        if numbered and is_harmless(question, mention.start, mention.types):
            question.taken.add(mention.start - 1)
        return mention
    numbers = [*(m.number for m in mention.machines), *(m.number for m in mention.missing)]
    text = question.slice(mention.start - 1, mention.end)
    missing = Missing(text=text, number=numbers[0] if numbers else None)
    return replace(mention, start=mention.start - 1, machines=(), missing=(missing,))


def _without_parts(question: Question, mentions: list[Mention]) -> list[Mention]:
    """Removes mentions that are a part of a machine named beside them: "the compressor on chiller 3"."""
    owners = {name for mention in mentions if mention.machines for name in mention.types}
    parts = [mention for mention in mentions if _is_part(question, mention, owners - set(mention.types))]
    for part in parts:
        question.release_name(part.start, part.end)
    return [mention for mention in mentions if mention not in parts]


def _is_part(question: Question, mention: Mention, owners: set[str]) -> bool:
    if mention.machines or mention.missing or mention.place or mention.family is None or mention.family.plural:
        return False
    words = [question.word(at) for at in range(mention.start, mention.end)]
    chosen = question.word(mention.start - 1) in QUANTIFIERS
    return not chosen and any(question.vocabulary.metric_words_of[name].issuperset(words) for name in owners)


def _mention(question: Question, at: int) -> Mention | None:
    names = question.vocabulary.names
    machine = next(names.machines.find_at(question.words, at), None)
    for end, family in names.families.find_at(question.words, at):
        if machine and machine[0] >= end:
            break
        mention = _of_family(question, family, at, end)
        if mention:
            return mention
    if machine is None:
        return None
    return Mention(start=at, end=machine[0], types=(machine[1].type,), machines=(machine[1],))


def _of_family(question: Question, family: Family, start: int, end: int) -> Mention | None:
    """Finds a type with its numbers, or alone; None where the words have another meaning."""
    after = numbers_after(question, family, end)
    apart = question.gap(start).startswith((",", ";", ":", "."))  # "the best ones first, chillers"
    chain = after or (numbers_before(question, start) if not (family.weak or apart) else None)
    if chain is None:
        return _alone(question, family, start, end)
    found = tuple(dict.fromkeys(family.machines[n] for n in chain.numbers if n in family.machines))
    types = tuple(dict.fromkeys(m.type for m in found)) or tuple(family.types)
    return Mention(
        start=min(start, chain.start),
        end=max(end, chain.end),
        types=types,
        family=family,
        machines=found,
        missing=_missing(question, family, chain, (start, end)),
    )


def _missing(question: Question, family: Family, chain: Chain, name: tuple[int, int]) -> tuple[Missing, ...]:
    if chain.odd:
        return (Missing(text=question.slice(name[0], chain.end), number=None),)
    absent = dict.fromkeys(n for n in chain.numbers if n not in family.machines)
    if len(chain.numbers) == 1:
        whole = question.slice(min(name[0], chain.start), max(name[1], chain.end))
        return tuple(Missing(text=whole, number=n) for n in absent)
    return tuple(Missing(text=f"{question.slice(*name)} {n}", number=n) for n in absent)


def _alone(question: Question, family: Family, start: int, end: int) -> Mention | None:
    """Finds a type without numbers; None inside a metric's name: its own ("meter reading") or that of another type
    ("compressor load"). An abbreviation counts in capitals only.
    """
    metric = question.vocabulary.longest_metric(question.words, start)
    within = metric is not None and metric[0] > end
    if within and metric and metric[1].types.isdisjoint(family.types):
        return None
    if family.weak and (metric or not _stands_alone(question, start, end)):
        return None
    return Mention(start=start, end=start if within else end, types=tuple(family.types), family=family)


def _stands_alone(question: Question, start: int, end: int) -> bool:
    """Tells whether an abbreviation names its type without a number: "CT", "which ct", "top 3 ct", "ct with ..."."""
    text = question.slice(start, end)
    if len(text) == 1:
        return False
    before = start - 2 if question.word(start - 1).isdigit() else start - 1
    chosen = question.word(before) in QUANTIFIERS or is_superlative(question.word(before))
    return chosen or question.word(end) in _HAVING or (text.isupper() and not question.text.isupper())
