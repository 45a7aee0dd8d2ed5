"""Contexts of readings and maintenance: equipment summary, comparison, due maintenance and energy losses."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from math import isfinite
from typing import Final

from cc_common.analytics.expected_behaviour import Drift
from cc_common.analytics.maintenance import Item, MaintenanceFigures
from cc_common.answers.context import Context, Fact, FactText, Part, Relevance
from cc_common.answers.finding_text import drift_clause
from cc_common.answers.quantities import join_names, limit_text, number, words_without_numbers
from cc_common.catalog.equipment import Equipment, Metric
from cc_common.catalog.store import Catalog
from cc_common.core.errors import InvalidInput
from cc_common.core.evidence import Figure, Statistic
from cc_common.core.windows import Window
from cc_common.timeseries import DEFAULT_STATISTIC, TimeSeries

MAX_ITEMS: Final = 20
ROLLUPS: Final = "rollup"
_NO_LOSS: Final = "was no more in the last week than the same work used to take"


def maintenance_context(
    maintenance: MaintenanceFigures,
    catalog: Catalog,
    now: datetime,
    equipment_id: str | None,
    equipment_type: str | None,
) -> Context:
    """A machine's items, or the most urgent ones of the plant (or a type)."""
    if equipment_id is not None:
        who, shown = catalog.get(equipment_id).name, maintenance.machine_figures(equipment_id, now=now).items
    else:
        who = f"All {catalog.type(equipment_type).plural}" if equipment_type else "The plant"
        items = maintenance.plant(now=now, equipment_type=equipment_type).items
        shown = tuple(item for item in items if item.presses)[:MAX_ITEMS]
    voice = FactText(catalog)
    machines = tuple(dict.fromkeys(item.equipment for item in shown)) or ((equipment_id,) if equipment_id else ())
    nothing = Fact(text="Nothing is due.", relevance=Relevance.STATE)
    part = Part(
        heading=f"{who}: maintenance as of {voice.time(now)}, the most urgent first",
        facts=tuple(maintenance_fact(voice, item) for item in shown) or (nothing,),
        machines=machines,
        sources=(*machines, ROLLUPS),
    )
    return Context(kind="maintenance", parts=(part,))


def maintenance_fact(voice: FactText, item: Item) -> Fact:
    """One item in one line; its numbers are figures, its times and limits have their standard wording."""
    metric = voice.catalog.metric(item.equipment, item.metric)
    name = f"{voice.name(item.equipment)} {metric.label}"
    figures = item.figures
    if not figures:
        return Fact(text=f"{name}: {_reason(item)}", relevance=Relevance.DETAIL)
    if item.kind == "efficiency_loss" and figures[0].value <= 0:
        return Fact(text=f"{item.state}: {name} {_NO_LOSS}", relevance=Relevance.COURSE)
    said = _lost(voice, item, figures) if item.kind == "efficiency_loss" else _course(voice, item, figures[0])
    pressing = Relevance.UNUSUAL if item.presses else Relevance.COURSE
    return Fact(text=f"{item.state}: {name} {said}", figures=figures, relevance=pressing)


def _lost(voice: FactText, item: Item, figures: Sequence[Figure]) -> str:
    lost, cost = (number(figure, voice.catalog) for figure in figures)
    return f"beyond what the same work used to take in the last week: {lost} kWh, {cost} {item.currency}"


def _course(voice: FactText, item: Item, figure: Figure) -> str:
    bound = limit_text(voice.catalog.metric(item.equipment, item.metric), item.limit or 0.0)
    if item.at is None:
        return f"{voice.amount(figure)} at usual load; its {bound} is not in sight"
    span = f"earliest {voice.time(item.earliest)}" if item.earliest else ""
    span += f", latest {voice.time(item.latest)}" if item.latest else ""
    return f"{voice.amount(figure)} at usual load; reaches its {bound} at {voice.time(item.at)}{span and f' ({span})'}"


def _reason(item: Item) -> str:
    if item.state == "off":
        return "was off, nothing to tell"
    return words_without_numbers(item.why) or "not enough history to tell"


def equipment_summary(
    readings: TimeSeries,
    catalog: Catalog,
    equipment_id: str,
    window: Window,
    drifts: Sequence[Drift],
    due: Sequence[Item],
) -> Context:
    """Drifts, due maintenance, newest readings, and statistics of the window."""
    machine, voice = catalog.get(equipment_id), FactText(catalog)
    newest = {figure.metric: figure for figure in _read(readings.latest(machine.id))}
    facts = [*(_drift(catalog, drift) for drift in drifts), *(maintenance_fact(voice, item) for item in due)]
    for metric in catalog.type(machine.type).metrics:
        statistics = _read(readings.statistics(machine.id, metric.name, window))
        facts.append(_summary_fact(voice, metric, newest.get(metric.name), statistics))
    part = Part(
        heading=f"{_who(catalog, machine)}: newest readings, and statistics {voice.span(window)}",
        facts=tuple(facts),
        machines=(machine.id,),
        sources=(machine.id,),
    )
    return Context(kind="summary", parts=(part,))


def _read(figures: Sequence[Figure]) -> tuple[Figure, ...]:
    """Removes figures that are not finite; a count alone is removed, too."""
    found = tuple(figure for figure in figures if isfinite(figure.value))
    return found if any(figure.statistic != "count" for figure in found) else ()


def _drift(catalog: Catalog, drift: Drift) -> Fact:
    return Fact(text=drift_clause(drift, catalog, spoken=False), figures=drift.figures, relevance=Relevance.UNUSUAL)


def _who(catalog: Catalog, machine: Equipment) -> str:
    return f"{machine.name} ({machine.id}, a {catalog.type(machine.type).label}, {machine.location})"


def _summary_fact(voice: FactText, metric: Metric, newest: Figure | None, statistics: Sequence[Figure]) -> Fact:
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


BESIDE: Final[dict[str, tuple[Statistic, ...]]] = {"gauge": ("min", "max"), "counter": (), "tally": ("max",)}


def comparison_context(
    readings: TimeSeries, catalog: Catalog, equipment_ids: Sequence[str], window: Window, metric: str | None
) -> Context:
    """Compares at least two machines by `metric`, or by the first one in common."""
    machines = tuple(dict.fromkeys(catalog.get(each).id for each in equipment_ids))
    if len(machines) < 2:
        raise InvalidInput("A comparison needs at least two machines.")
    common = _common(catalog, machines, metric)
    shown, voice = _figures(readings, machines, common, window), FactText(catalog)
    silent = [voice.name(machine) for machine in machines if machine not in shown]
    facts = [_comparison_fact(voice, figures, place, len(shown)) for place, figures in enumerate(shown.values())]
    if silent:
        facts.append(Fact(text=f"no readings in this time: {join_names(silent)}", relevance=Relevance.NEIGHBOURS))
    part = Part(
        heading=f"Compared by {common.label} {voice.span(window)}, the highest first",
        facts=tuple(facts),
        machines=machines,
        sources=machines,
    )
    return Context(kind="comparison", parts=(part,))


def _common(catalog: Catalog, machines: Sequence[str], metric: str | None) -> Metric:
    if metric is not None:
        found = {catalog.metric(machine, metric) for machine in machines}
        return max(found, key=lambda m: m.name)
    shared = set.intersection(*({m.name for m in catalog.type_of(machine).metrics} for machine in machines))
    for candidate in catalog.type_of(machines[0]).metrics:
        if candidate.name in shared:
            return candidate
    raise InvalidInput("These machines have no metric in common.")


def _figures(
    readings: TimeSeries, machines: Sequence[str], metric: Metric, window: Window
) -> dict[str, tuple[Figure, ...]]:
    """Each machine's figures, the sorting statistic first, in order of it."""
    main = readings.compare(machines, metric.name, window, DEFAULT_STATISTIC[metric.kind])
    beside = [readings.compare(machines, metric.name, window, statistic) for statistic in BESIDE[metric.kind]]
    ordered = sorted(main, key=lambda figure: -figure.value)
    found = {figure.equipment: [figure] for figure in ordered}
    for figures in beside:
        for figure in figures:
            found[figure.equipment].append(figure)
    return {machine: tuple(figures) for machine, figures in found.items()}


def _comparison_fact(voice: FactText, figures: tuple[Figure, ...], place: int, of: int) -> Fact:
    extreme = place in (0, of - 1)
    return Fact(
        text=f"{voice.name(figures[0].equipment)}: {voice.figures(figures)}",
        figures=figures,
        relevance=Relevance.COURSE if extreme else Relevance.NEIGHBOURS,
    )
