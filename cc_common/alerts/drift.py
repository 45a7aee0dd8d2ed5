"""Drifts: what a machine's own model does not explain any more, for hours, in the newest whole hour still."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from cc_common.alerts.model import NewAlert, Severity
from cc_common.alerts.store import Standing
from cc_common.alerts.view import View, said
from cc_common.machines import Drift
from cc_common.timeseries.clock import HOUR

KIND: Final = "drift"
QUIET: Final = timedelta(hours=3)  # hours without it before a drift is over
FAR: Final = 2.0  # times its limit: then it is no longer only worth knowing


def found(view: View) -> Iterator[NewAlert]:
    """The machines that drift in the newest whole hour; each once, for its most deviating metric."""
    judged = view.unusual.judged
    for drift in view.unusual.drifts:
        if judged is not None and drift.end > judged - HOUR / 4:
            yield _of(view, drift)


def is_over(view: View, alert: Standing) -> bool:
    """Whether the machine has not drifted for some hours; before the models were asked nobody knows."""
    judged = view.unusual.judged
    mine = (d for d in view.unusual.drifts if d.equipment == alert.equipment)
    return judged is not None and all(drift.end <= judged - QUIET for drift in mine)


def _of(view: View, drift: Drift) -> NewAlert:
    machine, metric = view.catalog.get(drift.equipment), view.catalog.metric(drift.equipment, drift.metric)
    severity: Severity = "warning" if drift.excess >= FAR else "info"
    hours = max(round((drift.end - drift.start) / HOUR), 1)
    cause = f": {drift.cause}" if drift.cause else ""
    means = f"{said(metric, drift.value)} on average, {said(metric, drift.expected)} was expected"
    return NewAlert(
        equipment=machine.id,
        metric=metric.name,
        kind=KIND,
        severity=severity,
        message=f"{machine.name} {metric.label} {_off(drift)} what its load explains for {hours} h{cause}. {means}.",
        value=drift.value,
        unit=metric.unit,
        evidence=drift.evidence,
        raised_at=view.now,
    )


def _off(drift: Drift) -> str:
    """Such as "has been 18 % above"."""
    side = "above" if drift.value > drift.expected else "below"
    share = drift.share
    return f"has been {side}" if share is None or abs(share) < 0.005 else f"has been {100 * abs(share):.0f} % {side}"
