"""The number check: nothing is sent whose figures are not the answer's own, each with the rows behind it.

It reads the finished text as a stranger would, so a mistake in the wording cannot vouch for itself."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final

from cc_common.answers import quantities
from cc_common.answers import text as wording_text
from cc_common.answers.answer import Answer, Facts
from cc_common.answers.context import Context, Fact, Part, limit_of
from cc_common.catalog.store import Catalog
from cc_common.core.errors import UnverifiedFigure
from cc_common.core.evidence import Figure
from cc_common.planning.plan import Plan

_NUMBER: Final = r"(?<![\w.])-?\d[\d,]*(?:\.\d+)?"


def check_answer(answer: Answer, plan: Plan, facts: Facts, catalog: Catalog, *, now: datetime) -> None:
    """UnverifiedFigure unless every number said is a figure, with rows, of the machine named before it."""
    for figure in answer.figures:
        if figure.evidence.rows < 1 or figure.evidence.table != figure.equipment or not math.isfinite(figure.value):
            raise UnverifiedFigure
    phrases = tuple(wording_text.phrases(plan, facts, answer.figures, catalog, now))
    for text in (answer.text, answer.spoken):
        _check_text(text, answer, phrases, {*plan.equipment, *facts.machines}, catalog)


def _check_text(text: str, answer: Answer, phrases: Iterable[str], machines: Iterable[str], catalog: Catalog) -> None:
    rest = _without(text, phrases)
    said = _said_of(answer, catalog)
    names = sorted({catalog.name_of(e) for e in machines} | set(said), key=len, reverse=True)
    machine = ""
    for found in re.finditer("|".join([*(rf"(?<!\w){re.escape(n)}(?!\w)" for n in names), _NUMBER]), rest):
        if found[0] in names:
            machine = found[0]
        elif found[0] not in said.get(machine, ()):
            raise UnverifiedFigure(f"The answer held {found[0]} without its rows, so it was not sent.")


def _said_of(answer: Answer, catalog: Catalog) -> dict[str, set[str]]:
    """The numbers that may be said of each machine, by its display name."""
    said: dict[str, set[str]] = {}
    for figure in answer.figures:
        said.setdefault(catalog.get(figure.equipment).name, set()).add(quantities.number(figure, catalog))
    return said


def _without(text: str, phrases: Iterable[str]) -> str:
    """`text` with each phrase blanked out, longest first, only where it stands as whole words."""
    for phrase in sorted({p for p in phrases if p}, key=len, reverse=True):
        text = re.sub(rf"(?<!\w)(?<!\d[.,]){re.escape(phrase)}(?!\w)", " · ", text)
    return text


_TIME: Final = re.compile(r"(?<!\w)\d{4}-\d{2}-\d{2} \d{2}:\d{2}(?!\w)")
_CONTEXT_NUMBER: Final = re.compile(r"-?\d+(?:,\d{3})*(?:\.\d+)?")


def check_context(context: Context, catalog: Catalog) -> None:
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
    for found in _CONTEXT_NUMBER.finditer(rest):
        if found[0] not in said:
            raise UnverifiedFigure(f"The context held {found[0]} without its rows, so it was not given out.")


def _said(fact: Fact, catalog: Catalog) -> set[str]:
    return {quantities.number(figure, catalog) for figure in fact.figures}


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
