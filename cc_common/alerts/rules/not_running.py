"""Machines that are stopped while the peer group with which they have always run is running."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from cc_common.alerts.alert import NewAlert
from cc_common.alerts.peer_groups import PeerGroup
from cc_common.alerts.snapshot import OBSERVATION, READ, Snapshot, format_reading
from cc_common.alerts.store import OpenAlert
from cc_common.core.evidence import Evidence

KIND: Final = "stopped"
STANDS: Final = OBSERVATION  # time stopped while its peers run, as machines do not switch in the same minute
MIN_READINGS: Final = 13  # of those minutes with readings
CLEAR: Final = timedelta(minutes=10)
CLEAR_READINGS: Final = 5
NAMED: Final = 2  # members of its peer group in the message


@dataclass(frozen=True, kw_only=True)
class Stop:
    """A stop: all rows since then are zero; `seen`: the row before was not."""

    since: datetime
    rows: int
    seen: bool


def find(view: Snapshot) -> Iterator[NewAlert]:
    """Finds machines that have been stopped for some time while a peer group of theirs ran."""
    for machine, (first, *_) in view.unusual.duty.companies.items():
        suspect = machine in view.recent and view.runs(machine) is False
        stop = _stop(view, machine, first.power) if suspect else None
        company = next(_deserted(view, machine), None) if stop else None
        if stop and company:
            yield _of(view, machine, stop, company)


def is_resolved(view: Snapshot, alert: OpenAlert) -> bool:
    """Whether the machine runs again, or its peers have stopped too; False while no peer reports."""
    readings = view.readings(alert.equipment, alert.metric or "", CLEAR)
    if sum(value > 0 for _, value in readings) >= CLEAR_READINGS:
        return True
    duty = view.unusual.duty
    others = (other for company in duty.companies.get(alert.equipment, ()) for other in company.machines)
    heard = any(view.runs(other) is not None for other in others)
    return heard and next(duty.wanting(alert.equipment, view.runs), None) is None


def _deserted(view: Snapshot, machine: str) -> Iterator[PeerGroup]:
    """The peer groups that ran all the time; those of a rotation position only if it has lasted as long."""
    duty = view.unusual.duty
    lasts = duty.since is not None and view.minute - STANDS >= duty.since
    for company in duty.wanting(machine, view.runs):
        ran = tuple(other for other in company.machines if _has_run(view, other, company.power))
        if company.is_enough(ran) and (lasts or not company.turn):
            yield replace(company, machines=ran)


def _has_run(view: Snapshot, machine: str, power: str) -> bool:
    values = [value for _, value in view.readings(machine, power, STANDS)]
    return len(values) >= MIN_READINGS and min(values) > 0


def _stop(view: Snapshot, machine: str, power: str) -> Stop | None:
    """The current stop; None when it is too short, or has too few readings."""
    readings = view.readings(machine, power, READ)
    rows = next((at for at, (_, value) in enumerate(readings) if value != 0), len(readings))
    if rows < MIN_READINGS or (since := readings[rows - 1][0]) > view.minute - STANDS:
        return None
    return Stop(since=since, rows=rows, seen=rows < len(readings))


def _of(view: Snapshot, machine_id: str, stop: Stop, company: PeerGroup) -> NewAlert:
    machine, power = view.catalog.get(machine_id), view.catalog.metric(machine_id, company.power)
    at_rest = format_reading(power, 0)
    return NewAlert(
        equipment=machine_id,
        metric=power.name,
        kind=KIND,
        severity="warning",
        message=f"{machine.name} {_stood(view, stop)}: {power.label} is {at_rest}. {_why(view, company)}",
        value=0.0,
        unit=power.unit,
        evidence=Evidence(
            table=machine_id, column=power.name, statistic="max", start=stop.since, end=view.minute, rows=stop.rows
        ),
        raised_at=view.now,
    )


def _stood(view: Snapshot, stop: Stop) -> str:
    at = f"{stop.since.astimezone(ZoneInfo(view.catalog.tz)):%H:%M}"
    return f"stopped at {at}" if stop.seen else f"has stood still since {at} or longer"


def _why(view: Snapshot, company: PeerGroup) -> str:
    """Names the peers: "Chiller 2, Chiller 7 and 3 more run on; ..."."""
    names = [view.catalog.get(machine).name for machine in company.machines]
    more = len(names) - NAMED
    *most, last = [*names[:NAMED], f"{more} more"] if more > 0 else names
    who = f"{', '.join(most)} and {last} run" if most else f"{last} runs"
    turn = " of this turn" if company.turn else ""
    return f"{who} on; beside them it has always run, on {company.days} days{turn}."
