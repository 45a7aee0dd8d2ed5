"""Peer groups: machines that have always run together over the last weeks, so that one should run if the others do."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Final

import numpy as np
import numpy.typing as npt

from cc_common.analytics.anomalies.hours import Hours, read_hours
from cc_common.analytics.anomalies.robust_statistics import FULL_HOUR, MIN_READINGS, Flags
from cc_common.analytics.forecasting.profiles import WEEK, Grid, rotation_profile
from cc_common.catalog.metric_roles import power_of
from cc_common.catalog.store import Catalog
from cc_common.core.windows import PlantClock
from cc_common.db import Database
from cc_common.timeseries.model import Store
from cc_common.timeseries.rows import DAY_US, HOUR_US, clock_micros

HISTORY: Final = timedelta(days=84)  # four periods of a rotation of three weeks
MIN_HOURS: Final = 24  # hours in which both ran throughout,
MIN_DAYS: Final = 14  # on at least so many days,
MIN_TURNS: Final = 4  # or days of the same rotation position
BROKEN_DAYS: Final = 1  # days on which it stood while the other ran: tolerates a past fault
ENOUGH: Final = 2  # running members from which the machine should run; 1 in a group of one
_EPOCH: Final = date(1970, 1, 1)


Runs = Callable[[str], bool | None]  # whether a machine runs; None: unknown


@dataclass(frozen=True, kw_only=True)
class PeerGroup:
    """Machines with each of which a machine always ran, on at least `days` days; `turn`: of its rotation position."""

    machines: tuple[str, ...]
    power: str  # the metric that is zero while a machine is stopped
    days: int
    turn: bool

    def is_enough(self, running: Collection[str]) -> bool:
        """Whether enough members run for the machine to be expected to run."""
        return len(running) >= min(ENOUGH, len(self.machines))


@dataclass(frozen=True, kw_only=True)
class DutySchedule:
    """The peer groups of each machine on the plant day that began at `since`; None: not learned yet."""

    since: datetime | None = None
    companies: Mapping[str, tuple[PeerGroup, ...]] = field(default_factory=dict)

    def wanting(self, machine: str, runs: Runs) -> Iterator[PeerGroup]:
        """The machine's peer groups of which enough members run."""
        for company in self.companies.get(machine, ()):
            if company.is_enough([other for other in company.machines if runs(other)]):
                yield company

    def suspects(self, runs: Runs) -> set[str]:
        """The stopped machines of which a peer group runs, and the members of that group, to be read in detail."""
        still = (machine for machine in self.companies if runs(machine) is False)
        deserted = ((machine, company) for machine in still for company in self.wanting(machine, runs))
        return {name for machine, company in deserted for name in (machine, *company.machines)}


UNKNOWN: Final = DutySchedule()


Powers = Callable[[datetime, datetime], Iterable[Hours]]  # hours by type, of the power metric only, in [start, end)


class DutySchedules:
    """The peer groups of one plant, learned once per plant day; while there are none, at each call."""

    def __init__(self, clock: PlantClock, powers: Powers) -> None:
        self._clock, self._powers = clock, powers
        self._known = UNKNOWN

    def load(self, now: datetime) -> DutySchedule:
        """The schedule of the plant day of that moment."""
        day = self._clock.day(now)
        midnight = self._clock.to_utc(day).astimezone(UTC)
        if midnight != self._known.since:
            past = self._powers(midnight - HISTORY, midnight)
            found = {m: own for hours in past for m, own in find_peer_groups(hours, self._clock.tz, day).items()}
            self._known = DutySchedule(since=midnight, companies=found) if found else UNKNOWN
        return self._known


def load_duty_schedules(database: Database, catalog: Catalog) -> DutySchedules:
    """Duty schedules learned from the plant's hourly roll-ups."""
    store = Store(database, catalog)
    return DutySchedules(store.clock, lambda start, end: _powers(store, start, end))


def _powers(store: Store, start: datetime, end: datetime) -> Iterator[Hours]:
    for kind in store.catalog.types:
        power, machines = power_of(kind), [m.id for m in store.catalog.of_type(kind.name)]
        if power is not None and len(machines) > 1:
            yield read_hours(store, kind, machines, start, end, (power,))


def find_peer_groups(hours: Hours, tz: str, day: date) -> dict[str, tuple[PeerGroup, ...]]:
    """Finds the peer groups of a type's machines on that plant day; `hours`: before it, the power metric only."""
    local, today = clock_micros(hours.starts, tz), (day - _EPOCH).days
    grid = Grid(per_day=24, known=len(hours), slot=local % DAY_US // HOUR_US, day=local // DAY_US)
    found: dict[str, list[PeerGroup]] = defaultdict(list)
    for machine, company in _found(hours, grid.day, MIN_DAYS, turn=False):
        found[machine].append(company)
    for period in _turns(hours, grid):
        same = np.flatnonzero(grid.day % period == today % period)
        for machine, company in _found(_only(hours, same), grid.day[same], MIN_TURNS, turn=True):
            found[machine].append(company)
    return {machine: tuple(own) for machine, own in found.items()}


def _found(hours: Hours, day: npt.NDArray[np.int64], fewest: int, *, turn: bool) -> Iterator[tuple[str, PeerGroup]]:
    ran = ((hours.low[:, 0] > 0) & (hours.count[:, 0] >= FULL_HOUR)).astype(np.float32)
    stood = ((hours.low[:, 0] <= 0) & (hours.count[:, 0] >= MIN_READINGS)).astype(np.float32)
    together, days, broken = (np.zeros((len(ran), len(ran))) for _ in range(3))  # (other machine, machine)
    for each in np.unique(day):
        here = day == each
        both = ran[:, here] @ ran[:, here].T
        together += both
        days += both > 0
        broken += (ran[:, here] @ stood[:, here].T) > 0
    always: Flags = (together >= MIN_HOURS) & (days >= fewest) & (broken <= BROKEN_DAYS)
    np.fill_diagonal(always, val=False)
    for at in np.flatnonzero(always.any(0)):
        others = np.flatnonzero(always[:, at])
        names = tuple(hours.machines[other] for other in others)
        power = hours.kind.metrics[0].name
        yield hours.machines[at], PeerGroup(machines=names, power=power, days=int(days[others, at].min()), turn=turn)


def _turns(hours: Hours, grid: Grid) -> list[int]:
    """The rotation period in days of most of the type's machines, with and without its weekly part."""
    known = hours.count[:, 0] >= FULL_HOUR
    ran = np.where(known, (hours.high[:, 0] > 0).astype(np.float64), np.nan)
    found = [turn for own in ran if (turn := rotation_profile(own, grid)) is not None]
    if 2 * len(found) <= len(ran):
        return []
    usual = Counter(found).most_common(1)[0][0]
    return [usual, usual // WEEK] if usual % WEEK == 0 and usual > WEEK else [usual]


def _only(hours: Hours, at: npt.NDArray[np.int64]) -> Hours:
    """Selects hours, which need not be contiguous."""
    picked = {name: getattr(hours, name)[..., at] for name in ("mean", "low", "high", "count", "rows")}
    return Hours(kind=hours.kind, machines=hours.machines, start=hours.start, **picked)
