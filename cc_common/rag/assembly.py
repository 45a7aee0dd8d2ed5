"""Assembly: as many whole facts as a budget of tokens holds, the most relevant first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from cc_common.errors import InvalidInput
from cc_common.evidence import Figure
from cc_common.rag.model import Context, Fact, Part

TokenCounter = Callable[[str], int]
Place = tuple[int, int]  # of the part, and of the fact in it


def byte_count(text: str) -> int:
    """Bytes of UTF-8: no tokenizer that falls back to bytes ever makes more tokens of a text, most a quarter of it."""
    return len(text.encode())


def assemble(contexts: Sequence[Context], token_budget: int, count: TokenCounter) -> Context:
    """Facts by relevance, then in the order given, each once; one that does not fit makes room for the next.

    What is kept stands in the order given, every line as it was. InvalidInput when not even one fact fits.
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
    """Without facts that say what one before them says, with the same figures."""
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
    """Those facts under their headings; parts without any are left out with theirs."""
    found: dict[int, list[Fact]] = {}
    for part, fact in sorted(places):
        found.setdefault(part, []).append(parts[part].facts[fact])
    left = tuple(replace(parts[part], facts=tuple(facts)) for part, facts in found.items())
    return Context(kind="assembly", parts=left, complete=False)
