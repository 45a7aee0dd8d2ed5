"""Maintenance figures of machines and the plant, computed from the hourly roll-ups and cached for the hour."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from threading import Lock
from typing import Final

from cc_common.analytics.anomalies.hours import read_hours
from cc_common.analytics.forecasting import Forecaster, TimeToThreshold
from cc_common.analytics.maintenance.efficiency_loss import Price, estimate_loss
from cc_common.analytics.maintenance.items import Item, MachineHours, MachineMaintenance, PlantMaintenance, state_before
from cc_common.analytics.maintenance.wear import estimate_bearing_wear, estimate_filter_change
from cc_common.catalog import metric_roles
from cc_common.catalog.equipment import Equipment, EquipmentType, Metric
from cc_common.catalog.store import Catalog
from cc_common.core.errors import InvalidInput, NotFound
from cc_common.core.windows import HOUR
from cc_common.db import Database
from cc_common.timeseries.model import Store

DAY: Final = timedelta(days=1)


def forecast_fuel(forecaster: Forecaster, machine: Equipment, metric: Metric, now: datetime) -> Item:
    """The item of a fuel tank; where the history is too short, with the forecaster's message."""
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


def _message(machine: Equipment, metric: Metric, reach: TimeToThreshold, now: datetime) -> str:
    bound = f"its limit of {reach.threshold:g} {metric.unit}"
    if reach.value <= reach.threshold:
        return f"{machine.name} {metric.label} is down to {bound}: fill it up."
    if reach.at is None:
        return f"{machine.name} {metric.label} does not come down to {bound} as far as can be seen."
    return f"{machine.name} {metric.label} lasts {_long(reach.at - now)} to {bound} if nobody fills it up."


def _long(span: timedelta) -> str:
    """A duration in words: hours up to two days, then days."""
    hours = max(round(span / HOUR), 1)
    return f"{span / DAY:,.0f} days" if hours >= 48 else f"{hours} hour{'s' * (hours != 1)}"


PAST: Final = timedelta(days=84)


class MaintenanceFigures:
    """Figures of one plant. Unknown names are NotFound."""

    def __init__(self, database: Database, catalog: Catalog, forecaster: Forecaster, price: Price) -> None:
        self._store, self._forecaster, self._price = Store(database, catalog), forecaster, price
        self._kept: dict[str, tuple[datetime, tuple[Item, ...]]] = {}
        self._locks = {
            name: Lock() for name in (*(m.id for m in catalog.equipment), *(_whole(k) for k in catalog.types))
        }

    def machine_figures(self, equipment_id: str, *, now: datetime) -> MachineMaintenance:
        """The figures of one machine, as of the last whole hour."""
        machine, as_of = self._store.catalog.get(equipment_id), self._hour(now)
        items = self._of(machine.id, self._store.catalog.type(machine.type), [machine], as_of)
        return MachineMaintenance(equipment=machine.id, as_of=as_of, items=items)

    def plant(self, *, now: datetime, equipment_type: str | None = None) -> PlantMaintenance:
        """The figures of all machines (of a type), as of the last whole hour."""
        catalog, as_of = self._store.catalog, self._hour(now)
        kinds = catalog.types if equipment_type is None else (catalog.type(equipment_type),)
        each = (self._of(_whole(k), k, catalog.of_type(k.name), as_of) for k in kinds)
        items = sorted((item for own in each for item in own), key=lambda item: item.rank)
        losses = [item for item in items if item.state == "loss"]
        return PlantMaintenance(
            as_of=as_of,
            items=tuple(items),
            loss_kwh=sum(item.value or 0.0 for item in losses),
            cost=sum(item.cost or 0.0 for item in losses),
            currency=self._price.currency,
        )

    def _hour(self, now: datetime) -> datetime:
        if now.tzinfo is None:
            raise InvalidInput("A time without a time zone is refused.")
        return self._store.clock.floor(now, HOUR)

    def _of(self, name: str, kind: EquipmentType, machines: Sequence[Equipment], as_of: datetime) -> tuple[Item, ...]:
        """Computes the figures once per hour, also for concurrent calls."""
        with self._locks[name]:
            kept = self._kept.get(name)
            if kept is None or kept[0] != as_of:
                items = sorted(self._worked_out(kind, machines, as_of), key=lambda item: item.rank)
                kept = self._kept[name] = (as_of, tuple(items))
            return kept[1]

    def _worked_out(self, kind: EquipmentType, machines: Sequence[Equipment], as_of: datetime) -> Iterator[Item]:
        if machines and (metrics := metric_roles.needed_metrics(kind)):
            hours = read_hours(self._store, kind, [m.id for m in machines], as_of - PAST, as_of, metrics)
            for place, equipment in enumerate(machines):
                yield from self._of_hours(MachineHours(equipment=equipment, hours=hours, place=place, now=as_of))
        if (fuel := metric_roles.metric_with(kind, "fuel_level")) is not None:
            yield from (forecast_fuel(self._forecaster, machine, fuel, as_of) for machine in machines)

    def _of_hours(self, machine: MachineHours) -> Iterator[Item]:
        kind = machine.hours.kind
        if (work := metric_roles.work_of(kind)) is not None:
            yield estimate_loss(machine, work, self._price)
        yield from (estimate_bearing_wear(machine, metric) for metric in metric_roles.worn_of(kind))
        if (metric := metric_roles.filter_of(kind)) is not None:
            yield estimate_filter_change(machine, metric)


def _whole(kind: EquipmentType) -> str:
    """The cache key of a whole type's items; no machine has such an id."""
    return f"type {kind.name}"
