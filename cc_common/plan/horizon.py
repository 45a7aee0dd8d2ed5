"""What of a forecast only code knows: the machines that are joined, its window ahead, and the level to be reached."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from cc_common.catalog.equipment import Metric
from cc_common.catalog.resolution import Resolution
from cc_common.catalog.resolution.levels import Level, Side, side_of
from cc_common.catalog.store import Catalog
from cc_common.plan.cues import asks_several
from cc_common.plan.model import Plan
from cc_common.window import Window
from cc_common.window.plant_time import DAY, PlantTime

DEFAULT_HOURS: Final = 24
LONGEST_FORECAST_HOURS: Final = 7 * 24  # how far to look for a level that is to be reached
_SHORTEST: Final = timedelta(hours=1)  # that is forecast


def aimed_ahead(plan: Plan, resolution: Resolution, catalog: Catalog, now: datetime) -> Plan:
    """A forecast's window begins now and has an end to come; the level it is to reach is the question's."""
    metric = catalog.metric(plan.equipment[0], plan.metrics[0])
    levels = (_level(level, metric, side_of(resolution.question, level)) for level in resolution.levels)
    threshold, side = next((level for level in levels if level[0] is not None), (None, None))
    asked = _rest_of_today(plan.window, catalog.tz, now) if resolution.windows and plan.window else None
    usual = next_hours(now, DEFAULT_HOURS if threshold is None else LONGEST_FORECAST_HOURS)
    window = replace(asked, start=max(now, asked.start)) if asked and asked.end > now else usual
    passed = asked if asked and _has_passed(asked, resolution, now) else None
    machines = _all_named(plan, resolution, catalog)
    return replace(plan, equipment=machines, threshold=threshold, side=side, window=window, passed=passed)


def next_hours(now: datetime, hours: int) -> Window:
    """So many hours from now on."""
    return Window(start=now, end=now + timedelta(hours=hours), label=f"PT{hours}H")


def _rest_of_today(window: Window, tz: str, now: datetime) -> Window:
    """To its end, where "today" is the time until now; any other window as it is."""
    plant = PlantTime(now=now, zone=ZoneInfo(tz))
    if window.label != "today":
        return window
    return replace(window, end=max(plant.at(plant.today + DAY), now + _SHORTEST))


def _has_passed(window: Window, resolution: Resolution, now: datetime) -> bool:
    """Whether a time is asked for that is over: not "this week", and none that a follow-up takes over."""
    return resolution.before is None and window.end <= now and not (window.label or "").startswith("this_")


def _all_named(plan: Plan, resolution: Resolution, catalog: Catalog) -> tuple[str, ...]:
    """The machines that the question joins and that have the metric; a follow-up's are those that the line says."""
    if resolution.before is not None or not asks_several(resolution):
        return plan.equipment
    named = (e.id for e in resolution.equipment)
    return tuple(e for e in named if e in plan.equipment or catalog.measures(e, plan.metrics[0]))


def _level(level: Level, metric: Metric, side: Side | None) -> tuple[float | None, Side | None]:
    """A level in figures: "empty" is zero, "full" a hundred percent, "limit" the metric's own on that side."""
    if level == "limit":
        own = metric.low if side == "below" else metric.high
        either = metric.high if metric.high is not None else metric.low
        return (either, None) if own is None else (own, side)
    if isinstance(level, float):
        return level, side
    return {"empty": 0.0, "full": 100.0 if metric.unit == "%" else None}[level], side
