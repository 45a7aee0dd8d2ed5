"""Metrics that stand still by nature (a full battery, a fuel tank): for them a stuck sensor looks like any other.

A metric rests on a machine when a quarter of the other machines of its type had it flat for an hour in the last week.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from threading import Lock
from typing import Final

from cc_common.catalog.equipment import EquipmentType
from cc_common.catalog.rollups import rollup_columns, rollup_table
from cc_common.catalog.running import power_of
from cc_common.catalog.statements import repeated
from cc_common.db import compose, queries
from cc_common.timeseries.clock import HOUR
from cc_common.timeseries.store import Store

WEEK: Final = timedelta(days=7)
RESTING_SHARE: Final = 0.25
KEPT: Final = 64  # types and hours

Flat = Mapping[str, Sequence[bool]]  # by machine, for each metric


class Resting:
    """Which metrics rest, learned from the hourly roll-ups and kept for the hour."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: dict[tuple[str, datetime], Flat] = {}
        self._lock = Lock()

    def rests(self, equipment_id: str, metric: str, at: datetime) -> bool:
        """Whether the metric rests on that machine, by the week before `at`."""
        kind = self._store.catalog.type_of(equipment_id)
        place = next(i for i, m in enumerate(kind.metrics) if m.name == metric)
        others = [flat[place] for machine, flat in self._flat(kind, at).items() if machine != equipment_id]
        return bool(others) and sum(others) >= RESTING_SHARE * len(others)

    def _flat(self, kind: EquipmentType, at: datetime) -> Flat:
        end = self._store.clock.floor(at, HOUR)
        with self._lock:
            if (found := self._known.get((kind.name, end))) is None:
                while len(self._known) >= KEPT:
                    del self._known[next(iter(self._known))]
                found = self._known[kind.name, end] = self._read(kind, end)
            return found

    def _read(self, kind: EquipmentType, end: datetime) -> Flat:
        machines = [m.id for m in self._store.catalog.of_type(kind.name)]
        text = rolled_up(kind, "any_flat_hours", flat="any_flat_hour")
        rows = self._store.rows(text, {"machines": machines, "start": end - WEEK, "end": end})
        return {row.equipment_id: row.flat for row in rows}


def is_off(store: Store, kind: EquipmentType, machine: str, start: datetime, end: datetime) -> bool:
    """Whether the machine had no power all that time: what follows the air around it may then stand still."""
    if (power := power_of(kind)) is None:
        return False
    text = compose(queries("quality")["ran_between"], table=machine, column=power.name).as_string()
    return not store.rows(text, {"start": start, "end": end})[0].ran


def rolled_up(kind: EquipmentType, name: str, **phrases: str) -> str:
    """A query over a type's hourly roll-up; each slot of `phrases` is said once a metric, in column order."""
    sql = queries("quality")
    columns = [asdict(rollup_columns(m.name)) for m in kind.metrics]
    slots = {slot: sql[phrase] for slot, phrase in phrases.items()}
    return repeated(sql[name], slots, columns, rollup=rollup_table(kind.name, "hourly")).as_string()
