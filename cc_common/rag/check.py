"""The number check of contexts: it reads the finished lines as a stranger would, and lets nothing through but figures.

Names, places, labels and alarm limits are the catalogue's; times stand in one form. All else with digits must be a
figure of that very line, with rows behind it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from typing import Final

from cc_common.answer import wording
from cc_common.catalog.store import Catalog
from cc_common.errors import UnverifiedFigure
from cc_common.evidence import Figure
from cc_common.rag.model import Context, Fact, Part
from cc_common.rag.saying import limit_of

_TIME: Final = re.compile(r"(?<!\w)\d{4}-\d{2}-\d{2} \d{2}:\d{2}(?!\w)")
_NUMBER: Final = re.compile(r"-?\d+(?:,\d{3})*(?:\.\d+)?")


def check(context: Context, catalog: Catalog) -> None:
    """UnverifiedFigure unless every number is a figure of its line, and every figure has rows."""
    for part in context.parts:
        phrases = _pattern(_phrases(part, catalog))
        _check_line(part.heading, set(), phrases)
        for fact in part.facts:
            _check_figures(fact.figures)
            _check_line(fact.text, _said(fact, catalog), phrases)


def _check_figures(figures: Iterable[Figure]) -> None:
    for figure in figures:
        if figure.evidence.rows < 1 or not math.isfinite(figure.value):
            raise UnverifiedFigure


def _check_line(line: str, said: set[str], phrases: re.Pattern[str]) -> None:
    rest = phrases.sub(" · ", _TIME.sub(" · ", line))
    for found in _NUMBER.finditer(rest):
        if found[0] not in said:
            raise UnverifiedFigure(f"The context held {found[0]} without its rows, so it was not given out.")


def _said(fact: Fact, catalog: Catalog) -> set[str]:
    return {wording.number(figure, catalog) for figure in fact.figures}


def _phrases(part: Part, catalog: Catalog) -> Iterator[str]:
    """What holds digits without being a figure: names, ids, places, labels, units, limits, the zone."""
    yield catalog.tz
    kinds = {catalog.type_of(machine) for machine in part.machines}
    for machine in map(catalog.get, part.machines):
        yield from (machine.name, machine.id, machine.location)
    for kind in kinds:
        yield from (kind.name, kind.label, kind.plural)
        for metric in kind.metrics:
            yield from (metric.label, metric.unit)
            yield from (limit_of(metric, limit) for limit in (metric.low, metric.high) if limit is not None)


def _pattern(phrases: Iterable[str]) -> re.Pattern[str]:
    """All phrases that hold a digit, the longest first, where they stand as whole words."""
    dangerous = sorted({p for p in phrases if any(c.isdigit() for c in p)}, key=len, reverse=True)
    return re.compile("|".join(rf"(?<!\w){re.escape(p)}(?!\w)" for p in dangerous) or r"(?!)")
