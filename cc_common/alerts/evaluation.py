"""Evaluates a snapshot: which alerts to raise, to clear and to escalate."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from cc_common.alerts.alert import PLANT, SYSTEM, Cause, NewAlert, Severity
from cc_common.alerts.grouping import is_more_severe
from cc_common.alerts.rules import anomaly, limits, no_data, not_running, stuck_sensor
from cc_common.alerts.rules import anomaly as drift
from cc_common.alerts.snapshot import Snapshot
from cc_common.alerts.store import OpenAlert
from cc_common.db import Database, queries

FOUND: Final[tuple[Callable[[Snapshot], Iterable[NewAlert]], ...]] = (
    limits.find,
    no_data.find,
    not_running.find,
    stuck_sensor.find,
    anomaly.find,
    drift.find_drifts,
)
WELL: Final[dict[str, Callable[[Snapshot, OpenAlert], bool]]] = {
    limits.KIND: limits.is_resolved,
    no_data.KIND: no_data.is_resolved,
    not_running.KIND: not_running.is_resolved,
    stuck_sensor.KIND: stuck_sensor.is_resolved,
    anomaly.DEVIATION: anomaly.is_usual,
    anomaly.MISSING: anomaly.is_heard,
    drift.DRIFT_KIND: drift.is_over,
}


def find_alerts(view: Snapshot) -> list[NewAlert]:
    """Applies all rules: every condition that is present, with or without an open alert."""
    return [alert for rule in FOUND for alert in rule(view)]


def is_resolved(view: Snapshot, alert: OpenAlert) -> bool:
    """Whether the condition of the watcher's own alert is over; alerts of others are cleared by people."""
    ours = alert.raised_by == SYSTEM and alert.kind in WELL
    return ours and _is_there(view, alert) and WELL[alert.kind](view, alert)


def _is_there(view: Snapshot, alert: OpenAlert) -> bool:
    """Whether the plant still has that machine and metric; without them an alert is not resolved."""
    if alert.equipment == PLANT:
        return True
    known = alert.metric is None or view.catalog.measures(alert.equipment, alert.metric)
    return known and alert.equipment in view.latest


Reason = Literal["unseen", "worse"]


def escalate(app: Database, alert_id: str, *, reason: Reason, severity: Severity, at: datetime) -> bool:
    """Escalates an open alert to `severity`, once per reason; returns whether this was the first time."""
    sql = queries("alerts")
    with app.transaction() as connection:
        locked = connection.execute(sql["lock"], {"id": alert_id}).fetchone()
        known = connection.execute(sql["escalated_for"], {"id": alert_id, "reason": reason}).fetchone()
        if locked is None or locked.state == "cleared" or known is not None:
            return False
        connection.execute(sql["escalate"], {"id": alert_id, "reason": reason, "severity": severity, "at": at})
    return True


def is_unseen(alert: OpenAlert, now: datetime, after: timedelta) -> bool:
    """Whether a critical alert is neither shelved nor acknowledged `after` it was raised."""
    shelved = alert.shelved_until is not None and alert.shelved_until > now
    return alert.severity == "critical" and alert.state == "raised" and not shelved and now - alert.raised_at >= after


def is_worse(alert: OpenAlert, new: NewAlert) -> bool:
    """Whether the new finding of the same cause is more severe than the open alert."""
    return is_more_severe(new.severity, alert.severity)


ONE_A_MACHINE: Final = frozenset([anomaly.DEVIATION])  # one alert per machine, whichever metric deviates most


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """Alerts to raise, to clear and to escalate; worsened alerts with the current finding."""

    new: tuple[NewAlert, ...]
    over: tuple[OpenAlert, ...]
    unseen: tuple[OpenAlert, ...]
    worse: tuple[tuple[OpenAlert, NewAlert], ...]


def evaluate(
    view: Snapshot, stands: Sequence[OpenAlert], put_away: Collection[Cause], *, patience: timedelta
) -> Evaluation:
    """Evaluates the rules. `put_away`: causes a person cleared lately; `patience`: until an unseen alert escalates."""
    over = tuple(alert for alert in stands if is_resolved(view, alert))
    wrong = find_alerts(view)
    known = {_named(alert.cause): alert for alert in stands}
    away = {_named(cause) for cause in put_away}
    return Evaluation(
        new=tuple(alert for alert in wrong if (name := _named(alert.cause)) not in known and name not in away),
        over=over,
        unseen=tuple(alert for alert in stands if alert not in over and is_unseen(alert, view.now, patience)),
        worse=tuple(
            (own, alert)
            for alert in wrong
            if (own := known.get(_named(alert.cause))) and own.raised_by == SYSTEM and is_worse(own, alert)
        ),
    )


def _named(cause: Cause) -> Cause:
    equipment, metric, kind = cause
    return equipment, None if kind in ONE_A_MACHINE else metric, kind
