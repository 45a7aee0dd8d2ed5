"""Formulates an answer by its facts; drifts and due maintenance follow."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from cc_common.answers.answer import Facts, Wording, answer_to
from cc_common.answers.finding_text import FindingsText, drift_text, due_phrases, due_text
from cc_common.answers.quantities import in_plant_time, moment, period
from cc_common.answers.reading_text import nothing_text
from cc_common.catalog.store import Catalog
from cc_common.core.evidence import Figure
from cc_common.planning.intents import REASONS
from cc_common.planning.plan import Plan


def answer_text(plan: Plan, facts: Facts, catalog: Catalog, now: datetime, *, spoken: bool) -> str:
    """The answer's sentence, to read or to speak."""
    if facts.note is not None:
        return in_plant_time(facts.note, ZoneInfo(catalog.tz), now)
    return answer_to(plan.intent).text(plan, facts, catalog, now, spoken=spoken)


class ReadingsText(Protocol):
    """A sentence about figures."""

    def __call__(
        self, plan: Plan, figures: tuple[Figure, ...], catalog: Catalog, now: datetime, *, spoken: bool
    ) -> str: ...


def report_text(sentence: ReadingsText) -> Wording:
    """Wraps a sentence about readings: it adds drifts, due maintenance, and the time of the first reading."""

    def worded(plan: Plan, facts: Facts, catalog: Catalog, now: datetime, *, spoken: bool) -> str:
        if facts.figures:
            said = sentence(plan, facts.figures, catalog, now, spoken=spoken)
        else:
            said = nothing_text(plan, catalog, now)
        drifts = drift_text(facts.drifts, catalog, spoken=spoken)
        due = due_text(facts.upkeep, catalog, now, spoken=spoken)
        since = _since(facts.since, catalog, now) if facts.since else ""
        return " ".join(filter(None, (said, drifts, due, since)))

    return worded


def anomalies_text(plan: Plan, facts: Facts, catalog: Catalog, now: datetime, *, spoken: bool) -> str:
    """The anomalies, strongest first."""
    if facts.anomalies is None:
        return nothing_text(plan, catalog, now)
    return FindingsText(plan=plan, facts=facts, catalog=catalog, now=now, spoken=spoken).unusual()


def alerts_text(plan: Plan, facts: Facts, catalog: Catalog, now: datetime, *, spoken: bool) -> str:
    """The alerts, newest first."""
    return FindingsText(plan=plan, facts=facts, catalog=catalog, now=now, spoken=spoken).alarming()


def refusal_text(plan: Plan, facts: Facts, catalog: Catalog, now: datetime, *, spoken: bool) -> str:
    """The reason of the refusal."""
    return plan.reason or REASONS["topic"]


def _since(begins: datetime, catalog: Catalog, now: datetime) -> str:
    return f"There are readings since {moment(begins, ZoneInfo(catalog.tz), now)} only."


def phrases(plan: Plan, facts: Facts, shown: tuple[Figure, ...], catalog: Catalog, now: datetime) -> Iterator[str]:
    """Phrases that contain digits and are no figures: labels, units, windows, times, the reason, counts of findings."""
    zone = ZoneInfo(catalog.tz)
    yield from (plan.reason or "", in_plant_time(facts.note or "", zone, now), period(plan.window, zone, now))
    if facts.since:
        yield _since(facts.since, catalog, now)
    for item in facts.upkeep:
        yield from due_phrases(item, catalog, now)
    for figure in shown:
        metric = catalog.metric(figure.equipment, figure.metric)
        yield from (metric.label, metric.unit, metric.unit_spoken)
        if figure.at:
            yield f"at {moment(figure.at, zone, now)}"
    yield from answer_to(plan.intent).phrases(plan, facts, catalog, now)
    for spoken in (False, True):
        yield from FindingsText(plan=plan, facts=facts, catalog=catalog, now=now, spoken=spoken).phrases()
