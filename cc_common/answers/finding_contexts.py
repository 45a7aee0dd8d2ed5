"""Contexts of anomalies and alerts, with expected values, the day before, and related findings."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Final, Protocol

from cc_common import alerts
from cc_common.alerts import PLANT, SEVERITIES, Alert
from cc_common.analytics.anomalies import Anomaly
from cc_common.answers.context import Context, Fact, FactText, Part, Relevance
from cc_common.answers.finding_facts import alert_figure, anomaly_figures
from cc_common.answers.finding_text import alert_subject, anomaly_heading
from cc_common.answers.quantities import join_names, words_without_numbers
from cc_common.catalog.store import Catalog
from cc_common.core.evidence import Evidence, Figure
from cc_common.core.windows import Window
from cc_common.db import Database
from cc_common.timeseries import TimeSeries

MAX_ALERTS_LISTED: Final = 50
TABLE: Final = "alert"


def alerts_context(catalog: Catalog, app: Database, window: Window, equipment_id: str | None) -> Context:
    """Every open alert, by severity; then alerts raised in the window and cleared since."""
    who = catalog.get(equipment_id).name if equipment_id else "The plant"
    standing = alerts.find(app, state="open", equipment=equipment_id, limit=MAX_ALERTS_LISTED)
    over = alerts.find(app, state="cleared", equipment=equipment_id, window=window, limit=MAX_ALERTS_LISTED)
    voice, gravest = FactText(catalog), sorted(standing.items, key=lambda alert: -SEVERITIES.index(alert.severity))
    shown = (*gravest, *over.items)
    part = Part(
        heading=f"{who}: alerts that are open, and those {voice.span(window)} that are over",
        facts=(_count(equipment_id, standing.total), *(_alert_fact(voice, alert) for alert in shown)),
        machines=tuple(dict.fromkeys(a.equipment for a in shown if a.equipment != PLANT)) or _only(equipment_id),
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


def _alert_fact(voice: FactText, alert: Alert) -> Fact:
    figure = alert_figure(alert, voice.catalog)
    said = [f"{alert.severity}: {_subject(voice, alert)}", f"raised {voice.time(alert.raised_at)}"]
    said += [_reading(voice, figure)] if figure else []
    said += [f"acknowledged {voice.time(alert.acknowledged_at)}"] if alert.acknowledged_at else []
    said += [f"cleared {voice.time(alert.cleared_at)}"] if alert.cleared_at else []
    said += [words] if figure is None and (words := words_without_numbers(alert.message)) else []
    return Fact(
        text=", ".join(said),
        figures=() if figure is None else (figure,),
        relevance=Relevance.DETAIL if alert.cleared_at else Relevance.ALARM,
    )


def _subject(voice: FactText, alert: Alert) -> str:
    """ "Chiller 1 vibration, out of range"."""
    measured = alert.equipment == PLANT or voice.catalog.measures(alert.equipment, alert.metric or "")
    # A metric that is no longer in the catalogue is omitted: its id may contain digits, which are no figure.
    subject = alert_subject(alert, voice.catalog, plant=PLANT) if measured else voice.name(alert.equipment)
    return ", ".join(filter(None, (subject, words_without_numbers(alert.kind))))


def _reading(voice: FactText, figure: Figure) -> str:
    past = voice.past_limit(figure)
    return f"{voice.amount(figure)}{past and ', ' + past}"


MAX_ANOMALIES: Final = 30
MAX_ALERTS_BESIDE: Final = 200
ROLLUPS: Final = "rollup"  # the schema that the detector reads
BEFORE: Final = timedelta(hours=24)
_GRAVEST: Final = ("deviation", "out_of_range", "gap", "stuck")  # the order among equal scores


class Detector(Protocol):
    """A detector of anomalies."""

    def detect(self, equipment_id: str, window: Window, *, metric: str | None = None) -> tuple[Anomaly, ...]:
        """The anomalies of one machine."""

    def fleet(self, window: Window, *, equipment_type: str | None = None) -> tuple[Anomaly, ...]:
        """The anomalies of all machines."""


def anomalies_in_context(
    readings: TimeSeries,
    catalog: Catalog,
    app: Database,
    detector: Detector,
    window: Window,
    *,
    equipment_id: str | None,
    equipment_type: str | None,
) -> Context:
    """The strongest anomalies of a machine, of a type or of the plant."""
    who = _who(catalog, equipment_id, equipment_type)
    found = (
        detector.detect(equipment_id, window) if equipment_id else detector.fleet(window, equipment_type=equipment_type)
    )
    strongest = sorted(found, key=lambda a: (-a.score, _GRAVEST.index(a.kind), a.start, a.equipment))[:MAX_ANOMALIES]
    raised = _alerts(app, equipment_id, window) if strongest else {}
    voice = FactText(catalog)
    facts = [_anomaly_fact(readings, voice, anomaly, raised.get(anomaly.equipment, ())) for anomaly in strongest]
    if len(found) > MAX_ANOMALIES:
        facts.append(Fact(text="There are more, and weaker, ones.", relevance=Relevance.DETAIL))
    nothing = Fact(text="Nothing unusual was found.", relevance=Relevance.UNUSUAL)
    machines = tuple(dict.fromkeys(a.equipment for a in strongest)) or ((equipment_id,) if equipment_id else ())
    part = Part(
        heading=f"{who}: what was unusual {voice.span(window)}",
        facts=tuple(facts) or (nothing,),
        machines=machines,
        sources=(*machines, ROLLUPS, *(("alert",) if strongest else ())),
    )
    return Context(kind="anomalies", parts=(part,))


def _who(catalog: Catalog, equipment_id: str | None, equipment_type: str | None) -> str:
    if equipment_id is not None:
        return catalog.get(equipment_id).name
    return f"All {catalog.type(equipment_type).plural}" if equipment_type else "The plant"


def _alerts(app: Database, equipment_id: str | None, window: Window) -> Mapping[str, Sequence[alerts.Alert]]:
    found: dict[str, list[alerts.Alert]] = defaultdict(list)
    for alert in alerts.find(app, equipment=equipment_id, window=window, limit=MAX_ALERTS_BESIDE).items:
        found[alert.equipment].append(alert)
    return found


def _anomaly_fact(readings: TimeSeries, voice: FactText, anomaly: Anomaly, raised: Sequence[alerts.Alert]) -> Fact:
    others = [voice.catalog.metric(anomaly.equipment, name).label for name in anomaly.metrics[1:]]
    span = voice.span(Window(start=anomaly.start, end=anomaly.end))
    shown = _shown(readings, anomaly)
    said = [f"{anomaly_heading(anomaly, voice.catalog)} {span}"]
    said += [_words(voice, anomaly, shown)] if shown else []
    said += [f"with it {join_names(others)}"] if others else []
    said += [
        f"{words_without_numbers(alert.kind)} alert at {voice.time(alert.raised_at)}".strip()
        for alert in _during(anomaly, raised)
    ]
    return Fact(text="; ".join(said), figures=tuple(shown), relevance=Relevance.UNUSUAL)


def _during(anomaly: Anomaly, raised: Iterable[alerts.Alert]) -> list[alerts.Alert]:
    return [alert for alert in raised if anomaly.start <= alert.raised_at < anomaly.end + timedelta(hours=1)]


def _shown(readings: TimeSeries, anomaly: Anomaly) -> list[Figure]:
    """The value, the expected value, and the mean of the day before (none for a counter's delta)."""
    figures = list(anomaly_figures(anomaly))
    if figures and anomaly.evidence.statistic == "avg":
        before = Window(start=anomaly.start - BEFORE, end=anomaly.start)
        usual = readings.figure(anomaly.equipment, anomaly.metrics[0], before, "avg")
        figures += [usual] if usual else []
    return figures


def _words(voice: FactText, anomaly: Anomaly, shown: Sequence[Figure]) -> str:
    words = [f"{'average' if shown[0].statistic == 'avg' else 'total'} {voice.amount(shown[0])}"]
    for figure in shown[1:]:
        expected = figure.statistic == "forecast"
        words.append(f"{'expected' if expected else 'the day before'} {voice.amount(figure)}")
    return ", ".join(words)
