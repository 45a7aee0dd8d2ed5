"""The text of an answer, by what was found; drifts and due maintenance are told after it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final, Protocol
from zoneinfo import ZoneInfo

from cc_common.analytics.expected_behaviour import Drift
from cc_common.analytics.maintenance import Item, ItemKind
from cc_common.answers.anomaly_alert_text import FindingsText
from cc_common.answers.answer import Facts
from cc_common.answers.intent_registry import Wording, answer_to
from cc_common.answers.quantities import in_plant_time, moment, number, period, quantity
from cc_common.answers.reading_text import nothing_text
from cc_common.catalog.store import Catalog
from cc_common.core.evidence import Figure
from cc_common.planning.intents import REASONS
from cc_common.planning.plan import Plan


def drift_text(drifts: tuple[Drift, ...], catalog: Catalog, *, spoken: bool) -> str:
    """ "Transformer 1 oil temperature averages 68.1 °C lately where 56.0 °C was expected: fouling ... likely." """
    return " ".join(f"{drift_clause(drift, catalog, spoken=spoken)}." for drift in drifts)


def drift_clause(drift: Drift, catalog: Catalog, *, spoken: bool) -> str:
    """The same without the full stop."""
    read, expected = (quantity(figure, catalog, spoken=spoken) for figure in drift.figures)
    name, label = catalog.get(drift.equipment).name, catalog.metric(drift.equipment, drift.metric).label
    cause = f": {drift.cause}" if drift.cause else ""
    return f"{name} {label} averages {read} lately where {expected} was expected{cause}"


_AT: Final[dict[ItemKind, str]] = {
    "bearing_wear": "at usual load",
    "filter_change": "with the fan at its hardest",
    "fuel": "now",
}


def due_text(items: tuple[Item, ...], catalog: Catalog, now: datetime, *, spoken: bool) -> str:
    """ "Pump 5 vibration, 3.92 mm/s at usual load, reaches its limit of 4.5 mm/s around 10:00 on 9 Mar 2026." """
    return " ".join(_sentence(item, catalog, now, spoken=spoken) for item in items)


def due_phrases(item: Item, catalog: Catalog, now: datetime) -> Iterator[str]:
    """Words with digits that are no figures: the limit, and when it is reached."""
    yield catalog.metric(item.equipment, item.metric).label
    if item.limit is not None:
        yield from (_bound(item, catalog, spoken=spoken) for spoken in (False, True))
    if item.at is not None:
        yield _around(item.at, catalog, now)


def _sentence(item: Item, catalog: Catalog, now: datetime, *, spoken: bool) -> str:
    name, label = catalog.get(item.equipment).name, catalog.metric(item.equipment, item.metric).label
    if item.kind == "efficiency_loss":
        lost, cost = (number(figure, catalog) for figure in item.figures)
        unit = "kilowatt-hours" if spoken else item.unit
        return f"{name} took {lost} {unit} more in the last week than such work used to take, {cost} {item.currency}."
    value = f"{quantity(item.figures[0], catalog, spoken=spoken)} {_AT[item.kind]}"
    bound = _bound(item, catalog, spoken=spoken)
    if item.at is None or item.at <= now:
        return f"{name} {label}, {value}, is {'down to' if item.kind == 'fuel' else 'past'} {bound}."
    return f"{name} {label}, {value}, reaches {bound} {_around(item.at, catalog, now)}."


def _bound(item: Item, catalog: Catalog, *, spoken: bool) -> str:
    metric = catalog.metric(item.equipment, item.metric)
    return f"its limit of {item.limit:g} {metric.unit_spoken if spoken else metric.unit}".strip()


def _around(at: datetime, catalog: Catalog, now: datetime) -> str:
    return f"around {moment(at, ZoneInfo(catalog.tz), now)}"


def answer_text(plan: Plan, facts: Facts, catalog: Catalog, now: datetime, *, spoken: bool) -> str:
    """The answer's sentence, to read or to say."""
    if facts.note is not None:
        return in_plant_time(facts.note, ZoneInfo(catalog.tz), now)
    return answer_to(plan.intent).text(plan, facts, catalog, now, spoken=spoken)


class ReadingsText(Protocol):
    """The sentence about figures that are there."""

    def __call__(
        self, plan: Plan, figures: tuple[Figure, ...], catalog: Catalog, now: datetime, *, spoken: bool
    ) -> str: ...


def reported(sentence: ReadingsText) -> Wording:
    """The wording of readings: that sentence, then drifts, what is due, and since when there are readings."""

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
    """What was unusual, the strongest first."""
    if facts.anomalies is None:
        return nothing_text(plan, catalog, now)
    return FindingsText(plan=plan, facts=facts, catalog=catalog, now=now, spoken=spoken).unusual()


def alerts_text(plan: Plan, facts: Facts, catalog: Catalog, now: datetime, *, spoken: bool) -> str:
    """The alerts that were found, the newest first."""
    return FindingsText(plan=plan, facts=facts, catalog=catalog, now=now, spoken=spoken).alarming()


def refusal_text(plan: Plan, facts: Facts, catalog: Catalog, now: datetime, *, spoken: bool) -> str:
    """Why there is no answer."""
    return plan.reason or REASONS["topic"]


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
    yield from answer_to(plan.intent).phrases(plan, facts, catalog, now)
    for spoken in (False, True):
        yield from FindingsText(plan=plan, facts=facts, catalog=catalog, now=now, spoken=spoken).phrases()
