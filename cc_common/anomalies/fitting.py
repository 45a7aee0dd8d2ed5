"""Learning every machine's baseline from the plant's last weeks, type by type, and storing it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Event
from typing import Final

import numpy as np

from cc_common.anomalies import store
from cc_common.anomalies.hours import Hours
from cc_common.anomalies.learning import learn
from cc_common.anomalies.parameters import FULL_HOUR, HISTORY, SHORTEST_HISTORY
from cc_common.anomalies.readings import newest, read_hours
from cc_common.catalog.equipment import EquipmentType
from cc_common.catalog.store import Catalog
from cc_common.db import Database
from cc_common.timeseries.clock import HOUR
from cc_common.timeseries.store import Store
from cc_common.window import Window

Progress = Callable[[int, int], None]
_LEAST_HOURS: Final = int(SHORTEST_HISTORY / HOUR)


def fit(
    database: Database,
    catalog: Catalog,
    *,
    until: datetime | None = None,
    history: timedelta = HISTORY,
    on_progress: Progress | None = None,
    stop: Event | None = None,
) -> int:
    """Learn each machine's baseline from the `history` before the plant's last midnight, or before `until`'s.

    How many machines were learned. A type learned from that very window before is left as it is: a killed run goes on
    where it was, a second one does nothing; `stop` is heeded between types. A machine with less than SHORTEST_HISTORY
    of readings gets none.
    """
    readings = Store(database, catalog)
    if (latest := until or newest(readings)) is None:
        return 0
    end = readings.clock.at(readings.clock.day(latest))
    window, learned, done = Window(start=end - history, end=end), 0, 0
    for kind in catalog.types:
        if stop and stop.is_set():
            break
        machines = catalog.of_type(kind.name)
        if machines and not store.is_learned(database, kind.name, window):
            learned += _fit_type(readings, kind, window)
        done += len(machines)
        if on_progress:
            on_progress(done, len(catalog.equipment))
    return learned


def _fit_type(readings: Store, kind: EquipmentType, window: Window) -> int:
    machines = [machine.id for machine in readings.catalog.of_type(kind.name)]
    hours = read_hours(readings, kind, machines, window.start, window.end)
    known = _since_first(hours)
    places = np.flatnonzero((known.rows >= FULL_HOUR).sum(-1) >= _LEAST_HOURS).tolist()
    baseline = learn(known.pick(places), readings.catalog.tz) if places else None
    store.save(readings.database, kind.name, window, baseline)
    return len(places)


def _since_first(hours: Hours) -> Hours:
    """From the first hour that any machine has: the halves of the history must both hold something."""
    seen = np.flatnonzero((hours.rows > 0).any(0))
    return hours.between(int(seen[0]), len(hours)) if len(seen) else hours
