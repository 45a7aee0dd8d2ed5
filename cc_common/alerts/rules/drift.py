"""Drifts: what a machine's own model does not explain any more, for hours, in the newest whole hour still."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from cc_common.alerts.alert import NewAlert, Severity
from cc_common.alerts.snapshot import Snapshot, said, whole_hours
from cc_common.alerts.store import Standing
from cc_common.analytics.expected_behaviour import Drift

KIND: Final = "drift"
FAR: Final = 2.0  # times its limit: then it is no longer only worth knowing


def find(view: Snapshot) -> Iterator[NewAlert]:
    """The machines that drift in the newest whole hour; each once, for its most deviating metric."""
    return (_of(view, drift) for drift in view.unusual.drifts if view.unusual.lasts(drift.end))


def is_over(view: Snapshot, alert: Standing) -> bool:
    """Whether the machine has not drifted for some hours; before the models were asked nobody knows."""
    return view.unusual.are_over(drift.end for drift in view.unusual.drifts if drift.equipment == alert.equipment)


def _of(view: Snapshot, drift: Drift) -> NewAlert:
    machine, metric = view.catalog.get(drift.equipment), view.catalog.metric(drift.equipment, drift.metric)
    severity: Severity = "warning" if drift.excess >= FAR else "info"
    hours = whole_hours(drift.start, drift.end)
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
