"""Peer groups: machines whose running says that another should run too, as the last weeks have it."""

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
from cc_common.analytics.forecasting.profiles import WEEK, Grid, rotation
from cc_common.catalog.metric_roles import power_of
from cc_common.catalog.store import Catalog
from cc_common.core.windows import PlantClock
from cc_common.db import Database
from cc_common.timeseries.model import Store
from cc_common.timeseries.rows import DAY_US, HOUR_US, clock_micros

HISTORY: Final = timedelta(days=84)  # a turn of three weeks has come round four times
MIN_HOURS: Final = 24  # in which both ran from beginning to end,
MIN_DAYS: Final = 14  # on so many days,
MIN_TURNS: Final = 4  # or so many days of the same turn
BROKEN_DAYS: Final = 1  # on which it stood while the other ran: a fault of the past is no habit
ENOUGH: Final = 2  # of a company that run want it to run; the one, where it has no more
_EPOCH: Final = date(1970, 1, 1)


Runs = Callable[[str], bool | None]  # whether a machine runs; None where nobody knows


@dataclass(frozen=True, kw_only=True)
class PeerGroup:
    """Machines beside each of which a machine always ran, on so many `days` at least; `turn`: of its turn only."""

    machines: tuple[str, ...]
    power: str  # the metric that is zero while one of them stands
    days: int
    turn: bool

    def is_enough(self, running: Collection[str]) -> bool:
        """Whether so many of it want the machine to run."""
        return len(running) >= min(ENOUGH, len(self.machines))


@dataclass(frozen=True, kw_only=True)
class DutySchedule:
    """Each machine's companies on the plant day that began at `since`; None: not learned yet."""

    since: datetime | None = None
    companies: Mapping[str, tuple[PeerGroup, ...]] = field(default_factory=dict)

    def wanting(self, machine: str, runs: Runs) -> Iterator[PeerGroup]:
        """The machine's companies of which enough run."""
        for company in self.companies.get(machine, ()):
            if company.is_enough([other for other in company.machines if runs(other)]):
                yield company

    def suspects(self, runs: Runs) -> set[str]:
        """The machines that stand while a company runs, and that company: to be looked at closer."""
        still = (machine for machine in self.companies if runs(machine) is False)
        deserted = ((machine, company) for machine in still for company in self.wanting(machine, runs))
        return {name for machine, company in deserted for name in (machine, *company.machines)}


UNKNOWN: Final = DutySchedule()


Powers = Callable[[datetime, datetime], Iterable[Hours]]  # by type, as if it had its power only, from one moment on


class DutySchedules:
    """The habits of one plant, learned once for each plant day; while there are none, whenever it is asked."""

    def __init__(self, clock: PlantClock, powers: Powers) -> None:
        self._clock, self._powers = clock, powers
        self._known = UNKNOWN

    def on(self, now: datetime) -> DutySchedule:
        """What is known on the plant day of that moment."""
        day = self._clock.day(now)
        midnight = self._clock.to_utc(day).astimezone(UTC)
        if midnight != self._known.since:
            past = self._powers(midnight - HISTORY, midnight)
            found = {m: own for hours in past for m, own in find_peer_groups(hours, self._clock.tz, day).items()}
            self._known = DutySchedule(since=midnight, companies=found) if found else UNKNOWN
        return self._known


def load_duty_schedules(database: Database, catalog: Catalog) -> DutySchedules:
    """Learned from the hours of the plant's roll-ups."""
    store = Store(database, catalog)
    return DutySchedules(store.clock, lambda start, end: _powers(store, start, end))


def _powers(store: Store, start: datetime, end: datetime) -> Iterator[Hours]:
    for kind in store.catalog.types:
        power, machines = power_of(kind), [m.id for m in store.catalog.of_type(kind.name)]
        if power is not None and len(machines) > 1:
            yield read_hours(store, kind, machines, start, end, (power,))


def find_peer_groups(hours: Hours, tz: str, day: date) -> dict[str, tuple[PeerGroup, ...]]:
    """Of each machine that has any on that plant day; `hours`: before it, of the type as if it had its power only."""
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
    together, days, broken = (np.zeros((len(ran), len(ran))) for _ in range(3))  # by the other machine, then its own
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
    """The days after which the turns of most of the type's machines come round, with the week in it and without."""
    known = hours.count[:, 0] >= FULL_HOUR
    ran = np.where(known, (hours.high[:, 0] > 0).astype(np.float64), np.nan)
    found = [turn for own in ran if (turn := rotation(own, grid)) is not None]
    if 2 * len(found) <= len(ran):
        return []
    usual = Counter(found).most_common(1)[0][0]
    return [usual, usual // WEEK] if usual % WEEK == 0 and usual > WEEK else [usual]


def _only(hours: Hours, at: npt.NDArray[np.int64]) -> Hours:
    """Some of the hours, which need not lie side by side."""
    picked = {name: getattr(hours, name)[..., at] for name in ("mean", "low", "high", "count", "rows")}
    return Hours(kind=hours.kind, machines=hours.machines, start=hours.start, **picked)
