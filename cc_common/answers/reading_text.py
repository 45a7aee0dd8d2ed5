"""Formulates readings: the newest, those of a window, compared, ranked, listed."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from cc_common.answers.quantities import join_names, moment, period, quantity, subject
from cc_common.catalog.store import Catalog
from cc_common.core.evidence import Figure
from cc_common.planning.plan import Plan

MAX_SPOKEN: Final = 4
FRESH_S: Final = 300  # a reading older than this is not "now"
_VERBS: Final = {
    "avg": "averaged {}",
    "min": "went down to {}",
    "max": "peaked at {}",
    "sum": "totalled {}",
    "count": "has {} readings",
    "last": "is {}",
    "delta": "came to {}",
}
_ADJECTIVES: Final = {
    "avg": "average ",
    "min": "minimum ",
    "max": "peak ",
    "sum": "total ",
    "delta": "total ",
    "count": "number of readings of ",
    "last": "",
}
_SUPERLATIVE: Final = {"desc": "highest", "asc": "lowest"}


def nothing_text(plan: Plan, catalog: Catalog, now: datetime) -> str:
    """States that there are no readings."""
    what = ", ".join(catalog.get(e).name for e in plan.equipment) or plan.equipment_type or "the plant"
    when = period(plan.window, ZoneInfo(catalog.tz), now)
    return f"There are no readings of {what}{'' if plan.window is None else ' ' + when}."


def newest_text(plan: Plan, figures: tuple[Figure, ...], catalog: Catalog, now: datetime, *, spoken: bool) -> str:
    """The newest readings, one sentence each."""
    figures = _said(figures, spoken=spoken)
    zone = ZoneInfo(catalog.tz)
    sentences = []
    for figure in figures:
        at = f" at {moment(figure.at, zone, now)}" if figure.at and _worth_saying(figure.at, now, spoken) else ""
        sentences.append(f"{subject(figure, catalog)} is {quantity(figure, catalog, spoken=spoken)}{at}.")
    return " ".join(sentences)


def _worth_saying(at: datetime, now: datetime, spoken: bool) -> bool:
    """The time of a reading: always written, spoken only when the reading is older than FRESH_S."""
    return not spoken or (now - at).total_seconds() > FRESH_S


def window_text(plan: Plan, figures: tuple[Figure, ...], catalog: Catalog, now: datetime, *, spoken: bool) -> str:
    """Statistics of a window, by machine and metric."""
    figures = _said(figures, spoken=spoken)
    when = period(plan.window, ZoneInfo(catalog.tz), now)
    if plan.window is None:
        return newest_text(plan, figures, catalog, now, spoken=spoken)
    by_subject: dict[str, list[str]] = {}
    for figure in figures:
        verb = _VERBS[figure.statistic].format(quantity(figure, catalog, spoken=spoken))
        by_subject.setdefault(subject(figure, catalog), []).append(verb)
    clauses = [f"{name} {join_names(verbs)}" for name, verbs in by_subject.items()]
    return f"{'; '.join(clauses)} {when}."


def comparison_text(plan: Plan, figures: tuple[Figure, ...], catalog: Catalog, now: datetime, *, spoken: bool) -> str:
    """One metric of several machines, in descending order."""
    figures = _said(figures, spoken=spoken)
    when = _when(plan, figures, catalog, now)
    label = catalog.metric(figures[0].equipment, figures[0].metric).label
    ordered = sorted(figures, key=lambda f: f.value, reverse=True)
    parts = [f"{catalog.get(f.equipment).name} {quantity(f, catalog, spoken=spoken)}" for f in ordered]
    subject = f"{_ADJECTIVES[figures[0].statistic]}{label}"
    return f"{subject[0].upper()}{subject[1:]} {when}: {', '.join(parts)}."


def ranking_text(plan: Plan, figures: tuple[Figure, ...], catalog: Catalog, now: datetime, *, spoken: bool) -> str:
    """The first of a ranking, then the others."""
    figures = _said(figures, spoken=spoken)
    first, rest = figures[0], figures[1:]
    label = catalog.metric(first.equipment, first.metric).label
    which = f"{_SUPERLATIVE[plan.order or 'desc']} {_ADJECTIVES[first.statistic]}{label}"
    head = f"{catalog.get(first.equipment).name} has the {which} {_when(plan, figures, catalog, now)}"
    parts = [f"{catalog.get(f.equipment).name} {quantity(f, catalog, spoken=spoken)}" for f in rest]
    tail = f"; then {', '.join(parts)}" if parts else ""
    return f"{head}, {quantity(first, catalog, spoken=spoken)}{tail}."


def list_text(plan: Plan, figures: tuple[Figure, ...], catalog: Catalog, now: datetime, *, spoken: bool) -> str:
    """The machines of a type by name."""
    kind = catalog.type(plan.equipment_type or "")
    names = [catalog.get(f.equipment).name for f in figures]
    shown = names[:MAX_SPOKEN] if spoken else names
    more = ", and more" if len(names) > len(shown) else ""
    return f"{kind.plural[0].upper()}{kind.plural[1:]}: {', '.join(shown)}{more}."


def _said(figures: tuple[Figure, ...], *, spoken: bool) -> tuple[Figure, ...]:
    """The first few figures to speak, all to read."""
    return figures[:MAX_SPOKEN] if spoken else figures


def _when(plan: Plan, figures: tuple[Figure, ...], catalog: Catalog, now: datetime) -> str:
    """The window in words; without one "now", unless a reading is too old."""
    stale = any(f.at and (now - f.at).total_seconds() > FRESH_S for f in figures)
    return "by the newest readings" if stale else period(plan.window, ZoneInfo(catalog.tz), now)
