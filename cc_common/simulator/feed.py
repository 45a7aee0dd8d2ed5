"""The live feed: writes each minute of every machine after it has ended, and catches up on missed minutes."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import Final

import numpy as np
import numpy.typing as npt

from cc_common.catalog.store import Catalog
from cc_common.core.errors import DatabaseUnavailable
from cc_common.db import Database
from cc_common.simulator.history import Chunk, fill_history, save_faults, simulate_signals, whole_minute
from cc_common.timeseries.rows import MINUTE
from cc_common.timeseries.writer import write_minute

LOG: Final = logging.getLogger(__name__)
_RETRY_S: Final = 2.0
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

Clock = Callable[[], datetime]


class Stopped(Exception):
    """The feed was stopped during a write."""


@dataclass(kw_only=True)
class Feed:
    """Writes a plant's minutes as they end. One simulated UTC day is kept in memory."""

    timeseries: Database
    catalog: Catalog
    seed: int
    days: int  # of history, where a machine has none
    stop: Event = field(default_factory=Event)
    clock: Clock = lambda: datetime.now(UTC)
    _day: int = -1
    _values: dict[str, npt.NDArray[np.float32]] = field(default_factory=dict)

    def run(self) -> None:
        """Feeds until it is stopped or its parent process ends; waits while the database is unavailable."""
        parent, due = os.getppid(), None
        while not self.stop.is_set() and os.getppid() == parent:
            try:
                due = self.write_due(due)
            except DatabaseUnavailable:
                LOG.warning("The database does not answer; the feed tries again in %g s.", _RETRY_S)
                due = None
                self.stop.wait(_RETRY_S)
            except Stopped:
                break
            self.stop.wait(min(1.0, self._seconds_to_next_minute()))

    def write_due(self, due: datetime | None) -> datetime:
        """Write every minute that has ended from `due` on, or from the last stored; the next one that will be due."""
        ended = whole_minute(self.clock())
        if due is None or ended - due > timedelta(hours=1):
            self.catch_up(ended)
            return ended
        while due < ended and not self.stop.is_set():
            self.write(due)
            due += MINUTE
        return due

    def catch_up(self, until: datetime) -> None:
        """Writes all missed minutes before `until`."""
        written = fill_history(
            self.timeseries, self.catalog, days=self.days, seed=self.seed, until=until, progress=self._heed
        )
        LOG.info("The feed is up to date; it made up for %d rows.", written)

    def write(self, minute: datetime) -> None:
        """Write one minute of every machine, and the labels of the faults it shows."""
        values = self._values_at(minute)
        with self.timeseries.transaction() as connection:
            write_minute(connection, self.catalog, minute, values)
            for machine in values:
                shown = Chunk(equipment_id=machine, start=minute, end=minute + MINUTE)
                save_faults(connection, self.catalog, self.seed, shown)

    def _values_at(self, minute: datetime) -> dict[str, list[float | None]]:
        day, at = divmod((minute - _EPOCH) // MINUTE, 24 * 60)
        if day != self._day:
            self._values, self._day = dict(self._simulate(day)), day
        return {machine: rows[at].tolist() for machine, rows in self._values.items()}

    def _simulate(self, day: int) -> Iterator[tuple[str, npt.NDArray[np.float32]]]:
        for done, machine in enumerate(self.catalog.equipment):
            self._heed(done, len(self.catalog.equipment))
            yield machine.id, np.ascontiguousarray(simulate_signals(self.catalog, self.seed, machine.id, day, 1).values)

    def _heed(self, done: int, total: int) -> None:
        if self.stop.is_set():
            raise Stopped(f"{done} of {total} done")

    def _seconds_to_next_minute(self) -> float:
        now = self.clock()
        return max((whole_minute(now) + MINUTE - now).total_seconds(), 0.01)
