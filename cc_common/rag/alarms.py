"""Alerts context: what an operator should look at now, and what was over in the window."""

from __future__ import annotations

from typing import Final

from cc_common import alerts
from cc_common.alerts import PLANT, SEVERITIES, Alert
from cc_common.catalog.store import Catalog
from cc_common.db import Database
from cc_common.evidence import Evidence, Figure
from cc_common.rag.model import Context, Fact, Part, Relevance
from cc_common.rag.saying import Voice, wordy
from cc_common.window import Window

MOST: Final = 50
TABLE: Final = "alert"


def alerts_context(catalog: Catalog, app: Database, window: Window, equipment_id: str | None) -> Context:
    """Every open alert, the gravest first; then those raised in the window that were cleared since."""
    who = catalog.get(equipment_id).name if equipment_id else "The plant"
    standing = alerts.find(app, state="open", equipment=equipment_id, limit=MOST)
    over = alerts.find(app, state="cleared", equipment=equipment_id, window=window, limit=MOST)
    voice, gravest = Voice(catalog), sorted(standing.items, key=lambda alert: -SEVERITIES.index(alert.severity))
    shown = (*gravest, *over.items)
    known = {machine.id for machine in catalog.equipment}
    part = Part(
        heading=f"{who}: alerts that are open, and those {voice.span(window)} that are over",
        facts=(_count(equipment_id, standing.total), *(_fact(voice, alert) for alert in shown)),
        machines=tuple(dict.fromkeys(a.equipment for a in shown if a.equipment in known)) or _only(equipment_id),
        sources=(TABLE, *(f"{TABLE}:{alert.id}" for alert in shown)),
    )
    return Context(kind="alerts", parts=(part,))


def _only(equipment_id: str | None) -> tuple[str, ...]:
    return () if equipment_id is None else (equipment_id,)


def _count(equipment_id: str | None, total: int) -> Fact:
    if total == 0:
        return Fact(text="No alert is open.", relevance=Relevance.ALARM)
    evidence = Evidence(table=TABLE, column="id", statistic="count", start=None, end=None, rows=total)
    figure = Figure(
        equipment=equipment_id or PLANT,
        metric=TABLE,
        statistic="count",
        value=float(total),
        unit="",
        evidence=evidence,
    )
    return Fact(text=f"open: {total:,}", figures=(figure,), relevance=Relevance.ALARM)


def _fact(voice: Voice, alert: Alert) -> Fact:
    figure = _figure(alert)
    said = [f"{alert.severity}: {_subject(voice, alert)}", f"raised {voice.time(alert.raised_at)}"]
    said += [_reading(voice, figure)] if figure else []
    said += [f"acknowledged {voice.time(alert.acknowledged_at)}"] if alert.acknowledged_at else []
    said += [f"cleared {voice.time(alert.cleared_at)}"] if alert.cleared_at else []
    said += [words] if figure is None and (words := wordy(alert.message)) else []
    return Fact(
        text=", ".join(said),
        figures=() if figure is None else (figure,),
        relevance=Relevance.DETAIL if alert.cleared_at else Relevance.ALARM,
    )


def _subject(voice: Voice, alert: Alert) -> str:
    """ "Chiller 1 vibration, out of range"."""
    kind = voice.catalog.type_of(alert.equipment) if alert.equipment != PLANT else None
    metric = kind.metric(alert.metric) if kind and alert.metric else None
    name = voice.name(alert.equipment)
    return ", ".join(filter(None, (f"{name} {metric.label}" if metric else name, wordy(alert.kind))))


def _reading(voice: Voice, figure: Figure) -> str:
    past = voice.past_limit(figure)
    return f"{voice.amount(figure)}{past and ', ' + past}"


def _figure(alert: Alert) -> Figure | None:
    """The reading that raised it; None where it was raised without one."""
    evidence = alert.evidence
    if evidence is None or alert.value is None or alert.metric is None or evidence.rows < 1:
        return None
    return Figure(
        equipment=alert.equipment,
        metric=alert.metric,
        statistic=evidence.statistic,
        value=alert.value,
        unit=alert.unit,
        start=evidence.start,
        end=evidence.end,
        at=evidence.start if evidence.statistic == "last" else None,
        evidence=evidence,
    )
