"""Sensors that stand still right now: first the roll-ups say who may, then the rows say since when."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from cc_common.catalog.equipment import EquipmentType
from cc_common.db import compose, queries
from cc_common.quality.model import Frozen
from cc_common.quality.report import MINUTE, STUCK_ROWS
from cc_common.quality.resting import WEEK, Resting, is_off, rolled_up
from cc_common.timeseries.clock import HOUR
from cc_common.timeseries.store import Store

MOVED: Final = timedelta(days=1)  # what had not moved for so long before is at rest, not stuck
LEAST: Final = STUCK_ROWS * 5 // 6  # some minutes may be missing


def frozen(store: Store, resting: Resting, now: datetime) -> tuple[Frozen, ...]:
    """The sensors that had moved and have now stood still for at least two hours."""
    return tuple(each for kind in store.catalog.types for each in _of_type(store, resting, kind, now))


def _of_type(store: Store, resting: Resting, kind: EquipmentType, now: datetime) -> Iterator[Frozen]:
    machines = [m.id for m in store.catalog.of_type(kind.name)]
    start = store.clock.floor(now - STUCK_ROWS * MINUTE, HOUR)
    rows = store.rows(
        rolled_up(kind, "frozen", values="frozen_value"), {"machines": machines, "start": start, "least": LEAST}
    )
    for row in rows:
        for metric, value in zip(kind.metrics, row.values, strict=True):
            if value is None or metric.kind != "gauge" or resting.rests(row.equipment_id, metric.name, now):
                continue
            found = _since(store, row.equipment_id, metric.name, value, now)
            if found is not None and not is_off(store, kind, row.equipment_id, found.since, now):
                yield found


def _since(store: Store, machine: str, metric: str, value: float, now: datetime) -> Frozen | None:
    """None for what stands still by nature: it never moved in the last week, or not for a day before it stopped."""

    def ask(name: str, start: datetime, end: datetime) -> Any:
        text = compose(queries("quality")[name], table=machine, column=metric).as_string()
        return store.rows(text, {"start": start, "end": end, "value": value, "least": STUCK_ROWS})

    last = ask("last_other", now - WEEK, now)[0].at
    if last is None:
        return None
    since = last.astimezone(UTC) + MINUTE
    if ask("stuck_runs", since - MOVED, since):
        return None
    rows = ask("rows_since", since, now)[0].rows
    return Frozen(equipment=machine, metric=metric, value=value, since=since, until=now, rows=rows)
