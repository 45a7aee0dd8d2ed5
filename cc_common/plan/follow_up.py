"""Questions that only make sense after the one before: "and yesterday?", "same for chiller 2", "its vibration?".

Code carries over what the question leaves out (machines, metrics, window); what is wanted now the model decides, which
reads one line more: what was asked before.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Final

from rapidfuzz import process
from rapidfuzz.distance import OSA

from cc_common.catalog.equipment import EquipmentType
from cc_common.catalog.resolution import Resolution, Resolver
from cc_common.catalog.resolution.english import is_superlative, word_set
from cc_common.catalog.store import Catalog
from cc_common.numerals import NUMBER_WORDS, read_number
from cc_common.plan.model import Plan
from cc_common.window import Window, find_times

_GREETING: Final = (
    r"^\W*(?:(?:ok(?:ay)?|so|hi|hey|hello|um|operator here|quick question|can you|right|thanks|thank you|good|great"
    r"|fine|hm+|ah|oh|please|pls|roger|copy(?: that)?|noted|alright|all right|cool|nice|yes|yeah|yep|cheers|got it)"
    r"\b\W*)*"
)
_CUE: Final = re.compile(
    rf"{_GREETING}(?:and|adn|also|same|ditto|again|now|then|but|or|instead|w(?:ha|a|ah)t about|how about|what of"
    r"|likewise|next|not (?:now|that one)|(?:no|nope|sorry|sory|oops|wrong(?: one)?)\b\W*[,.!]\W*"
    r"|(?:no\W+)+(?!\w+ (?:on|at|of|for|in)\b)"
    r"|i (?:mean|meant|asked for|said|asked)|let(?:'?s| us) see"
    r"|(?:switch|change|go|over|zoom)(?: (?:it|that|out|in|back|the (?:time|window)))? to)\b",
    re.I,
)
_ADDING: Final = re.compile(
    rf"{_GREETING}(?:(?:and|how does (?:it|that|this))\s+)*"
    r"(?:compared?|vs\.?|versus|against|next to|side by side|put|add|stack|match|weigh)\b"
    r"(?:\s+(?:it|that|this|them))?(?:\s+(?:with|to|against|vs\.?|versus|next|beside))*\s",
    re.I,
)
_POINTING: Final = re.compile(
    r"\b(?:it|its|it's|same|(?:that|this) (?:one|machine|unit|thing|guy|reading|value|figure)|them|they|their|those"
    r"|these ones|the one|make that|(?:is|was|has|did|does|will|would|should|could|can) that|which ones?)\b"
    r"|(?:plot|graph|chart|trend|draw|forecast|predict|project|see|show|check|of|than) (?:me )?(?:this|that)\b"
    r"|(?<!are )(?<!is )(?<!were )\bthere\b(?! (?:is|are|any|were))",
    re.I,
)
_MEANT: Final = re.compile(r"\b(?:same|(?:i|we) (?:mean|meant|wanted))\b", re.I)  # beside a machine alone
_ALSO: Final = re.compile(r"\b(?:as well|too|also|instead|then)\W*$", re.I)
_ALERTS: Final = re.compile(r"\b(?:alert|alarm)", re.I)
# A metric of no machine is asked of the one before, unless of the whole plant.
_WHOLE: Final = re.compile(
    r"\b(?:plant|site|building|facility|campus|everything|overall|whole|all|total|entire|anything)\b", re.I
)
_MACHINE_ALONE: Final = re.compile(
    r"^\W*(?:what(?:'s| is|s)\s+)?[\w#.-]+(?:\s+[\w#.-]+){0,2}(?:['\u2019]s)?"
    r"(?:\s+(?:at|doing|showing|on)(?:\s+(?:right\s+)?now)?)?\W*\?\W*$",
    re.I,
)
_COMPARED: Final = re.compile(r"\b(?:it|that|this|they)\b.*\b(?:than|compare[ds]?)\b", re.I)
_NOW: Final = re.compile(r"\b(?:now|currently|at the moment|rn|live|present)\b", re.I)
# "Now the steam flow" goes on, "now please" asks for this moment.
_ON_WITH_IT: Final = re.compile(rf"{_GREETING}(?:and\W+)?now\W+(?!(?:please|pls|then|thanks|and|or)\b)(?=\w)", re.I)
_NUMBER_ALONE: Final = re.compile(
    r"(?:\b(?:on|of|for|at|from|about|and|against|vs)\W{1,2}|,\s*)(\d{1,3})(?:['\u2019]?s)?\b\s*\W*$", re.I
)
_NUMBERED: Final = re.compile(r"\b(?:number|no)\W{1,2}(\d{1,3})\b", re.I)
_SPOKEN_ALONE: Final = re.compile(
    rf"{_GREETING}(?:and|what about|how about|same for|now|then)\W+(?:number\W+)?(?P<number>[a-z]+(?:[ -][a-z]+)?)\W*$",
    re.I,
)
_PAIR_ALONE: Final = re.compile(r"\b(\d{1,3})\s+(?:against|vs\.?|versus|or|and)\s+(\d{1,3})\b", re.I)
_BY_THAT: Final = re.compile(r"\b(?:on|by|in|for|at) (?:that|this|it)\b\W*$", re.I)
# Alone, these ask for another form, time or statistic of what was asked before.
_BARE: Final = word_set(
    """a as an the in on of for by per and please pls show me give it that this now right just only with what was is
    how about over during to from day days hour hours hourly daily weekly week month instead average avg mean max
    maximum min minimum peak highest lowest total sum statistics stats graph chart plot trend curve table gauge dial
    ones hi hey um ok so thanks thx asap again put real quick currently today yesterday tomorrow first last top bottom
    most least forecast who which are one then value reading current typical usual can you i see let us switch change go
    zoom not meant so far tell lowest highest time check only how much many want wants need needs boss client customer
    manager open any get fetch sir bhai okay yes no sorry my mean figure number exact alone worst best do
    expect rather
    one two three four five six seven eight nine ten twenty"""
)
# Around a machine or type that is named alone.
_AROUND: Final = word_set(
    """the our and or what whats s is at showing on now please pls then too ok okay roger right thanks so hm hmm number
    no nr unit sir"""
)
_LONGEST_BARE: Final = 3  # words of "vibration?" or "the oil temperature?"


def understand(
    question: str, resolver: Resolver, catalog: Catalog, *, now: datetime, before: Plan | None = None
) -> Resolution:
    """The question resolved; in the light of the plan `before` where it leaves out what that one named."""
    found = resolver.resolve(question, now=now)
    if before is None or before.intent == "out_of_scope":
        return found
    text = _with_machine(found, before, catalog)
    found = found if text == question else replace(resolver.resolve(text, now=now), question=question)
    if text == question and not _follows(found, before, catalog, now):
        return found
    adding = bool(found.equipment and before.equipment and text == question and _adds(question))
    missing = ", ".join(_left_out(found, before, catalog, now, adding=adding))
    whole = resolver.resolve(f"{missing}, {text}" if adding else f"{text}, {missing}", now=now)
    return replace(
        whole,
        question=question,
        windows=found.windows or _carried(question, before),
        numbers=whole.numbers or (() if before.top_n is None else (before.top_n,)),
        before=_said(before),
        order=before.order,
        adding=adding,
    )


def _with_machine(found: Resolution, before: Plan, catalog: Catalog) -> str:
    """The question with the machine named that it only points at: "on 21?" after one of AHU 20, "that pump"."""
    kinds = {catalog.type_of(machine).name for machine in before.equipment}
    if found.equipment or len(kinds) != 1:
        return found.question
    kind = catalog.type(kinds.pop())
    if not found.equipment_types and (text := _with_numbers(found, kind.label)):
        return text
    names = "|".join(re.escape(name) for name in (kind.label, *kind.aliases))
    pointed = re.search(rf"\b(?:that|this|same) (?:{names})\b", found.question, re.I)
    if pointed and len(before.equipment) == 1:
        return found.question.replace(pointed.group(), catalog.get(before.equipment[0]).name)
    return found.question


def _with_numbers(found: Resolution, label: str) -> str | None:
    """The question with that label before numbers that stand for machines: "and 7?", "1 against 3", "and fourteen"."""
    question = found.question
    if pair := _PAIR_ALONE.search(question):
        first, second = pair.span(1)[0], pair.span(2)[0]
        return f"{question[:first]}{label} {question[first:second]}{label} {question[second:]}"
    counted = _NUMBER_ALONE.search(question)
    if counted and int(counted.group(1)) not in found.numbers:
        counted = None
    if digits := counted or _NUMBERED.search(question):
        return f"{question[: digits.start(1)]}{label} {question[digits.start(1) :]}"
    if spoken := _SPOKEN_ALONE.search(question):
        words = re.split(r"[ -]", spoken["number"].lower())
        read = read_number(words, 0)
        if read and read[1] == len(words):
            return f"{question[: spoken.start('number')]}{label} {question[spoken.start('number') :]}"
    return None


def _follows(found: Resolution, before: Plan, catalog: Catalog, now: datetime) -> bool:
    question, names_machine = found.question, bool(found.equipment or found.equipment_types)
    adding = names_machine and _adds(question)
    if found.unknown or (names_machine and found.metric_named and not adding):
        return False
    if adding or _CUE.search(question) or _ALSO.search(question):
        return True
    if not found.equipment and found.equipment_types and before.metrics and _BY_THAT.search(question):
        return True
    if names_machine and _MEANT.search(question):
        return True
    if names_machine and _is_alone(found, before, catalog):
        return True
    if names_machine:
        return bool(found.equipment and _MACHINE_ALONE.search(question)) or bool(_COMPARED.search(question))
    about_machine = found.metric_named and bool(before.equipment) and not _WHOLE.search(question)
    return about_machine or bool(_POINTING.search(question)) or _is_bare(found, catalog, now)


def _is_alone(found: Resolution, before: Plan, catalog: Catalog) -> bool:
    """Nothing but a machine of the type asked about before, or a type after another: "meter 5", "the lifts, please"."""
    asked = {catalog.type_of(machine).name for machine in before.equipment}
    if (
        before.intent == "summary"
        or found.windows
        or (not asked.issuperset(found.equipment_types) if asked else found.equipment)
    ):
        return False
    names = " ".join(text for name in found.equipment_types for text in _names_of(catalog.type(name)))
    words = re.findall(r"[^\W\d_]+", found.question.lower())
    return all(word in _AROUND or word in NUMBER_WORDS for word in words if word not in names.lower().split())


def _names_of(kind: EquipmentType) -> Iterator[str]:
    yield from (kind.label, kind.plural, *kind.aliases)


def _adds(question: str) -> bool:
    """A machine to set beside the one before: "vs chiller 3", "is it better than chiller 3's"."""
    return bool(_ADDING.search(question) or _COMPARED.search(question))


def _is_bare(found: Resolution, catalog: Catalog, now: datetime) -> bool:
    """Nothing but a time, a form or a statistic; or nothing but a metric."""
    words = _words(found, catalog, now)
    told = [word for word in words if not (is_superlative(word) or _is_slip(word))]
    return _BARE.issuperset(told) or (found.metric_named and len(words) <= _LONGEST_BARE)


def _is_slip(word: str) -> bool:
    """Whether it is a bare word but for one slip of the finger."""
    choices = [bare for bare in _BARE if len(bare) > 3]
    return len(word) > 3 and process.extractOne(word, choices, scorer=OSA.distance, score_cutoff=1) is not None


def _words(found: Resolution, catalog: Catalog, now: datetime) -> list[str]:
    """The question's words without its times."""
    rest = found.question
    for start, end in reversed(find_times(rest, now=now, tz=catalog.tz).spans):
        rest = rest[:start] + " " + rest[end:]
    return re.findall(r"[^\W\d_]+", rest.lower())


def _left_out(found: Resolution, before: Plan, catalog: Catalog, now: datetime, *, adding: bool) -> Iterator[str]:
    """Names of the machines and metrics that the question takes for granted."""
    if adding or not (found.equipment or found.equipment_types):
        yield from (catalog.get(e).name for e in before.equipment)
        if before.equipment_type and not before.equipment:
            yield catalog.type(before.equipment_type).plural
    if not found.metric_named or _BARE.issuperset(_words(found, catalog, now)):
        types = [catalog.type_of(e) for e in before.equipment]
        types += [catalog.type(before.equipment_type)] if before.equipment_type else []
        yield from (m.label for name in before.metrics for t in types[:1] if (m := t.metric(name)))


def _carried(question: str, before: Plan) -> tuple[Window, ...]:
    """The window of before, unless the question asks for now, or for alerts: those are wanted as they stand."""
    now = _NOW.search(_ON_WITH_IT.sub("", question))
    return () if before.window is None or now or _ALERTS.search(question) else (before.window,)


def _said(before: Plan) -> str:
    return " ".join(word for word in (before.intent, before.aggregation) if word)
