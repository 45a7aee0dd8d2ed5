"""The watcher: each minute it looks at the plant, raises what is new and clears what is over.

It keeps nothing in memory that matters: killed, it goes on where it was.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import Final

from cc_common.alerts.findings import findings, is_well
from cc_common.alerts.model import SYSTEM
from cc_common.alerts.store import clear, cleared_by_hand, raise_alert, standing
from cc_common.alerts.view import look
from cc_common.catalog.store import Catalog
from cc_common.db import Databases
from cc_common.errors import DatabaseUnavailable
from cc_common.quality import Quality

LOG: Final = logging.getLogger(__name__)
EVERY: Final = timedelta(minutes=1)
AFTER: Final = timedelta(seconds=20)  # the minute's end: then the feed has written it
SETTLES: Final = timedelta(minutes=3)  # a feed that starts with the watcher makes up for what it missed
SHELVED: Final = timedelta(hours=1)  # what a person cleared is not raised again so soon
_RETRY_S: Final = 2.0

Clock = Callable[[], datetime]


@dataclass(frozen=True, kw_only=True)
class Round:
    """What one look at the plant led to."""

    raised: int
    cleared: int
    standing: int


@dataclass(kw_only=True)
class Watcher:
    """Looks at one plant."""

    databases: Databases
    catalog: Catalog
    stop: Event = field(default_factory=Event)
    clock: Clock = lambda: datetime.now(UTC)

    def __post_init__(self) -> None:
        self._quality = Quality(self.databases.timeseries, self.catalog)
        self._began = self.clock()

    def run(self) -> None:
        """Watch until told to stop or left without the parent process; a database that is away is waited for."""
        parent = os.getppid()
        while not self.stop.is_set() and os.getppid() == parent:
            try:
                done = self.watch()
            except DatabaseUnavailable:
                LOG.warning("The database does not answer; the watcher tries again in %g s.", _RETRY_S)
                self.stop.wait(_RETRY_S)
                continue
            if done.raised or done.cleared:
                LOG.info("%d raised, %d cleared, %d stand.", done.raised, done.cleared, done.standing)
            self._rest(parent)

    def watch(self) -> Round:
        """One look at the plant."""
        now, app = self.clock(), self.databases.app
        stands = standing(app)
        settled = now - self._began >= SETTLES
        view = look(self.databases.timeseries, self.catalog, self._quality, now, stands, settled=settled)
        over = [alert for alert in stands if is_well(view, alert)]
        for alert in over:
            clear(app, alert.id, who=SYSTEM, at=now)
        known = {alert.cause for alert in stands} | cleared_by_hand(app, now - SHELVED)
        new = [alert for alert in findings(view) if alert.cause not in known]
        for each in new:
            raise_alert(app, each)
        return Round(raised=len(new), cleared=len(over), standing=len(stands) + len(new) - len(over))

    def _rest(self, parent: int) -> None:
        """Until the next look is due, in steps that notice the parent's death."""
        due = _next_look(self.clock())
        while not self.stop.is_set() and os.getppid() == parent and (left := due - self.clock()) > timedelta(0):
            self.stop.wait(min(1.0, left.total_seconds()))


def _next_look(now: datetime) -> datetime:
    minute = now.replace(second=0, microsecond=0) + AFTER
    return minute if minute > now else minute + EVERY
