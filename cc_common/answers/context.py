"""A Context: facts under headings, their wording, and assembly within a token budget."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import IntEnum
from functools import cached_property
from typing import Final, Literal
from zoneinfo import ZoneInfo

from cc_common.answers.quantities import limit_text, quantity
from cc_common.catalog.store import Catalog
from cc_common.core.errors import InvalidInput
from cc_common.core.evidence import Figure, Statistic
from cc_common.core.windows import Window

ContextKind = Literal["summary", "trend", "anomalies", "comparison", "alerts", "maintenance", "assembly"]


class Relevance(IntEnum):
    """The priority of a fact when the budget is short."""

    ALARM = 0
    UNUSUAL = 1
    STATE = 2
    COURSE = 3
    NEIGHBOURS = 4
    DETAIL = 5


@dataclass(frozen=True, kw_only=True)
class Fact:
    """One line. Every number in it is one of `figures`, rounded as shown."""

    text: str
    figures: tuple[Figure, ...] = ()
    relevance: Relevance


@dataclass(frozen=True, kw_only=True)
class Part:
    """Facts under one heading, about `machines`; `sources`: the tables and alerts that were read."""

    heading: str
    facts: tuple[Fact, ...]
    machines: tuple[str, ...]
    sources: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Context:
    """Facts for a language model. `complete`: False when facts were omitted to fit the budget."""

    kind: ContextKind
    parts: tuple[Part, ...]
    complete: bool = True

    @cached_property
    def text(self) -> str:
        """Markdown: a heading, and a list of facts, for each part."""
        parts = ("\n".join((f"## {part.heading}", *(f"- {fact.text}" for fact in part.facts))) for part in self.parts)
        rest = () if self.complete else ("Further facts were left out for want of room.",)
        return "\n\n".join((*parts, *rest)) + "\n"

    @cached_property
    def figures(self) -> tuple[Figure, ...]:
        """Every number of the text, in order of first mention."""
        return tuple(dict.fromkeys(figure for part in self.parts for fact in part.facts for figure in fact.figures))

    @cached_property
    def sources(self) -> tuple[str, ...]:
        """The sources read: tables, "rollup" (all roll-ups) and "alert:<id>"; also those without results."""
        return tuple(dict.fromkeys(source for part in self.parts for source in part.sources))


# Noun phrases for a list; an answer, which is also spoken, uses clauses with a verb (reading_text.py).
_WORDS: Final = {
    "avg": "average {}",
    "min": "lowest {}",
    "max": "highest {}",
    "sum": "total {}",
    "delta": "total {}",
    "count": "from {} readings",
    "last": "{}",
    "forecast": "expected {}",
}
MIDDLE: Final[tuple[Statistic, ...]] = ("avg", "delta", "sum")


@dataclass(frozen=True)
class FactText:
    """Wording specific to contexts; all other wording is shared with answers (quantities.py, finding_text.py).

    Times are absolute, with their date: a context has no time of asking for "today" or "the last hour",
    and is read together with contexts of other windows.
    """

    catalog: Catalog

    def amount(self, figure: Figure) -> str:
        """ "94.7 kW"."""
        return quantity(figure, self.catalog, spoken=False)

    def figures(self, figures: Sequence[Figure]) -> str:
        """ "average 90.1 kW, lowest 0.0 kW, highest 130.2 kW, from 1,440 readings"."""
        return ", ".join(_WORDS[f.statistic].format(self.amount(f)) for f in figures)

    def label(self, figure: Figure) -> str:
        """The metric's label: "power consumption"."""
        return self.catalog.metric(figure.equipment, figure.metric).label

    def name(self, equipment_id: str) -> str:
        """ "Chiller 1"; the id where the plant has no such machine."""
        return self.catalog.name_of(equipment_id)

    def time(self, moment: datetime) -> str:
        """ "2026-03-04 15:00"."""
        return f"{moment.astimezone(ZoneInfo(self.catalog.tz)):%Y-%m-%d %H:%M}"

    def span(self, window: Window) -> str:
        """ "from 2026-03-03 15:00 to 2026-03-04 15:00"."""
        return f"from {self.time(window.start)} to {self.time(window.end)}"

    def past_limit(self, figure: Figure) -> str:
        """ "past its limit of 4.5 mm/s" where the value is beyond a limit, else ""."""
        metric = self.catalog.metric(figure.equipment, figure.metric)
        beyond = [
            limit
            for limit, over in ((metric.high, 1), (metric.low, -1))
            if limit is not None and over * figure.value > over * limit
        ]
        return f"past its {limit_text(metric, beyond[0])}" if beyond else ""


TokenCounter = Callable[[str], int]
Place = tuple[int, int]  # indices of the part, and of the fact in it


def byte_count(text: str) -> int:
    """Bytes of UTF-8: an upper bound of the tokens of any byte-level tokenizer; most need a quarter of it."""
    return len(text.encode())


def assemble_context(contexts: Sequence[Context], token_budget: int, count: TokenCounter) -> Context:
    """Selects distinct facts by relevance, then in the given order; one that does not fit is skipped.

    Selected facts keep their order and text. InvalidInput when not even one fact fits.
    """
    parts = _once([part for context in contexts for part in context.parts])
    whole = Context(kind="assembly", parts=tuple(parts))
    if parts and count(whole.text) <= token_budget:
        return whole
    kept: list[Place] = []
    for place in _by_relevance(parts):
        if count(_kept(parts, [*kept, place]).text) <= token_budget:
            kept.append(place)
    if not kept:
        raise InvalidInput(f"A budget of {token_budget} tokens does not hold a single fact.")
    return _kept(parts, kept)


def _once(parts: Sequence[Part]) -> list[Part]:
    """Removes facts with the text and figures of an earlier one."""
    known: set[tuple[str, tuple[Figure, ...]]] = set()
    kept = []
    for part in parts:
        facts = [fact for fact in part.facts if not fact.figures or (fact.text, fact.figures) not in known]
        known |= {(fact.text, fact.figures) for fact in facts}
        kept.append(replace(part, facts=tuple(facts)))
    return [part for part in kept if part.facts]


def _by_relevance(parts: Sequence[Part]) -> list[Place]:
    places = [(p, f) for p, part in enumerate(parts) for f in range(len(part.facts))]
    return sorted(places, key=lambda place: (parts[place[0]].facts[place[1]].relevance, place))


def _kept(parts: Sequence[Part], places: Sequence[Place]) -> Context:
    """The selected facts under their headings, without empty parts."""
    found: dict[int, list[Fact]] = {}
    for part, fact in sorted(places):
        found.setdefault(part, []).append(parts[part].facts[fact])
    left = tuple(replace(parts[part], facts=tuple(facts)) for part, facts in found.items())
    return Context(kind="assembly", parts=left, complete=False)
