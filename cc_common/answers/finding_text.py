"""Wording of anomalies, alerts, drifts and maintenance items, in answers and in contexts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from cc_common.alerts import PLANT, Alert
from cc_common.analytics.anomalies import Anomaly, AnomalyKind
from cc_common.analytics.expected_behaviour import Drift
from cc_common.analytics.maintenance import Item, ItemKind
from cc_common.answers.answer import Facts
from cc_common.answers.quantities import limit_text, moment, number, period, quantity, span
from cc_common.catalog.store import Catalog
from cc_common.core.evidence import Figure
from cc_common.planning.plan import Plan

MAX_SAID: Final = 3
# An answer uses a clause about the metric; a context a statement before a list of figures.
_CLAUSES: Final[dict[AnomalyKind, str]] = {
    "deviation": "{} was unusual",
    "stuck": "{} stood still",
    "gap": "{} sent nothing",
    "out_of_range": "{} was out of its range",
}
_HEADINGS: Final[dict[AnomalyKind, str]] = {
    "deviation": "{} deviates",
    "stuck": "the sensor of {} is stuck",
    "gap": "{} is missing",
    "out_of_range": "{} is past its limits",
}


def anomaly_heading(anomaly: Anomaly, catalog: Catalog) -> str:
    """The anomaly's machine and description: "Chiller 1: vibration deviates".

    A machine or metric that is no longer in the catalogue is named by its id.
    """
    label = catalog.metric(anomaly.equipment, anomaly.metrics[0]).label
    return f"{catalog.name_of(anomaly.equipment)}: {_HEADINGS[anomaly.kind].format(label)}"


def alert_subject(alert: Alert, catalog: Catalog, *, plant: str) -> str:
    """The alert's machine and metric: "Chiller 1 vibration"; `plant` for an alert of the whole plant.

    A machine or metric that is no longer in the catalogue is named by its id.
    """
    machine, metric = alert.equipment, alert.metric or ""
    if catalog.measures(machine, metric):
        metric = catalog.metric(machine, metric).label
    return f"{plant if machine == PLANT else catalog.name_of(machine)} {metric}".strip()


@dataclass(frozen=True, kw_only=True)
class FindingsText:
    """Formulates the findings of one answer; times in the plant's time zone."""

    plan: Plan
    facts: Facts
    catalog: Catalog
    now: datetime
    spoken: bool

    def unusual(self) -> str:
        """ "Chiller 1 vibration was unusual from 10:00 to 12:40, averaging 7.2 mm/s; and 2 more." """
        found = self.facts.anomalies or ()
        if not found:
            return f"Nothing unusual on {self._who()} {self._when()}."
        clauses = [self._anomaly(anomaly) for anomaly in found[:MAX_SAID]]
        return f"{'; '.join(clauses)}{self._more(len(found))}."

    def alarming(self) -> str:
        """ "2 open alerts: Chiller 1 vibration (critical) since 10:02, ..." """
        page = self.facts.alerts
        if page is None or not page.items:
            return f"No alerts on {self._who()}{' ' + self._when() if self.plan.window else ' are open'}."
        clauses = [self._alert(alert) for alert in page.items[:MAX_SAID]]
        return f"{self._count(page.total)}: {', '.join(clauses)}{self._more(page.total)}."

    def phrases(self) -> Iterator[str]:
        """Phrases with digits that are no figures: times, counts."""
        for anomaly in self.facts.anomalies or ():
            yield span(anomaly.start, anomaly.end, self._zone, self.now)
        for alert in self.facts.alerts.items if self.facts.alerts else ():
            yield f"since {moment(alert.raised_at, self._zone, self.now)}"
            yield self._alert_subject(alert)
        if self.facts.alerts:
            yield from (self._count(self.facts.alerts.total), self._more(self.facts.alerts.total).strip(", "))
        yield self._more(len(self.facts.anomalies or ())).strip(", ")

    @property
    def _zone(self) -> ZoneInfo:
        return ZoneInfo(self.catalog.tz)

    def _who(self) -> str:
        named = ", ".join(self.catalog.get(e).name for e in self.plan.equipment)
        kind = self.plan.equipment_type
        return named or (f"any of the {self.catalog.type(kind).plural}" if kind else "any machine")

    def _when(self) -> str:
        return period(self.plan.window, self._zone, self.now)

    def _said(self, figure: Figure) -> str:
        return quantity(figure, self.catalog, spoken=self.spoken)

    def _anomaly(self, anomaly: Anomaly) -> str:
        labels = [self.catalog.metric(anomaly.equipment, m).label for m in anomaly.metrics[:1]]
        what = " ".join([self.catalog.get(anomaly.equipment).name, *labels])
        figure = next((f for f in self.facts.figures if f.evidence == anomaly.evidence), None)
        verb = "averaging" if anomaly.evidence.statistic == "avg" else "with"
        mean = f", {verb} {self._said(figure)}" if figure else ""
        return f"{_CLAUSES[anomaly.kind].format(what)} {span(anomaly.start, anomaly.end, self._zone, self.now)}{mean}"

    def _alert(self, alert: Alert) -> str:
        since = moment(alert.raised_at, self._zone, self.now)
        return f"{self._alert_subject(alert)} ({alert.severity}) since {since}"

    def _alert_subject(self, alert: Alert) -> str:
        return alert_subject(alert, self.catalog, plant="The plant")

    def _count(self, total: int) -> str:
        state = "" if self.plan.window else "open "
        return f"{total} {state}alert{'' if total == 1 else 's'}"

    def _more(self, total: int) -> str:
        return f", and {total - MAX_SAID} more" if total > MAX_SAID else ""


def drift_text(drifts: tuple[Drift, ...], catalog: Catalog, *, spoken: bool) -> str:
    """ "Transformer 1 oil temperature averages 68.1 °C lately where 56.0 °C was expected: fouling ... likely." """
    return " ".join(f"{drift_clause(drift, catalog, spoken=spoken)}." for drift in drifts)


def drift_clause(drift: Drift, catalog: Catalog, *, spoken: bool) -> str:
    """The sentence of drift_text without the full stop."""
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
    """Phrases with digits that are no figures: the limit, and when it is reached."""
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
    if item.limit is None:
        raise ValueError(f"a maintenance item of {item.kind} has no limit")
    return f"its {limit_text(catalog.metric(item.equipment, item.metric), item.limit, spoken=spoken)}"


def _around(at: datetime, catalog: Catalog, now: datetime) -> str:
    return f"around {moment(at, ZoneInfo(catalog.tz), now)}"
