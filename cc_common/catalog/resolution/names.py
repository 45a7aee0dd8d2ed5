"""Finds the machines and types that a question names: "chiller one", "CH-1", "third boiler", "every pump"."""

from __future__ import annotations

from dataclasses import dataclass

from cc_common.catalog.equipment import Equipment
from cc_common.catalog.resolution.families import Family
from cc_common.catalog.resolution.numbers import Chain, numbers_after, numbers_before
from cc_common.catalog.resolution.question import Question
from cc_common.numerals import NUMBER_WORDS


@dataclass(frozen=True, kw_only=True)
class Missing:
    """A machine that a family does not have: as written, and its number (None for "chiller B")."""

    text: str
    number: int | None


@dataclass(frozen=True, kw_only=True)
class Mention:
    """A type named at tokens [start, end), with the machines of it that were named."""

    start: int
    end: int
    types: tuple[str, ...]
    family: Family | None = None
    machines: tuple[Equipment, ...] = ()
    missing: tuple[Missing, ...] = ()


def find_names(question: Question) -> list[Mention]:
    """Every mention in order; its tokens are claimed."""
    mentions: list[Mention] = []
    at = 0
    while at < len(question.tokens):
        mention = _mention(question, at) if question.free(at) else None
        if mention:
            mentions.append(mention)
            question.claim_name(mention.start, mention.end)
        at = max(at + 1, mention.end) if mention else _after_metric(question, at)
    return mentions


def _after_metric(question: Question, at: int) -> int:
    """Past the name of a metric, whose words name no machine ("jockey pump power") unless a number follows."""
    metric = question.vocabulary.longest_metric(question.words, at)
    end = metric[0] if metric and question.free(at) else at + 1
    return at + 1 if question.word(end).isdigit() or question.word(end) in NUMBER_WORDS else end


def _mention(question: Question, at: int) -> Mention | None:
    names = question.vocabulary.names
    machine = next(names.machines.at(question.words, at), None)
    for end, family in names.families.at(question.words, at):
        if machine and machine[0] >= end:
            break
        mention = _of_family(question, family, at, end)
        if mention:
            return mention
    if machine is None:
        return None
    return Mention(start=at, end=machine[0], types=(machine[1].type,), machines=(machine[1],))


def _of_family(question: Question, family: Family, start: int, end: int) -> Mention | None:
    """A type with its numbers, or alone; None where the words mean something else here."""
    after = numbers_after(question, family, end)
    chain = after or (numbers_before(question, start) if not family.weak else None)
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
    """A type without numbers. In the name of its own metric ("meter reading") it leaves the words to the metric;
    in that of another type's ("compressor load") it is not meant, nor is an abbreviation outside capitals."""
    metric = question.vocabulary.longest_metric(question.words, start)
    within = metric is not None and metric[0] > end
    if within and metric and metric[1].types.isdisjoint(family.types):
        return None
    text = question.slice(start, end)
    if family.weak and (metric or len(text) == 1 or not text.isupper() or question.text.isupper()):
        return None
    return Mention(start=start, end=start if within else end, types=tuple(family.types), family=family)
