"""Historical trend: each metric over a window, its direction, and its course in a dozen steps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

from cc_common.answers.context import Context, Fact, FactText, Part, Relevance
from cc_common.catalog.equipment import Metric
from cc_common.catalog.store import Catalog
from cc_common.core.evidence import Evidence, Figure
from cc_common.core.windows import Window
from cc_common.timeseries import DEFAULT_STATISTIC, Series, TimeSeries

MAX_POINTS: Final = 32
LEVEL: Final = 0.05  # of the readings' range: what moved less stayed level
# Steps that are said without a digit.
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
    """The metrics asked for, or all of them, in column order."""
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
    """The first and the last third of the window; none where either has no readings."""
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
    """All points in one line: a curve that lost its end would tell another story."""
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
