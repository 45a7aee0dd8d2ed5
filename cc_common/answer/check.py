"""The number check: nothing is sent whose figures are not the answer's own, each with the rows behind it.

It reads the finished text as a stranger would, so a mistake in the wording cannot vouch for itself.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from datetime import datetime
from typing import Final

from cc_common.answer import wording
from cc_common.answer.model import Answer
from cc_common.answer.sources import Facts
from cc_common.catalog.store import Catalog
from cc_common.errors import UnverifiedFigure
from cc_common.plan.model import Plan

_NUMBER: Final = r"(?<![\w.])-?\d[\d,]*(?:\.\d+)?"


def check(answer: Answer, plan: Plan, facts: Facts, catalog: Catalog, *, now: datetime) -> None:
    """UnverifiedFigure unless every number said is a figure, with rows, of the machine named before it."""
    for figure in answer.figures:
        if figure.evidence.rows < 1 or figure.evidence.table != figure.equipment or not math.isfinite(figure.value):
            raise UnverifiedFigure
    phrases = tuple(wording.phrases(plan, facts, answer.figures, catalog, now))
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
        said.setdefault(catalog.get(figure.equipment).name, set()).add(wording.number(figure, catalog))
    return said


def _without(text: str, phrases: Iterable[str]) -> str:
    """`text` with each phrase blanked out, longest first, only where it stands as whole words."""
    for phrase in sorted({p for p in phrases if p}, key=len, reverse=True):
        text = re.sub(rf"(?<!\w)(?<!\d[.,]){re.escape(phrase)}(?!\w)", " · ", text)
    return text
