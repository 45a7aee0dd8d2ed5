"""Contexts: the builders over one plant, with the number check; the historical trend."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

from cc_common.analytics.expected_behaviour import ExpectedBehaviour
from cc_common.analytics.maintenance import MaintenanceFigures
from cc_common.answers.context import (
    Context,
    Fact,
    FactText,
    Part,
    Relevance,
    TokenCounter,
    assemble_context,
    byte_count,
)
from cc_common.answers.finding_contexts import Detector, alerts_context, anomalies_in_context
from cc_common.answers.machine_contexts import comparison_context, equipment_summary, maintenance_context
from cc_common.answers.number_check import check_context
from cc_common.catalog.equipment import Metric
from cc_common.catalog.store import Catalog
from cc_common.core.errors import InvalidInput
from cc_common.core.evidence import Evidence, Figure
from cc_common.core.windows import Window
from cc_common.db import Database
from cc_common.timeseries import DEFAULT_STATISTIC, Series, TimeSeries

MAX_POINTS: Final = 32
LEVEL: Final = 0.05  # of the readings' range: a smaller change is no trend
# Names of steps without digits.
_STEPS: Final = (
    ("PT15M", timedelta(minutes=15), "quarter of an hour"),
    ("PT1H", timedelta(hours=1), "hour"),
    ("PT6H", timedelta(hours=6), "quarter of a day"),
    ("P1D", timedelta(days=1), "day"),
    ("P7D", timedelta(days=7), "week"),
    ("P1M", timedelta(days=30), "month"),
)
_HEADS: Final = {"avg": "averages", "delta": "totals", "sum": "totals"}


def historical_trend(
    readings: TimeSeries, catalog: Catalog, equipment_id: str, window: Window, metrics: Sequence[str] | None
) -> Context:
    """The trend of the given metrics, or of all, in column order."""
    machine, voice = catalog.get(equipment_id), FactText(catalog)
    asked = catalog.type(machine.type).metrics
    if metrics is not None:
        asked = tuple(catalog.metric(machine.id, name) for name in metrics)
    facts = [fact for metric in asked for fact in _facts(readings, voice, machine.id, metric, window)]
    nothing = Fact(text=f"There are no readings of {machine.name} in this time.", relevance=Relevance.STATE)
    part = Part(
        heading=f"{machine.name}: course {voice.span(window)}",
        facts=tuple(facts) if any(fact.figures for fact in facts) else (nothing,),
        machines=(machine.id,),
        sources=(machine.id,),
    )
    return Context(kind="trend", parts=(part,))


def _facts(readings: TimeSeries, voice: FactText, machine: str, metric: Metric, window: Window) -> Iterator[Fact]:
    whole = readings.statistics(machine, metric.name, window)
    if not whole:
        yield Fact(text=f"{metric.label}: no readings in this time", relevance=Relevance.DETAIL)
        return
    ends = _ends(readings, machine, metric, window)
    text = f"{metric.label}: {voice.figures(whole)}{_direction(voice, metric, whole, ends)}"
    yield Fact(text=text, figures=(*whole, *ends), relevance=Relevance.COURSE)
    step, word = _step(window)
    series = readings.series(machine, metric.name, window, step=step)
    yield _course(voice, metric, series, word)


def _ends(readings: TimeSeries, machine: str, metric: Metric, window: Window) -> tuple[Figure, ...]:
    """The default statistic of the window's first and last third; none where either has no readings."""
    third = (window.end - window.start) / 3
    first, last = (
        Window(start=window.start, end=window.start + third),
        Window(start=window.end - third, end=window.end),
    )
    statistic = DEFAULT_STATISTIC[metric.kind]
    found = [readings.figure(machine, metric.name, part, statistic) for part in (first, last)]
    return tuple(f for f in found if f is not None) if None not in found else ()


def _direction(voice: FactText, metric: Metric, whole: Sequence[Figure], ends: Sequence[Figure]) -> str:
    if not ends:
        return ""
    before, after = ends
    values = {figure.statistic: figure.value for figure in whole}
    scale = values["max"] - values["min"] if metric.kind == "gauge" else max(abs(before.value), abs(after.value))
    change = after.value - before.value
    verb = "stayed level" if abs(change) <= LEVEL * scale else "rose" if change > 0 else "fell"
    return f"; {verb} from {voice.amount(before)} in the first third to {voice.amount(after)} in the last"


def _step(window: Window) -> tuple[str, str]:
    length = window.end - window.start
    name, _, word = next((s for s in _STEPS if length <= MAX_POINTS * s[1]), _STEPS[-1])
    return name, word


def _course(voice: FactText, metric: Metric, series: Series, word: str) -> Fact:
    """All points in one line, because a truncated curve would mislead."""
    starts = [point.start for point in series.points[1:]]
    ends = [*starts, series.window.end]
    figures = [_point(series, i, end) for i, end in enumerate(ends)]
    values = ", ".join("none" if figure is None else voice.amount(figure) for figure in figures)
    return Fact(
        text=f"{metric.label}, {_HEADS[series.aggregation]} by {word} {voice.span(series.window)}: {values}",
        figures=tuple(figure for figure in figures if figure is not None),
        relevance=Relevance.DETAIL,
    )


def _point(series: Series, place: int, end: datetime) -> Figure | None:
    point = series.points[place]
    if point.value is None:
        return None
    own = Window(start=max(point.start, series.window.start), end=end)
    evidence = Evidence(
        table=series.equipment,
        column=series.metric,
        statistic=series.aggregation,
        start=own.start,
        end=own.end,
        rows=point.rows,
    )
    return Figure(
        equipment=series.equipment,
        metric=series.metric,
        statistic=series.aggregation,
        value=point.value,
        unit=series.unit,
        start=own.start,
        end=own.end,
        evidence=evidence,
    )


MAX_SIBLINGS: Final = 5


class Contexts:
    """Builders of contexts. NotFound for unknown names. A window without readings is stated in words."""

    def __init__(
        self,
        timeseries: TimeSeries,
        catalog: Catalog,
        app: Database,
        anomalies: Detector,
        maintenance: MaintenanceFigures | None = None,
        machines: ExpectedBehaviour | None = None,
    ) -> None:
        self._readings, self._catalog, self._app, self._detector = timeseries, catalog, app, anomalies
        self._maintenance, self._machines = maintenance, machines

    def equipment_summary(self, equipment_id: str, window: Window) -> Context:
        """A machine's newest readings, each metric's statistics of the window; drift and due maintenance at its end."""
        drifts = self._machines.drifts_of(equipment_id, window.end) if self._machines else ()
        items = self._maintenance.machine_figures(equipment_id, now=window.end).items if self._maintenance else ()
        due = [item for item in items if item.presses]
        return self._checked(equipment_summary(self._readings, self._catalog, equipment_id, window, drifts, due))

    def historical_trend(self, equipment_id: str, window: Window, *, metrics: Sequence[str] | None = None) -> Context:
        """Each metric (None: all) over the window: statistics, direction, and about a dozen points."""
        return self._checked(historical_trend(self._readings, self._catalog, equipment_id, window, metrics))

    def anomalies_in_context(
        self, window: Window, *, equipment_id: str | None = None, equipment_type: str | None = None
    ) -> Context:
        """The strongest anomalies of a machine, a type or the plant, with expected and usual values."""
        found = anomalies_in_context(
            self._readings,
            self._catalog,
            self._app,
            self._detector,
            window,
            equipment_id=equipment_id,
            equipment_type=equipment_type,
        )
        return self._checked(found)

    def comparison(self, equipment_ids: Sequence[str], window: Window, *, metric: str | None = None) -> Context:
        """One metric (None: the first in common) of two or more machines, in descending order."""
        return self._checked(comparison_context(self._readings, self._catalog, equipment_ids, window, metric))

    def alerts_context(self, window: Window, *, equipment_id: str | None = None) -> Context:
        """The open alerts of a machine or the plant, and alerts raised in the window and cleared since."""
        return self._checked(alerts_context(self._catalog, self._app, window, equipment_id))

    def maintenance(
        self, now: datetime, *, equipment_id: str | None = None, equipment_type: str | None = None
    ) -> Context:
        """Due maintenance and losses of a machine, a type or the plant; InvalidInput without maintenance figures."""
        if self._maintenance is None:
            raise InvalidInput("Maintenance figures are not available here.")
        found = maintenance_context(self._maintenance, self._catalog, now, equipment_id, equipment_type)
        return self._checked(found)

    def assemble(self, parts: Sequence[Context], token_budget: int, *, count: TokenCounter = byte_count) -> Context:
        """Assembles the most relevant facts of these contexts within the budget; see context.py."""
        return self._checked(assemble_context(parts, token_budget, count))

    def siblings(self, equipment_id: str) -> tuple[str, ...]:
        """The machine and the nearest machines of its type, by number."""
        machine = self._catalog.get(equipment_id)
        near = sorted(self._catalog.of_type(machine.type), key=lambda other: abs(other.number - machine.number))
        return tuple(other.id for other in sorted(near[:MAX_SIBLINGS], key=lambda other: other.number))

    def _checked(self, context: Context) -> Context:
        check_context(context, self._catalog)
        return context
