"""Number check: every number in an answer or a context is one of its figures, and every figure has evidence.

The check parses the finished text, not its parts, so that it detects errors of wording.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from cc_common.answers import text as wording_text
from cc_common.answers.answer import Answer, Facts
from cc_common.answers.context import Context, Part
from cc_common.answers.quantities import limit_text, number
from cc_common.catalog.equipment import EquipmentType
from cc_common.catalog.store import Catalog
from cc_common.core.errors import UnverifiedFigure
from cc_common.core.evidence import Figure
from cc_common.planning.plan import Plan

_NUMBER: Final = r"-?\d+(?:,\d{3})*(?:\.\d+)?"
_TIMESTAMP: Final = r"(?<!\w)\d{4}-\d{2}-\d{2} \d{2}:\d{2}(?!\w)"  # the format of times in contexts
_ANY: Final = ""  # the key of numbers without a machine's name


def check_answer(answer: Answer, plan: Plan, facts: Facts, catalog: Catalog, *, now: datetime) -> None:
    """UnverifiedFigure unless each number is a figure of the machine named before it."""
    _check_rows(answer.figures)
    if any(figure.evidence.table != figure.equipment for figure in answer.figures):
        raise UnverifiedFigure
    machines = {*plan.equipment, *facts.machines}
    check = _NumberCheck(
        allowed={name: set() for name in map(catalog.name_of, machines)} | _numbers_by_machine(answer.figures, catalog),
        phrases=_phrase_pattern(_answer_phrases(answer, plan, facts, catalog, now)),
        error="The answer held {} without its rows, so it was not sent.",
    )
    for text in (answer.text, answer.spoken):
        check.run(text)


def check_context(context: Context, catalog: Catalog) -> None:
    """UnverifiedFigure unless each number is a figure of its line."""
    for part in context.parts:
        phrases = _phrase_pattern(_part_phrases(part, catalog), _TIMESTAMP)
        for text, figures in ((part.heading, ()), *((fact.text, fact.figures) for fact in part.facts)):
            _check_rows(figures)
            allowed = {_ANY: {number(figure, catalog) for figure in figures}}
            error = "The context held {} without its rows, so it was not given out."
            _NumberCheck(allowed=allowed, phrases=phrases, error=error).run(text)


@dataclass(frozen=True, kw_only=True)
class _NumberCheck:
    """`allowed`: numbers by the name before them; `phrases`: text that contains digits and is no number."""

    allowed: Mapping[str, set[str]]
    phrases: re.Pattern[str]
    error: str

    def run(self, text: str) -> None:
        """UnverifiedFigure at the first number that is not allowed at its position."""
        names = sorted(filter(None, self.allowed), key=len, reverse=True)
        subject = _ANY
        tokens = "|".join([*(rf"(?<!\w){re.escape(name)}(?!\w)" for name in names), _NUMBER])
        for found in re.finditer(tokens, self.phrases.sub(" · ", text)):
            if found[0] in self.allowed:
                subject = found[0]
            elif found[0] not in self.allowed.get(subject, ()):
                raise UnverifiedFigure(self.error.format(found[0]))


def _check_rows(figures: Iterable[Figure]) -> None:
    for figure in figures:
        if figure.evidence.rows < 1 or not math.isfinite(figure.value):
            raise UnverifiedFigure


def _numbers_by_machine(figures: Iterable[Figure], catalog: Catalog) -> dict[str, set[str]]:
    """The formatted numbers of each machine's figures, by its display name."""
    numbers: dict[str, set[str]] = {}
    for figure in figures:
        numbers.setdefault(catalog.get(figure.equipment).name, set()).add(number(figure, catalog))
    return numbers


def _answer_phrases(answer: Answer, plan: Plan, facts: Facts, catalog: Catalog, now: datetime) -> Iterator[str]:
    yield from wording_text.phrases(plan, facts, answer.figures, catalog, now)
    yield plan.equipment_type or ""
    types = {catalog.type_of(machine).name for machine in (*plan.equipment, *(f.equipment for f in answer.figures))}
    for name in {*types, *filter(None, [plan.equipment_type])}:
        yield from _type_phrases(catalog.type(name))


def _part_phrases(part: Part, catalog: Catalog) -> Iterator[str]:
    yield catalog.tz
    yield from part.machines
    for machine in (machine for machine in catalog.equipment if machine.id in part.machines):
        yield from (machine.name, machine.location)
        yield from _type_phrases(catalog.type_of(machine.id))


def _type_phrases(kind: EquipmentType) -> Iterator[str]:
    """The catalogue's phrases for a type: its names, labels and units, and its metrics' limits."""
    yield from (kind.name, kind.label, kind.plural)
    for metric in kind.metrics:
        yield from (metric.label, metric.unit, metric.unit_spoken)
        yield from (limit_text(metric, limit) for limit in (metric.low, metric.high) if limit is not None)


def _phrase_pattern(phrases: Iterable[str], *patterns: str) -> re.Pattern[str]:
    """Matches the phrases that contain a digit, longest first, as whole words."""
    with_digits = sorted({p for p in phrases if any(c.isdigit() for c in p)}, key=len, reverse=True)
    escaped = (rf"(?<!\w)(?<!\d[.,]){re.escape(phrase)}(?!\w)" for phrase in with_digits)
    return re.compile("|".join([*patterns, *escaped]) or r"(?!)")
