"""Fuel: when a tank is down to its limit if nobody fills it up."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from cc_common.catalog.equipment import Equipment, Metric
from cc_common.errors import NotFound
from cc_common.foresight import Forecaster, Reach
from cc_common.maintenance.model import Item, state_before
from cc_common.timeseries.clock import HOUR

DAY: Final = timedelta(days=1)


def fuel_left(forecaster: Forecaster, machine: Equipment, metric: Metric, now: datetime) -> Item:
    """The item; what the forecaster cannot tell for want of history is said in its words."""
    limit = metric.low or 0.0
    try:
        reach = forecaster.time_to(machine.id, metric.name, limit, now=now)
    except NotFound as exc:
        return Item(equipment=machine.id, kind="fuel", metric=metric.name, state="unknown", message=str(exc))
    is_down = reach.value <= limit
    return Item(
        equipment=machine.id,
        kind="fuel",
        metric=metric.name,
        state="due" if is_down else state_before(reach.at, now),
        message=_message(machine, metric, reach, now),
        value=reach.value,
        unit=reach.unit,
        limit=limit,
        at=now if is_down else reach.at,
        earliest=now if is_down else reach.earliest,
        latest=now if is_down else reach.latest,
        horizon=reach.horizon,
        method=reach.method,
        evidence=reach.trained_on,
    )


def _message(machine: Equipment, metric: Metric, reach: Reach, now: datetime) -> str:
    bound = f"its limit of {reach.threshold:g} {metric.unit}"
    if reach.value <= reach.threshold:
        return f"{machine.name} {metric.label} is down to {bound}: fill it up."
    if reach.at is None:
        return f"{machine.name} {metric.label} does not come down to {bound} as far as can be seen."
    return f"{machine.name} {metric.label} lasts {_long(reach.at - now)} to {bound} if nobody fills it up."


def _long(span: timedelta) -> str:
    """In words: hours up to two days, then days."""
    hours = max(round(span / HOUR), 1)
    return f"{span / DAY:,.0f} days" if hours >= 48 else f"{hours} hour{'s' * (hours != 1)}"
