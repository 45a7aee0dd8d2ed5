"""A Context: facts under headings. A fact is a line that stands or falls whole, with the figures it says."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property
from typing import Literal

from cc_common.evidence import Figure

ContextKind = Literal["summary", "trend", "anomalies", "comparison", "alerts", "maintenance", "assembly"]


class Relevance(IntEnum):
    """What is said first when room is short."""

    ALARM = 0
    UNUSUAL = 1
    STATE = 2
    COURSE = 3
    NEIGHBOURS = 4
    DETAIL = 5


@dataclass(frozen=True, kw_only=True)
class Fact:
    """One line. Every number in it is one of `figures`, rounded as it is said."""

    text: str
    figures: tuple[Figure, ...] = ()
    relevance: Relevance


@dataclass(frozen=True, kw_only=True)
class Part:
    """Facts under one heading, about `machines`; `sources`: the tables and alerts that were read for them."""

    heading: str
    facts: tuple[Fact, ...]
    machines: tuple[str, ...]
    sources: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Context:
    """What there is to know. `complete`: False when facts were left out for want of room."""

    kind: ContextKind
    parts: tuple[Part, ...]
    complete: bool = True

    @cached_property
    def text(self) -> str:
        """Markdown: a heading, and a list of its facts, for each part."""
        parts = ("\n".join((f"## {part.heading}", *(f"- {fact.text}" for fact in part.facts))) for part in self.parts)
        rest = () if self.complete else ("Further facts were left out for want of room.",)
        return "\n\n".join((*parts, *rest)) + "\n"

    @cached_property
    def figures(self) -> tuple[Figure, ...]:
        """Every number of the text, in order of first mention."""
        return tuple(dict.fromkeys(figure for part in self.parts for fact in part.facts for figure in fact.figures))

    @cached_property
    def sources(self) -> tuple[str, ...]:
        """What was read: tables, "rollup" (all roll-ups) and "alert:<id>"; also where nothing was found."""
        return tuple(dict.fromkeys(source for part in self.parts for source in part.sources))
