"""The night's models where no scheduler runs: learned when there are none yet, and once a night; done is done."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import Final

from cc_common.anomalies.readings import newest
from cc_common.catalog.store import Catalog, load_catalog
from cc_common.db import Databases
from cc_common.errors import CommandCenterError
from cc_common.machines.fitting import Fitted, fit
from cc_common.machines.store import counts
from cc_common.timeseries.store import Store

LOG: Final = logging.getLogger(__name__)
AFTER: Final = timedelta(hours=4)  # the plant's midnight: a scheduler that runs has done it at 03:30
FIRST_LOOK_S: Final = 60.0  # whatever starts at the same time goes first
LOOK_EVERY_S: Final = 600.0

Clock = Callable[[], datetime]


@dataclass(kw_only=True)
class Nightly:
    """Looks at one plant now and then, until `stop`."""

    databases: Databases
    stop: Event = field(default_factory=Event)
    clock: Clock = lambda: datetime.now(UTC)

    def __post_init__(self) -> None:
        self._done: tuple[datetime, str] | None = None  # plant midnight learned up to, version of the catalogue

    def run(self) -> None:
        """Look until told to stop; what goes wrong (a database that is away) is tried again at the next look."""
        pause_s = FIRST_LOOK_S
        while not self.stop.wait(pause_s):
            pause_s = LOOK_EVERY_S
            try:
                self.look()
            except CommandCenterError as exc:
                LOG.warning("%s", exc)

    def look(self) -> Fitted | None:
        """What became of the machines; None where nothing is due: no readings, too early, or this night's is done."""
        catalog = load_catalog(self.databases.timeseries)
        midnight = self._midnight(catalog)
        if midnight is None or self._done == (midnight, catalog.version) or not self._is_due(midnight):
            return None
        found = fit(self.databases, catalog, stop=self.stop)
        if not self.stop.is_set():
            self._done = midnight, catalog.version
        _tell(found)
        return found

    def _midnight(self, catalog: Catalog) -> datetime | None:
        """The plant's last one before its newest reading, in UTC."""
        readings = Store(self.databases.timeseries, catalog)
        latest = newest(readings)
        return latest and readings.clock.at(readings.clock.day(latest))

    def _is_due(self, midnight: datetime) -> bool:
        return self.clock() >= midnight + AFTER or not counts(self.databases.app)


def _tell(found: Fitted) -> None:
    """In one line."""
    LOG.info(
        "%d of %d machines have a new model, %d were rejected by their backtest, %d have too little history.%s",
        found.adopted,
        found.machines,
        found.rejected,
        found.short,
        next((f" {machine}: {why}." for machine, why in found.reasons.items()), ""),
    )
