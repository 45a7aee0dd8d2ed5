"""Sentences about anomalies and alerts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from cc_common.alerts import PLANT, Alert
from cc_common.analytics.anomalies import Anomaly
from cc_common.answers.answer import Facts
from cc_common.answers.quantities import moment, period, quantity, span
from cc_common.catalog.store import Catalog
from cc_common.core.evidence import Figure
from cc_common.planning.plan import Plan

MAX_SAID: Final = 3
_WAYS: Final = {
    "deviation": "was unusual",
    "stuck": "stood still",
    "gap": "sent nothing",
    "out_of_range": "was out of its range",
}


@dataclass(frozen=True, kw_only=True)
class FindingsText:
    """One answer's findings in words; times in the plant's zone."""

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
        """Words with digits that are no figures: times, counts."""
        for anomaly in self.facts.anomalies or ():
            yield span(anomaly.start, anomaly.end, self._zone, self.now)
        for alert in self.facts.alerts.items if self.facts.alerts else ():
            yield f"since {moment(alert.raised_at, self._zone, self.now)}"
            yield self._alarming(alert)
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
        return f"{what} {_WAYS[anomaly.kind]} {span(anomaly.start, anomaly.end, self._zone, self.now)}{mean}"

    def _alert(self, alert: Alert) -> str:
        since = moment(alert.raised_at, self._zone, self.now)
        return f"{self._alarming(alert)} ({alert.severity}) since {since}"

    def _alarming(self, alert: Alert) -> str:
        """Whose alert it is; in its own words where the catalogue has no such machine or metric any more."""
        machine, metric = alert.equipment, alert.metric or ""
        if self.catalog.measures(machine, metric):
            metric = self.catalog.metric(machine, metric).label
        return f"{'The plant' if machine == PLANT else self.catalog.name_of(machine)} {metric}".strip()

    def _count(self, total: int) -> str:
        state = "" if self.plan.window else "open "
        return f"{total} {state}alert{'' if total == 1 else 's'}"

    def _more(self, total: int) -> str:
        return f", and {total - MAX_SAID} more" if total > MAX_SAID else ""
