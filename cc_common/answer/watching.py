"""What is unusual and what alarms, with the readings that show it."""

from __future__ import annotations

from typing import Final

from cc_common import alerts
from cc_common.alerts import Alert
from cc_common.anomalies import Anomaly
from cc_common.answer.sources import Facts, Sources
from cc_common.catalog.store import Catalog
from cc_common.errors import InvalidInput
from cc_common.evidence import Figure
from cc_common.plan.model import Plan
from cc_common.window import Window

MOST_FIGURES: Final = 20  # findings told with their readings; the rest is in the lists
MOST_ALERTS: Final = 100


def found_unusual(plan: Plan, sources: Sources) -> Facts:
    """The anomalies of the plan's window, the strongest first, each with the mean of its readings."""
    if plan.window is None:
        return Facts()
    try:
        found = unusual(plan, plan.window, sources)
    except InvalidInput as exc:  # a window too long to be searched
        return Facts(note=str(exc))
    figures = (_figure_of_anomaly(anomaly) for anomaly in found[:MOST_FIGURES])
    return Facts(anomalies=found, figures=tuple(f for f in figures if f is not None))


def unusual(plan: Plan, window: Window, sources: Sources) -> tuple[Anomaly, ...]:
    """Anomalies of the plan's machines, type or plant, the strongest first."""
    if plan.equipment:
        metric = plan.metrics[0] if plan.intent == "anomalies" and plan.metrics else None
        found = [a for e in plan.equipment for a in sources.anomalies.of(e, window, metric=metric)]
    else:
        found = list(sources.anomalies.fleet(window, equipment_type=plan.equipment_type))
    return tuple(sorted(found, key=lambda a: (-a.score, a.start)))


def found_alarming(plan: Plan, sources: Sources) -> Facts:
    """Alerts raised in the plan's window; without one, those that are open."""
    page = alarming(plan, sources)
    figures = (_figure_of_alert(alert, sources.catalog) for alert in page.items[:MOST_FIGURES])
    return Facts(alerts=page, figures=tuple(f for f in figures if f is not None))


def alarming(plan: Plan, sources: Sources) -> alerts.AlertPage:
    """Alerts of the plan's machines, type or plant; the newest first."""
    machines = plan.equipment
    if not machines and plan.equipment_type:
        machines = tuple(e.id for e in sources.catalog.of_type(plan.equipment_type))
    window = plan.window if plan.intent == "alerts" else None
    return alerts.find(
        sources.app, state=None if window else "open", equipment=machines or None, window=window, limit=MOST_ALERTS
    )


def _figure_of_anomaly(anomaly: Anomaly) -> Figure | None:
    if anomaly.value is None or anomaly.evidence.rows < 1:
        return None
    return Figure(
        equipment=anomaly.equipment,
        metric=anomaly.metrics[0],
        statistic=anomaly.evidence.statistic,
        value=anomaly.value,
        unit=anomaly.unit,
        start=anomaly.start,
        end=anomaly.end,
        evidence=anomaly.evidence,
    )


def _figure_of_alert(alert: Alert, catalog: Catalog) -> Figure | None:
    """The reading that raised it; None where there is none, or the plant has that machine or metric no more."""
    evidence = alert.evidence
    if alert.value is None or alert.metric is None or evidence is None or evidence.rows < 1:
        return None
    if not catalog.measures(alert.equipment, alert.metric):
        return None
    last = evidence.statistic == "last"
    return Figure(
        equipment=alert.equipment,
        metric=alert.metric,
        statistic=evidence.statistic,
        value=alert.value,
        unit=alert.unit,
        start=None if last else evidence.start,
        end=None if last else evidence.end,
        at=evidence.start if last else None,
        evidence=evidence,
    )
