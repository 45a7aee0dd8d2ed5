"""The answer's sentence, by what was found."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from cc_common.answer.sources import Facts
from cc_common.answer.wording.findings import Findings
from cc_common.answer.wording.foretelling import foretell, foretold
from cc_common.answer.wording.quantities import in_plant_time, moment, period
from cc_common.answer.wording.sentences import of_readings
from cc_common.answer.wording.unexplained import unexplained
from cc_common.answer.wording.upkeep import due, due_phrases
from cc_common.catalog.store import Catalog
from cc_common.evidence import Figure
from cc_common.plan.model import Plan


def describe(plan: Plan, facts: Facts, catalog: Catalog, now: datetime, *, spoken: bool) -> str:
    """The answer's sentence, to read or to say."""
    if plan.intent == "out_of_scope":
        return plan.reason or "I answer questions about this plant's machines and their readings."
    if facts.note is not None:
        return in_plant_time(facts.note, ZoneInfo(catalog.tz), now)
    if plan.intent == "forecast":
        return foretell(plan, facts, catalog, now, spoken=spoken)
    findings = Findings(plan=plan, facts=facts, catalog=catalog, now=now, spoken=spoken)
    if facts.anomalies is not None:
        return findings.unusual()
    if facts.alerts is not None:
        return findings.alarming()
    said = of_readings(plan, facts.figures, catalog, now, spoken=spoken)
    since = _since(facts.since, catalog, now) if facts.since else ""
    drifts = unexplained(facts.drifts, catalog, spoken=spoken)
    return " ".join(filter(None, (said, drifts, due(facts.upkeep, catalog, now, spoken=spoken), since)))


def _since(begins: datetime, catalog: Catalog, now: datetime) -> str:
    return f"There are readings since {moment(begins, ZoneInfo(catalog.tz), now)} only."


def phrases(plan: Plan, facts: Facts, shown: tuple[Figure, ...], catalog: Catalog, now: datetime) -> Iterator[str]:
    """Words that hold digits without being figures: labels, units, windows, times, the reason, how many were found."""
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
    if plan.intent == "forecast":
        yield from foretold(plan, facts, catalog, now)
    for spoken in (False, True):
        yield from Findings(plan=plan, facts=facts, catalog=catalog, now=now, spoken=spoken).phrases()
