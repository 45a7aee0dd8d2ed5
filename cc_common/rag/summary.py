"""Equipment summary: what a machine shows now, and how that was over the window."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite

from cc_common.answer import wording
from cc_common.catalog.equipment import Equipment, Metric
from cc_common.catalog.store import Catalog
from cc_common.evidence import Figure
from cc_common.machines import Drift
from cc_common.maintenance import Item
from cc_common.rag.model import Context, Fact, Part, Relevance
from cc_common.rag.saying import Voice
from cc_common.rag.upkeep import fact_of
from cc_common.timeseries import TimeSeries
from cc_common.window import Window


def equipment_summary(
    readings: TimeSeries,
    catalog: Catalog,
    equipment_id: str,
    window: Window,
    drifts: Sequence[Drift],
    due: Sequence[Item],
) -> Context:
    """What the machine's model does not explain, what is due, its newest readings, and statistics of the window."""
    machine, voice = catalog.get(equipment_id), Voice(catalog)
    newest = {figure.metric: figure for figure in _read(readings.latest(machine.id))}
    facts = [*(_drift(catalog, drift) for drift in drifts), *(fact_of(voice, item) for item in due)]
    for metric in catalog.type(machine.type).metrics:
        statistics = _read(readings.statistics(machine.id, metric.name, window))
        facts.append(_fact(voice, metric, newest.get(metric.name), statistics))
    part = Part(
        heading=f"{_who(catalog, machine)}: newest readings, and statistics {voice.span(window)}",
        facts=tuple(facts),
        machines=(machine.id,),
        sources=(machine.id,),
    )
    return Context(kind="summary", parts=(part,))


def _read(figures: Sequence[Figure]) -> tuple[Figure, ...]:
    """Without what is no number: such a reading is none. How many there were is nothing alone."""
    found = tuple(figure for figure in figures if isfinite(figure.value))
    return found if any(figure.statistic != "count" for figure in found) else ()


def _drift(catalog: Catalog, drift: Drift) -> Fact:
    return Fact(text=wording.clause(drift, catalog, spoken=False), figures=drift.figures, relevance=Relevance.UNUSUAL)


def _who(catalog: Catalog, machine: Equipment) -> str:
    return f"{machine.name} ({machine.id}, a {catalog.type(machine.type).label}, {machine.location})"


def _fact(voice: Voice, metric: Metric, newest: Figure | None, statistics: Sequence[Figure]) -> Fact:
    if newest is None or newest.at is None:
        return Fact(text=f"{metric.label}: no readings yet", relevance=Relevance.DETAIL)
    past = voice.past_limit(newest)
    now = f"{voice.amount(newest)} at {voice.time(newest.at)}{past and ', ' + past}"
    course = voice.figures(statistics) or "no readings in this time"
    return Fact(
        text=f"{metric.label}: {now}; {course}",
        figures=(newest, *statistics),
        relevance=Relevance.UNUSUAL if past else Relevance.STATE,
    )
