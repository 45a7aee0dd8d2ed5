"""The snapshot that alarm rules read: the plant at one moment, recent minutes of suspect machines; fleet overview."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from cc_common.alerts.peer_groups import UNKNOWN, DutySchedule, DutySchedules
from cc_common.alerts.store import OpenAlert
from cc_common.analytics.anomalies import Anomaly, AnomalyDetector
from cc_common.analytics.data_quality import DataQuality, StuckSensor, as_stored
from cc_common.analytics.expected_behaviour import Drift, ExpectedBehaviour
from cc_common.catalog.equipment import Metric
from cc_common.catalog.metric_roles import power_of
from cc_common.catalog.store import Catalog
from cc_common.core.windows import HOUR, PlantClock, Window
from cc_common.db import Database, compose, queries
from cc_common.timeseries import LatestRow, TimeSeries

BACK: Final = timedelta(hours=24)  # the window of anomalies and drifts
QUIET: Final = timedelta(hours=3)  # time without a finding until it is resolved


@dataclass(frozen=True, kw_only=True)
class AnalyticsState:
    """Anomalies and drifts in the day before `judged`, the end of the newest whole hour; None: not evaluated yet.

    `learned`: the machines with a baseline; others have only the rules without learning. `duty`: of its plant day.
    """

    judged: datetime | None = None
    anomalies: tuple[Anomaly, ...] = ()
    drifts: tuple[Drift, ...] = ()
    learned: frozenset[str] = frozenset()
    duty: DutySchedule = UNKNOWN

    def lasts(self, end: datetime) -> bool:
        """Whether an event that ended then lasted to the end of the newest whole hour, or nearly."""
        return self.judged is not None and end > self.judged - HOUR / 4

    def are_over(self, ends: Iterable[datetime]) -> bool:
        """Whether all events that ended then have been over for QUIET; False before the plant was evaluated."""
        judged = self.judged
        return judged is not None and all(end <= judged - QUIET for end in ends)


NOTHING: Final = AnalyticsState()


class Hourly:
    """Caches the analytics state until the next hour has ended, or more machines have a baseline."""

    def __init__(self, anomalies: AnomalyDetector, machines: ExpectedBehaviour, duties: DutySchedules, tz: str) -> None:
        self._anomalies, self._machines, self._duties, self._clock = anomalies, machines, duties, PlantClock(tz)
        self._found = NOTHING

    def state_at(self, now: datetime) -> AnalyticsState:
        """The state at that moment."""
        hour, learned = self._clock.floor(now, HOUR).astimezone(UTC), self._anomalies.learned()
        if hour != self._found.judged or learned != self._found.learned:
            told = self._anomalies.fleet(Window(start=hour - BACK, end=hour)) if learned else ()
            own = tuple(anomaly for anomaly in told if anomaly.equipment in learned)
            self._found = AnalyticsState(
                judged=hour,
                anomalies=own,
                drifts=self._machines.drifts(hour),
                learned=learned,
                duty=self._duties.load(hour),
            )
        return self._found


OBSERVATION: Final = timedelta(minutes=20)  # longest time that a rule observes a condition before an alert
READ: Final = OBSERVATION + timedelta(minutes=10)  # the time that is read, to include the beginning of a condition
FRESH: Final = timedelta(minutes=5)  # largest age of current readings
MAX_ROWS: Final = 100_000  # values from which on decimals are noise


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """The plant at `now`. `recent`: minutes of suspect machines, oldest first; `frozen`: stuck sensors."""

    now: datetime
    catalog: Catalog
    latest: Mapping[str, LatestRow]
    recent: Mapping[str, Sequence[LatestRow]]
    frozen: Sequence[StuckSensor]
    unusual: AnalyticsState = NOTHING
    settled: bool = True  # the watcher runs long enough for a feed started with it to have caught up

    @property
    def minute(self) -> datetime:
        """The start of the current minute, which has no readings yet."""
        return self.now.replace(second=0, microsecond=0)

    def readings(self, machine: str, metric: str, within: timedelta) -> list[tuple[datetime, float]]:
        """A metric's readings since `within` before now, newest first, without empty minutes."""
        rows = (row for row in reversed(self.recent.get(machine, ())) if row.ts >= self.minute - within)
        return [(row.ts, value) for row in rows if (value := row.readings.get(metric)) is not None]

    def current(self) -> Iterator[Anomaly]:
        """Anomalies that lasted to the end of the newest whole hour, or nearly."""
        return (anomaly for anomaly in self.unusual.anomalies if self.unusual.lasts(anomaly.end))

    def runs(self, machine: str) -> bool | None:
        """Whether the machine has power now; None: unknown."""
        return _runs(self.catalog, self.latest.get(machine), self.now)

    def count_minutes(self, machine: str, within: timedelta) -> int:
        """The number of minutes since then with any reading of the machine."""
        rows = (row for row in self.recent.get(machine, ()) if row.ts >= self.minute - within)
        return sum(any(value is not None for value in row.readings.values()) for row in rows)


def take_snapshot(
    database: Database,
    catalog: Catalog,
    quality: DataQuality,
    now: datetime,
    standing: Iterable[OpenAlert],
    *,
    unusual: AnalyticsState,
    settled: bool,
) -> Snapshot:
    """Takes a snapshot at `now`; machines with open alerts are always suspects.

    So are stopped machines whose peers run. Stuck sensors of machines with a baseline come from the detector.
    """
    latest = {row.equipment: row for row in TimeSeries(database, catalog).latest_all()}
    doubtful = {row.equipment for row in latest.values() if _is_doubtful(catalog, row, now)}
    doubtful |= {each.equipment for each in standing if each.equipment in latest}
    doubtful |= unusual.duty.suspects(lambda machine: _runs(catalog, latest.get(machine), now))
    return Snapshot(
        now=now,
        catalog=catalog,
        latest=latest,
        recent=_recent(database, catalog, now, sorted(doubtful)),
        frozen=[f for f in quality.frozen(now) if f.equipment not in unusual.learned],
        unusual=unusual,
        settled=settled,
    )


def find_limit_passed(metric: Metric, value: float) -> float | None:
    """The limit that the value exceeds, or None."""
    low, high = as_stored(metric.low), as_stored(metric.high)
    if low is not None and value < low:
        return metric.low
    return metric.high if high is not None and value > high else None


def format_reading(metric: Metric, value: float) -> str:
    """A value with its unit, such as "4.62 mm/s"; a mean has one decimal more than readings."""
    digits = f"{value:,.0f}" if abs(value) >= MAX_ROWS else f"{round(value, metric.decimals + 1):,.6g}"
    return f"{digits} {metric.unit}".rstrip()


def whole_hours(start: datetime, end: datetime) -> int:
    """A duration in whole hours, at least one."""
    return max(round((end - start) / HOUR), 1)


def _is_doubtful(catalog: Catalog, row: LatestRow, now: datetime) -> bool:
    """Whether the newest row is outside a limit, or some minutes old."""
    if row.ts < now - FRESH or all(value is None for value in row.readings.values()):
        return True
    metrics = catalog.type_of(row.equipment).metrics
    values = ((m, row.readings[m.name]) for m in metrics)
    return any(value is not None and find_limit_passed(m, value) is not None for m, value in values)


def _runs(catalog: Catalog, row: LatestRow | None, now: datetime) -> bool | None:
    power = None if row is None or row.ts < now - FRESH else power_of(catalog.type_of(row.equipment))
    value = row.readings.get(power.name) if row and power else None
    return None if value is None else value > 0


def _recent(
    database: Database, catalog: Catalog, now: datetime, machines: Sequence[str]
) -> dict[str, tuple[LatestRow, ...]]:
    names = {machine: [m.name for m in catalog.type_of(machine).metrics] for machine in machines}
    given, sql = {"start": now.replace(second=0, microsecond=0) - READ, "end": now}, queries("alerts")["recent"]
    with database.connection() as connection, connection.pipeline():
        asked = {
            machine: cursor.execute(compose(sql, table=machine, columns=names[machine]), given, prepare=False)
            for machine in machines
            if (cursor := connection.cursor(binary=True))  # transfers a real exactly, for comparison with limits
        }
        return {
            machine: tuple(
                LatestRow(
                    equipment=machine, ts=ts.astimezone(UTC), readings=dict(zip(names[machine], values, strict=True))
                )
                for ts, *values in cursor
            )
            for machine, cursor in asked.items()
        }


@dataclass(frozen=True, kw_only=True)
class MachineNow:
    """A machine's newest row, readings by metric; `at` None: no row. `alerts`: number of open ones by severity."""

    equipment: str
    at: datetime | None
    readings: Mapping[str, float | None]
    alerts: Mapping[str, int]


def overview(
    readings: TimeSeries, catalog: Catalog, app: Database, equipment_type: str | None = None
) -> tuple[MachineNow, ...]:
    """The state of every machine (of a type), in catalogue order."""
    rows = {row.equipment: row for row in readings.latest_all(equipment_type)}
    machines = catalog.of_type(equipment_type) if equipment_type else catalog.equipment
    alerts = _open_alerts(app)
    return tuple(
        MachineNow(
            equipment=machine.id,
            at=rows[machine.id].ts if machine.id in rows else None,
            readings=rows[machine.id].readings if machine.id in rows else {},
            alerts=alerts.get(machine.id, {}),
        )
        for machine in machines
    )


def _open_alerts(app: Database) -> Mapping[str, Mapping[str, int]]:
    found: dict[str, dict[str, int]] = defaultdict(dict)
    with app.connection() as connection:
        for row in connection.execute(queries("overview")["open_alerts"]):
            found[row.equipment][row.severity] = row.open
    return found
