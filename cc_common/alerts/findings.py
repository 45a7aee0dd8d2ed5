"""What is wrong with the plant at one moment, and what no longer is. Another rule joins both tables here."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from cc_common.alerts import drift, limits, silence, stopped, stuck, unusual
from cc_common.alerts.model import PLANT, SYSTEM, NewAlert
from cc_common.alerts.store import Standing
from cc_common.alerts.view import View

FOUND: Final[tuple[Callable[[View], Iterable[NewAlert]], ...]] = (
    limits.found,
    silence.found,
    stopped.found,
    stuck.found,
    unusual.found,
    drift.found,
)
WELL: Final[dict[str, Callable[[View, Standing], bool]]] = {
    limits.KIND: limits.well,
    silence.KIND: silence.well,
    stopped.KIND: stopped.well,
    stuck.KIND: stuck.well,
    unusual.DEVIATION: unusual.is_usual,
    unusual.MISSING: unusual.is_heard,
    drift.KIND: drift.is_over,
}


def findings(view: View) -> list[NewAlert]:
    """Everything that is wrong, whether or not an alert stands for it already."""
    return [alert for rule in FOUND for alert in rule(view)]


def is_well(view: View, alert: Standing) -> bool:
    """Whether what the watcher raised the alert for is over; all others are for people to clear."""
    ours = alert.raised_by == SYSTEM and alert.kind in WELL
    return ours and _is_there(view, alert) and WELL[alert.kind](view, alert)


def _is_there(view: View, alert: Standing) -> bool:
    """Whether the plant still has that machine and metric: of what is no more nobody knows that it is well."""
    if alert.equipment == PLANT:
        return True
    known = alert.metric is None or view.catalog.measures(alert.equipment, alert.metric)
    return known and alert.equipment in view.latest
