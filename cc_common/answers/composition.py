"""Composes the answer to a plan: fetches its figures, then text, widgets, and the number check last."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import chain
from math import isfinite
from typing import Final

from cc_common.analytics.expected_behaviour import Drift
from cc_common.analytics.maintenance import Item
from cc_common.answers import text, widgets
from cc_common.answers.answer import Answer, Facts, Ledger, Sources
from cc_common.answers.finding_facts import alert_facts, anomaly_facts, forecast_facts
from cc_common.answers.number_check import check_answer
from cc_common.catalog.store import Catalog
from cc_common.core.evidence import Figure
from cc_common.planning.plan import Plan
from cc_common.timeseries import TimeSeries

SUMMARY_METRICS: Final = 5
SUMMARY_RANKED: Final = 3
MACHINE_DUE: Final = 3  # sentences on maintenance in a summary of machines,
PLANT_DUE: Final = 2  # and of a type or the plant
WORTH_SAYING: Final = timedelta(hours=1)


def gather_facts(plan: Plan, sources: Sources, *, now: datetime) -> Facts:
    """What the plan asks for."""
    match plan.intent:
        case "anomalies":
            return anomaly_facts(plan, sources)
        case "alerts":
            return alert_facts(plan, sources)
        case "forecast":
            return forecast_facts(plan, sources, now=now)
        case _:
            found = _figures(plan, sources.readings, sources.catalog)
            figures = tuple(figure for figure in found if isfinite(figure.value))  # what is no number is no reading
            since = _since(plan, sources.readings) if figures else None
            upkeep, drifts = (_upkeep(plan, sources, now), _drifts(plan, sources, now)) if figures else ((), ())
            return Facts(figures=figures, since=since, upkeep=upkeep, drifts=drifts)


def _upkeep(plan: Plan, sources: Sources, now: datetime) -> tuple[Item, ...]:
    """What is due first on the machines, the type or the plant that is summed up, and what they lose."""
    upkeep = sources.maintenance
    if plan.intent != "summary" or upkeep is None:
        return ()
    if not plan.equipment:
        items = upkeep.plant(now=now, equipment_type=plan.equipment_type).items
        return tuple(item for item in items if item.presses and item.figures)[:PLANT_DUE]
    own = (item for machine in plan.equipment for item in upkeep.of(machine, now=now).items)
    pressing = (item for item in own if item.presses and item.figures)
    return tuple(sorted(pressing, key=lambda item: item.rank))[:MACHINE_DUE]


def _drifts(plan: Plan, sources: Sources, now: datetime) -> tuple[Drift, ...]:
    """What the models of the machines that are summed up do not explain."""
    if plan.intent != "summary" or sources.machines is None:
        return ()
    return tuple(drift for machine in plan.equipment for drift in sources.machines.drifts_of(machine, now))


def _since(plan: Plan, readings: TimeSeries) -> datetime | None:
    """When the machines' readings begin, if that is well within the window: then the figures are of less than asked."""
    if plan.window is None or not plan.equipment:
        return None
    ranges = (readings.data_range(machine) for machine in plan.equipment)
    begins = max((found.start for found in ranges if found), default=plan.window.start)
    return begins if begins - plan.window.start > WORTH_SAYING else None


def _figures(plan: Plan, readings: TimeSeries, catalog: Catalog) -> tuple[Figure, ...]:
    """The figures that readings give, the one to say first in front."""
    match plan.intent:
        case "latest":
            return _each(readings.latest(e, plan.metrics) for e in plan.equipment)
        case "trend" | "statistics" | "compare":
            return _of_window(plan, readings)
        case "rank":
            return _ranked(plan, readings)
        case "list":
            return _newest_of_type(_type(plan), readings, catalog)
        case "summary":
            return _summary(plan, readings, catalog)
        case _:
            return ()


def _each(groups: Iterable[Sequence[Figure]]) -> tuple[Figure, ...]:
    return tuple(chain.from_iterable(groups))


def _of_window(plan: Plan, readings: TimeSeries) -> tuple[Figure, ...]:
    """The statistic asked for of each machine and metric; one that is alone brings the others of its window along."""
    window, statistic = plan.window, plan.aggregation
    if window is None or statistic is None:
        return _each(readings.latest(e, plan.metrics) for e in plan.equipment)
    asked = [readings.figure(e, m, window, statistic) for e in plan.equipment for m in plan.metrics]
    found = tuple(f for f in asked if f is not None)
    if len(found) != 1 or plan.intent == "compare":
        return found
    others = readings.statistics(plan.equipment[0], plan.metrics[0], window)
    return found + tuple(f for f in others if f.statistic not in (statistic, "count"))


def _ranked(plan: Plan, readings: TimeSeries) -> tuple[Figure, ...]:
    statistic, order = plan.aggregation or "last", plan.order or "desc"
    return readings.rank(_type(plan), plan.metrics[0], plan.window, statistic, order=order, limit=plan.top_n)


def _newest_of_type(name: str, readings: TimeSeries, catalog: Catalog) -> tuple[Figure, ...]:
    metric = catalog.type(name).metrics[0].name
    ranked = readings.rank(name, metric, None, "last", order="desc", limit=None)
    return tuple(sorted(ranked, key=lambda figure: catalog.get(figure.equipment).number))


def _summary(plan: Plan, readings: TimeSeries, catalog: Catalog) -> tuple[Figure, ...]:
    if plan.equipment:
        first = {e: [m.name for m in catalog.type_of(e).metrics[:SUMMARY_METRICS]] for e in plan.equipment}
        return _each(readings.latest(e, metrics) for e, metrics in first.items())
    if plan.equipment_type:
        metric = catalog.type(plan.equipment_type).metrics[0].name
        return readings.rank(plan.equipment_type, metric, None, "last", order="desc", limit=SUMMARY_RANKED)
    return _each(readings.rank(t.name, t.metrics[0].name, None, "last", order="desc", limit=1) for t in catalog.types)


def _type(plan: Plan) -> str:
    if plan.equipment_type is None:
        raise ValueError(f"a plan to {plan.intent} names no equipment type")
    return plan.equipment_type


def compose_answer(plan: Plan, sources: Sources, *, now: datetime) -> Answer:
    """The checked answer to a plan, widgets in the plan's order; UnverifiedFigure rather than a number without rows."""
    facts, catalog = gather_facts(plan, sources, now=now), sources.catalog
    told = (*(drift.figures for drift in facts.drifts), *(item.figures for item in facts.upkeep))
    ledger = Ledger([*facts.figures, *chain.from_iterable(told)])
    built = widgets.build_widgets(plan, facts, ledger, sources, now=now)
    answer = Answer(
        text=text.answer_text(plan, facts, catalog, now, spoken=False),
        spoken=text.answer_text(plan, facts, catalog, now, spoken=True),
        figures=tuple(ledger.figures),
        widgets=built,
    )
    check_answer(answer, plan, facts, catalog, now=now)
    return answer
