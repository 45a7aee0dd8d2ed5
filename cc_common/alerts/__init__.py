"""Alerts: raise, acknowledge, clear, shelve and find them; watch for them (python -m cc_common alerts watch)."""

from cc_common.alerts.alert import (
    OPEN,
    PLANT,
    SEVERITIES,
    STATES,
    SYSTEM,
    Alert,
    AlertCounts,
    AlertPage,
    AlertState,
    NewAlert,
    Severity,
)
from cc_common.alerts.evaluation import escalate
from cc_common.alerts.store import acknowledge, clear, counts, find, get, raise_alert, shelve, unshelve

__all__ = [
    "OPEN",
    "PLANT",
    "SEVERITIES",
    "STATES",
    "SYSTEM",
    "Alert",
    "AlertCounts",
    "AlertPage",
    "AlertState",
    "NewAlert",
    "Severity",
    "acknowledge",
    "clear",
    "counts",
    "escalate",
    "find",
    "get",
    "raise_alert",
    "shelve",
    "unshelve",
]
