"""Escalation: a critical alert that nobody saw in time, and an alert that grew worse. A fact of its own, with when."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from cc_common.alerts.grouping import is_graver
from cc_common.alerts.model import NewAlert, Severity
from cc_common.alerts.store import Standing
from cc_common.db import Database, queries

Reason = Literal["unseen", "worse"]


def escalate(app: Database, alert_id: str, *, reason: Reason, severity: Severity, at: datetime) -> bool:
    """Once for each reason while it is open; whether this was the first time. `severity`: from then on."""
    sql = queries("alerts")
    with app.transaction() as connection:
        locked = connection.execute(sql["lock"], {"id": alert_id}).fetchone()
        known = connection.execute(sql["escalated_for"], {"id": alert_id, "reason": reason}).fetchone()
        if locked is None or locked.state == "cleared" or known is not None:
            return False
        connection.execute(sql["escalate"], {"id": alert_id, "reason": reason, "severity": severity, "at": at})
    return True


def is_unseen(alert: Standing, now: datetime, after: timedelta) -> bool:
    """Whether it is critical, on no shelf, and nobody has acknowledged it for so long."""
    shelved = alert.shelved_until is not None and alert.shelved_until > now
    return alert.severity == "critical" and alert.state == "raised" and not shelved and now - alert.raised_at >= after


def is_worse(alert: Standing, new: NewAlert) -> bool:
    """Whether what was found of the same cause is graver than the alert that stands for it."""
    return is_graver(new.severity, alert.severity)
