"""Fits the baselines of all machines from the plant's last weeks, type by type, and stores them."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Event
from typing import Final

import numpy as np

from cc_common.analytics.anomalies.baseline import VERSION, Baseline, from_bytes, to_bytes
from cc_common.analytics.anomalies.hours import Hours, newest_hour, read_hours
from cc_common.analytics.anomalies.learning import learn_baseline
from cc_common.analytics.anomalies.robust_statistics import FULL_HOUR, HISTORY, MIN_HISTORY
from cc_common.catalog.equipment import EquipmentType
from cc_common.catalog.store import Catalog, load_catalog
from cc_common.core.errors import DatabaseUnavailable
from cc_common.core.windows import HOUR, Window
from cc_common.db import Database, queries
from cc_common.timeseries.model import Store


class Baselines:
    """A cache of baselines by type, reloaded when a newer one was stored."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._kept: dict[str, tuple[tuple[int, datetime | None], Baseline | None]] = {}

    def get(self, kind: EquipmentType) -> Baseline | None:
        """The type's baseline; None when there is none, or when the type's metrics have changed since."""
        state = self._state(kind.name)
        kept = self._kept.get(kind.name)
        if kept is None or kept[0] != state:
            kept = self._kept[kind.name] = (state, self._read(kind.name))
        baseline = kept[1]
        return baseline if baseline and baseline.center.shape[1] == len(kind.metrics) else None

    def _state(self, equipment_type: str) -> tuple[int, datetime | None]:
        parameters = {"type": equipment_type, "version": VERSION}
        with self._database.connection() as connection:
            row = connection.execute(queries("anomalies")["learned"], parameters).fetchone()
        return (row.baselines, row.newest) if row else (0, None)

    def _read(self, equipment_type: str) -> Baseline | None:
        parameters = {"type": equipment_type, "version": VERSION}
        with self._database.connection() as connection:
            rows = connection.execute(queries("anomalies")["baselines"], parameters, binary=True).fetchall()
        return from_bytes([(row.equipment_id, bytes(row.data)) for row in rows]) if rows else None


def has_baseline(database: Database, equipment_type: str, window: Window) -> bool:
    """Whether the type's baselines were fitted on exactly this window; a type's baselines are stored all at once."""
    parameters = {"type": equipment_type, "version": VERSION, "start": window.start, "end": window.end}
    with database.connection() as connection:
        row = connection.execute(queries("anomalies")["learned_for"], parameters).fetchone()
    return bool(row and row.learned)


def save_baselines(database: Database, equipment_type: str, window: Window, baseline: Baseline | None) -> None:
    """Replaces a type's baselines in one transaction; None: no machine has enough history."""
    machines = baseline.machines if baseline else ()
    rows = [
        {"equipment": m, "version": VERSION, "start": window.start, "end": window.end, "data": to_bytes(baseline, at)}
        for at, m in enumerate(machines)
        if baseline
    ]
    sql = queries("anomalies")
    with database.transaction() as connection, connection.cursor() as cursor:
        cursor.execute(sql["drop_baselines"], {"type": equipment_type, "kept": list(machines)})
        cursor.executemany(sql["save_baseline"], rows)


Progress = Callable[[int, int], None]
_MIN_HOURS: Final = int(MIN_HISTORY / HOUR)


def fit_plant_baselines(
    database: Database,
    catalog: Catalog,
    *,
    until: datetime | None = None,
    history: timedelta = HISTORY,
    on_progress: Progress | None = None,
    stop: Event | None = None,
) -> int:
    """Fits each machine's baseline on the `history` before the plant's last midnight, or the last before `until`.

    Returns the number of machines fitted. Skips a type that was fitted on the same window before, so that an
    interrupted run resumes and a second run does nothing; checks `stop` between types. A machine with less than
    MIN_HISTORY of readings gets no baseline.
    """
    readings = Store(database, catalog)
    if (latest := until or newest_hour(readings)) is None:
        return 0
    end = readings.clock.to_utc(readings.clock.day(latest))
    window, learned, done = Window(start=end - history, end=end), 0, 0
    for kind in catalog.types:
        if stop and stop.is_set():
            break
        machines = catalog.of_type(kind.name)
        if machines and not has_baseline(database, kind.name, window):
            learned += _fit_type(readings, kind, window)
        done += len(machines)
        if on_progress:
            on_progress(done, len(catalog.equipment))
    return learned


def _fit_type(readings: Store, kind: EquipmentType, window: Window) -> int:
    machines = [machine.id for machine in readings.catalog.of_type(kind.name)]
    hours = read_hours(readings, kind, machines, window.start, window.end)
    known = _since_first(hours)
    places = np.flatnonzero((known.rows >= FULL_HOUR).sum(-1) >= _MIN_HOURS).tolist()
    baseline = learn_baseline(known.pick(places), readings.catalog.tz) if places else None
    save_baselines(readings.database, kind.name, window, baseline)
    return len(places)


def _since_first(hours: Hours) -> Hours:
    """Drops the hours before the first with readings: both halves of the history must hold readings."""
    seen = np.flatnonzero((hours.rows > 0).any(0))
    return hours.between(int(seen[0]), len(hours)) if len(seen) else hours


LOG: Final = logging.getLogger(__name__)
_LOOK_EVERY_S: Final = 600.0


def refit_until(stop: Event, database: Database) -> None:
    """Fits now, after each plant midnight and after each import, until `stop` is set.

    Waits while the database is unavailable.
    """
    while not stop.is_set():
        try:
            if learned := fit_plant_baselines(database, load_catalog(database), stop=stop):
                LOG.info("%d machines learned.", learned)
        except DatabaseUnavailable as exc:
            LOG.warning("%s", exc)
        stop.wait(_LOOK_EVERY_S)
