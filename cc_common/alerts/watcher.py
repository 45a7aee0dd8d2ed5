"""The watcher: evaluates the alarm rules every minute, raises new alerts and clears resolved ones.

All state is in the database, so that a restarted watcher continues where it stopped.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import Final

from cc_common.alerts.alert import SYSTEM, NewAlert
from cc_common.alerts.evaluation import escalate, evaluate
from cc_common.alerts.grouping import find_trouble, is_common, is_more_severe, list_troubles
from cc_common.alerts.peer_groups import load_duty_schedules
from cc_common.alerts.snapshot import Hourly, Snapshot, take_snapshot
from cc_common.alerts.store import OpenAlert, clear, cleared_by_hand, open_alerts, raise_alert
from cc_common.analytics.anomalies import AnomalyDetector
from cc_common.analytics.data_quality import DataQuality
from cc_common.analytics.expected_behaviour import ExpectedBehaviour
from cc_common.catalog.store import Catalog, reload_catalog
from cc_common.core.errors import DatabaseUnavailable
from cc_common.db import Databases

LOG: Final = logging.getLogger(__name__)
EVERY: Final = timedelta(minutes=1)
AFTER: Final = timedelta(seconds=20)  # after the end of a minute, when the feed has written it
SETTLES: Final = timedelta(minutes=3)  # time for a feed that starts with the watcher to catch up
SHELVED: Final = timedelta(hours=1)  # time before a cause that a person cleared is raised again
PATIENCE: Final = timedelta(minutes=15)
_RETRY_S: Final = 2.0

Clock = Callable[[], datetime]


@dataclass(frozen=True, kw_only=True)
class WatchResult:
    """The numbers of alerts that one evaluation raised, cleared and escalated, and of open alerts."""

    raised: int
    cleared: int
    escalated: int
    standing: int


@dataclass(kw_only=True)
class Watcher:
    """Watches one plant; `catalog` is reloaded when the plant changes."""

    databases: Databases
    catalog: Catalog
    stop: Event = field(default_factory=Event)
    clock: Clock = lambda: datetime.now(UTC)
    patience: timedelta = PATIENCE  # until a critical alert that nobody has acknowledged is escalated

    def __post_init__(self) -> None:
        self._seen = ""  # digest of the catalogue
        self._know(self.catalog)

    def _know(self, catalog: Catalog) -> None:
        """Switches to a catalogue; as after a start, readings of new machines may still be missing."""
        self.catalog = catalog
        self._quality = DataQuality(self.databases.timeseries, self.catalog)
        machines = ExpectedBehaviour(self.databases.app, self.databases.timeseries, self.catalog)
        anomalies = AnomalyDetector(self.databases.timeseries, self.catalog)
        duties = load_duty_schedules(self.databases.timeseries, self.catalog)
        self._hourly = Hourly(anomalies, machines, duties, self.catalog.tz)
        self._types = {machine.id: machine.type for machine in self.catalog.equipment}
        self._began = self.clock()

    def run(self) -> None:
        """Watches until stopped or orphaned by its parent process; waits while the database is unavailable."""
        parent = os.getppid()
        while not self.stop.is_set() and os.getppid() == parent:
            try:
                done = self.watch()
            except DatabaseUnavailable:
                LOG.warning("The database does not answer; the watcher tries again in %g s.", _RETRY_S)
                self.stop.wait(_RETRY_S)
                continue
            if done.raised or done.cleared or done.escalated:
                LOG.info("%d raised, %d cleared, %d escalated, %d open.", *astuple(done))
            self._rest(parent)

    def watch(self) -> WatchResult:
        """Evaluates the plant once."""
        self._catch_up()
        now, app = self.clock(), self.databases.app
        stands = open_alerts(app)
        settled = now - self._began >= SETTLES
        unusual = self._hourly.state_at(now)
        view = take_snapshot(
            self.databases.timeseries, self.catalog, self._quality, now, stands, unusual=unusual, settled=settled
        )
        return self.settle(view, stands)

    def _catch_up(self) -> None:
        catalog, digest = reload_catalog(self.databases.timeseries, self.catalog, self._seen)
        if catalog is not self.catalog:
            self._know(catalog)
            LOG.info("The plant has changed: %d machines in catalogue %s.", len(catalog.equipment), catalog.version)
        self._seen = digest

    def settle(self, view: Snapshot, stands: Sequence[OpenAlert]) -> WatchResult:
        """Applies the evaluation: clears, raises and escalates alerts."""
        now, app = view.now, self.databases.app
        verdict = evaluate(view, stands, cleared_by_hand(app, now - SHELVED), patience=self.patience)
        for alert in verdict.over:
            clear(app, alert.id, who=SYSTEM, at=now)
        left = [alert for alert in stands if alert not in verdict.over]
        for _, alike in list_troubles(self._types, verdict.new):
            self._raise(alike, left)
        later = [escalate(app, alert.id, reason="unseen", severity="critical", at=now) for alert in verdict.unseen]
        later += [
            escalate(app, alert.id, reason="worse", severity=found.severity, at=now) for alert, found in verdict.worse
        ]
        return WatchResult(
            raised=len(verdict.new),
            cleared=len(verdict.over),
            escalated=sum(later),
            standing=len(left) + len(verdict.new),
        )

    def _raise(self, alike: Sequence[NewAlert], stands: Sequence[OpenAlert]) -> None:
        """Raises alerts with the same trouble, by falling severity: one group for a common cause, else by machine."""
        common = find_trouble(self._types, alike[0])
        before = [s for s in stands if common is not None and find_trouble(self._types, s) == common]
        group = None
        for alert in alike:
            if common is not None and is_common(alike, before):
                group = group or next(
                    (s.leader for s in before if not is_more_severe(alert.severity, s.severity)), None
                )
            raised = raise_alert(self.databases.app, alert, leader=group)
            group = raised.group if common is not None and is_common(alike, before) else None

    def _rest(self, parent: int) -> None:
        """Waits until the next evaluation, in steps that detect the death of the parent process."""
        due = _next_look(self.clock())
        while not self.stop.is_set() and os.getppid() == parent and (left := due - self.clock()) > timedelta(0):
            self.stop.wait(min(1.0, left.total_seconds()))


def _next_look(now: datetime) -> datetime:
    minute = now.replace(second=0, microsecond=0) + AFTER
    return minute if minute > now else minute + EVERY
