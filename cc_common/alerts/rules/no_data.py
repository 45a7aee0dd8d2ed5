"""Machines without data: one alert each, or one for the plant where most are silent, as then the feed is down."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from cc_common.alerts.alert import PLANT, NewAlert
from cc_common.alerts.snapshot import FRESH, OBSERVATION, Snapshot
from cc_common.alerts.store import OpenAlert
from cc_common.core.evidence import Evidence

KIND: Final = "gap"
SILENT: Final = OBSERVATION  # connections lost for a quarter of an hour usually recover by themselves
CLEAR: Final = timedelta(minutes=10)
CLEAR_MINUTES: Final = 5  # minutes with readings, of those
MAX_SILENT_SHARE: Final = 0.5
MAX_LISTED: Final = 3  # silent machines up to which it is never the feed


def find(view: Snapshot) -> Iterator[NewAlert]:
    """Finds silent machines; nothing until the feed has had time to catch up."""
    silent = _silent(view) if view.settled else []
    if _is_the_feed(view, silent):
        yield _of_plant(view, len(silent))
        return
    if _is_the_feed(view, [machine for machine in view.recent if not view.count_minutes(machine, FRESH)]):
        return  # the feed has just failed: one alert for the plant follows
    for machine_id in silent:
        yield _of_machine(view, machine_id)


def is_resolved(view: Snapshot, alert: OpenAlert) -> bool:
    """Whether the machine reports again."""
    if alert.equipment == PLANT:
        return not _is_the_feed(view, _silent(view))
    return view.count_minutes(alert.equipment, CLEAR) >= CLEAR_MINUTES


def _silent(view: Snapshot) -> list[str]:
    return [machine for machine in view.latest if machine in view.recent and not view.count_minutes(machine, SILENT)]


def _is_the_feed(view: Snapshot, silent: list[str]) -> bool:
    return len(silent) > max(MAX_SILENT_SHARE * len(view.latest), MAX_LISTED)


def _of_machine(view: Snapshot, machine_id: str) -> NewAlert:
    machine = view.catalog.get(machine_id)
    first = view.catalog.type(machine.type).metrics[0]
    return NewAlert(
        equipment=machine_id,
        metric=None,
        kind=KIND,
        severity="warning",
        message=f"{machine.name} has not reported for {SILENT // timedelta(minutes=1)} minutes.",
        evidence=Evidence(
            table=machine_id, column=first.name, statistic="count", start=view.minute - SILENT, end=view.minute, rows=0
        ),
        raised_at=view.now,
    )


def _of_plant(view: Snapshot, silent: int) -> NewAlert:
    minutes = SILENT // timedelta(minutes=1)
    return NewAlert(
        equipment=PLANT,
        metric=None,
        kind=KIND,
        severity="critical",
        message=f"{silent} of {len(view.latest)} machines have not reported for {minutes} minutes: look at the feed.",
        value=float(silent),
        raised_at=view.now,
    )
