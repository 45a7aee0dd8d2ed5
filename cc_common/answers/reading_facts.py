"""Figures of readings, by intent; the first one to mention is in front."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import chain
from math import isfinite
from typing import Final

from cc_common.analytics.expected_behaviour import Drift
from cc_common.analytics.maintenance import Item
from cc_common.answers.answer import Facts, Sources
from cc_common.catalog.store import Catalog
from cc_common.core.evidence import Figure
from cc_common.planning.plan import Plan
from cc_common.timeseries import TimeSeries

SUMMARY_METRICS: Final = 5
SUMMARY_RANKED: Final = 3
MACHINE_DUE: Final = 3  # sentences on maintenance in a summary of machines
PLANT_DUE: Final = 2  # sentences in a summary of a type or the plant
WORTH_SAYING: Final = timedelta(hours=1)


def latest_facts(plan: Plan, sources: Sources, *, now: datetime) -> Facts:
    """The newest reading of each machine and metric."""
    return _found(plan, sources, _newest(plan, sources.readings))


def window_facts(plan: Plan, sources: Sources, *, now: datetime) -> Facts:
    """The plan's statistic of each machine and metric; for a single one also the other statistics of its window."""
    found = _of_window(plan, sources.readings)
    if plan.window is not None and plan.aggregation is not None and len(found) == 1:
        others = sources.readings.statistics(plan.equipment[0], plan.metrics[0], plan.window)
        found += tuple(f for f in others if f.statistic not in (plan.aggregation, "count"))
    return _found(plan, sources, found)


def comparison_facts(plan: Plan, sources: Sources, *, now: datetime) -> Facts:
    """The plan's statistic of each machine."""
    return _found(plan, sources, _of_window(plan, sources.readings))


def ranking_facts(plan: Plan, sources: Sources, *, now: datetime) -> Facts:
    """The first machines of a type by a metric."""
    statistic, order = plan.aggregation or "last", plan.order or "desc"
    found = sources.readings.rank(_type(plan), plan.metrics[0], plan.window, statistic, order=order, limit=plan.top_n)
    return _found(plan, sources, found)


def list_facts(plan: Plan, sources: Sources, *, now: datetime) -> Facts:
    """The newest reading of every machine of a type, by number."""
    catalog = sources.catalog
    metric = catalog.type(_type(plan)).metrics[0].name
    ranked = sources.readings.rank(_type(plan), metric, None, "last", order="desc", limit=None)
    return _found(plan, sources, tuple(sorted(ranked, key=lambda figure: catalog.get(figure.equipment).number)))


def summary_facts(plan: Plan, sources: Sources, *, now: datetime) -> Facts:
    """The newest readings of machines, or the first of a type or of each type; due maintenance and drifts."""
    facts = _found(plan, sources, _summary(plan, sources.readings, sources.catalog))
    if not facts.figures:
        return facts
    return replace(facts, upkeep=_upkeep(plan, sources, now), drifts=_drifts(plan, sources, now))


def no_facts(plan: Plan, sources: Sources, *, now: datetime) -> Facts:
    """No facts, for a refusal."""
    return Facts()


def _found(plan: Plan, sources: Sources, found: Iterable[Figure]) -> Facts:
    figures = tuple(figure for figure in found if isfinite(figure.value))  # NaN and infinity are no readings
    return Facts(figures=figures, since=_since(plan, sources.readings) if figures else None)


def _since(plan: Plan, readings: TimeSeries) -> datetime | None:
    """The time of the machines' first reading, if it is well within the window, which the figures then do not cover."""
    if plan.window is None or not plan.equipment:
        return None
    ranges = (readings.data_range(machine) for machine in plan.equipment)
    begins = max((found.start for found in ranges if found), default=plan.window.start)
    return begins if begins - plan.window.start > WORTH_SAYING else None


def _newest(plan: Plan, readings: TimeSeries) -> tuple[Figure, ...]:
    return _each(readings.latest(e, plan.metrics) for e in plan.equipment)


def _of_window(plan: Plan, readings: TimeSeries) -> tuple[Figure, ...]:
    """The statistic of each machine and metric; the newest readings where the plan has no window."""
    window, statistic = plan.window, plan.aggregation
    if window is None or statistic is None:
        return _newest(plan, readings)
    asked = (readings.figure(e, m, window, statistic) for e in plan.equipment for m in plan.metrics)
    return tuple(figure for figure in asked if figure is not None)


def _each(groups: Iterable[Sequence[Figure]]) -> tuple[Figure, ...]:
    return tuple(chain.from_iterable(groups))


def _summary(plan: Plan, readings: TimeSeries, catalog: Catalog) -> tuple[Figure, ...]:
    if plan.equipment:
        first = {e: [m.name for m in catalog.type_of(e).metrics[:SUMMARY_METRICS]] for e in plan.equipment}
        return _each(readings.latest(e, metrics) for e, metrics in first.items())
    if plan.equipment_type:
        metric = catalog.type(plan.equipment_type).metrics[0].name
        return readings.rank(plan.equipment_type, metric, None, "last", order="desc", limit=SUMMARY_RANKED)
    return _each(readings.rank(t.name, t.metrics[0].name, None, "last", order="desc", limit=1) for t in catalog.types)


def _upkeep(plan: Plan, sources: Sources, now: datetime) -> tuple[Item, ...]:
    """The most urgent maintenance of the machines, the type or the plant of the summary, and their energy losses."""
    upkeep = sources.maintenance
    if upkeep is None:
        return ()
    if not plan.equipment:
        items = upkeep.plant(now=now, equipment_type=plan.equipment_type).items
        return tuple(item for item in items if item.presses and item.figures)[:PLANT_DUE]
    own = (item for machine in plan.equipment for item in upkeep.machine_figures(machine, now=now).items)
    pressing = (item for item in own if item.presses and item.figures)
    return tuple(sorted(pressing, key=lambda item: item.rank))[:MACHINE_DUE]


def _drifts(plan: Plan, sources: Sources, now: datetime) -> tuple[Drift, ...]:
    """The drifts of the summary's machines, which their models do not explain."""
    if sources.machines is None:
        return ()
    return tuple(drift for machine in plan.equipment for drift in sources.machines.drifts_of(machine, now))


def _type(plan: Plan) -> str:
    if plan.equipment_type is None:
        raise ValueError(f"a plan to {plan.intent} names no equipment type")
    return plan.equipment_type
