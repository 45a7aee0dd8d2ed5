"""The signals of a machine over whole days, and the history filled with them in chunks; resumes after a kill."""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from queue import SimpleQueue
from threading import Event
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from cc_common.catalog.equipment import Equipment, EquipmentType
from cc_common.catalog.store import Catalog
from cc_common.core.errors import InvalidInput
from cc_common.db import Connection, Database, compose, queries
from cc_common.simulator import physics_electrical, physics_thermal
from cc_common.simulator.machine import Machine
from cc_common.simulator.physics_electrical import COMMISSIONED
from cc_common.simulator.site import (
    MINUTES_A_DAY,
    Fault,
    Floats,
    faults_of_kind,
    faults_of_machine,
    random_key,
    site_of_days,
    uniform,
)
from cc_common.timeseries.rollups import Rollup, hours_of
from cc_common.timeseries.rows import MINUTE_US, Rows
from cc_common.timeseries.writer import bulk_load

PHYSICS: Final[dict[str, Callable[[Machine], None]]] = {
    "chiller": physics_thermal.chiller,
    "cooling_tower": physics_thermal.cooling_tower,
    "pump": physics_thermal.pump,
    "ahu": physics_thermal.ahu,
    "air_compressor": physics_thermal.air_compressor,
    "boiler": physics_thermal.boiler,
    "transformer": physics_electrical.transformer,
    "diesel_generator": physics_electrical.diesel_generator,
    "ups": physics_electrical.ups,
    "energy_meter": physics_electrical.energy_meter,
    "fire_pump": physics_thermal.fire_pump,
    "lift": physics_thermal.lift,
}


# On one day in four a machine's line is silent for 2 to 15 minutes.
_GAP_CHANCE: Final = 0.25


def simulate_signals(catalog: Catalog, seed: int, equipment_id: str, first_day: int, days: int) -> Rows:
    """The machine's rows of `days` whole UTC days from `first_day` (days since 1970): the same however they are cut."""
    machine = _simulated(catalog, seed, catalog.get(equipment_id), first_day, days)
    values = np.stack([machine.readings[m.name] for m in machine.kind.metrics])
    for fault in faults_of_kind(machine.faults, "sensor_stuck"):
        _stick(values, catalog, machine, fault)
    for start, end in _gaps(seed, equipment_id, first_day, days):
        values[:, start:end] = np.nan
    minutes = first_day * MINUTES_A_DAY + np.arange(days * MINUTES_A_DAY, dtype=np.int64)
    return Rows(minutes * MINUTE_US, values.T)


def hourly_rollups(catalog: Catalog, seed: int, machines: Sequence[str], first_day: int, days: int) -> list[Rollup]:
    """The hourly roll-ups of each machine's signals, as loading them would store them."""
    rolled = []
    for machine in machines:
        rows = simulate_signals(catalog, seed, machine, first_day, days)
        kept = ~np.isnan(rows.values).all(axis=1)  # a silent minute has no row
        rolled.append(hours_of(Rows(rows.ts[kept], rows.values[kept]), catalog.tz))
    return rolled


def _simulated(catalog: Catalog, seed: int, equipment: Equipment, first_day: int, days: int) -> Machine:
    kind = catalog.type(equipment.type)
    machine = Machine(equipment=equipment, kind=kind, site=site_of_days(seed, catalog.tz, first_day, days))
    PHYSICS[kind.name](machine)
    return machine


def _stick(values: Floats, catalog: Catalog, machine: Machine, fault: Fault) -> None:
    """Freeze one sensor at what it read when it stuck, which may lie before these days."""
    column = _stuck_column(machine.kind, fault)
    day, minute = divmod(fault.start, MINUTES_A_DAY)
    origin = _simulated(catalog, machine.site.seed, machine.equipment, day, 1)
    first = machine.site.first_day * MINUTES_A_DAY
    frozen = origin.readings[machine.kind.metrics[column].name][minute]
    values[column, max(fault.start - first, 0) : max(fault.end - first, 0)] = frozen


def _stuck_column(kind: EquipmentType, fault: Fault) -> int:
    """A gauge: registers and tallies do not stick."""
    gauges = [at for at, metric in enumerate(kind.metrics) if metric.kind == "gauge"]
    return gauges[int(fault.choice * len(gauges))]


def _gaps(seed: int, equipment_id: str, first_day: int, days: int) -> Iterator[tuple[int, int]]:
    """Minutes [start, end) without readings, counted from the first day."""
    each = np.arange(first_day, first_day + days)
    happens, when, long = (uniform(random_key(seed, equipment_id, "gap", part), each) for part in range(3))
    for day in np.flatnonzero(happens < _GAP_CHANCE):
        length = 2 + int(14 * long[day])
        start = int(day) * MINUTES_A_DAY + int(when[day] * (MINUTES_A_DAY - length))
        yield start, start + length


# Two connections keep two cores busy: one counts while the other's server process writes.
WORKERS: Final = 2
CHUNK_DAYS: Final = 32
_MINUTE: Final = timedelta(minutes=1)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

Progress = Callable[[int, int], None]


@dataclass(frozen=True, kw_only=True)
class Chunk:
    """Rows [start, end) of one machine, within whole plant days but for the ends of history."""

    equipment_id: str
    start: datetime
    end: datetime

    @property
    def rows(self) -> int:
        """One a minute."""
        return (self.end - self.start) // _MINUTE


def fill_history(
    timeseries: Database,
    catalog: Catalog,
    *,
    days: int,
    seed: int,
    until: datetime,
    only: Collection[str] | None = None,
    progress: Progress | None = None,
) -> int:
    """Writes the missing rows of the `days` days before `until`, in whole minutes; the number of rows written.

    `only`: these machines. `progress` hears rows done and rows in all after each chunk.
    """
    chunks = list(_missing(timeseries, catalog, days=days, until=until, only=only))
    total, done = sum(chunk.rows for chunk in chunks), 0
    with closing(_in_turn(timeseries, catalog, seed, chunks)) as loaded:
        for rows in loaded:
            done += rows
            if progress:
                progress(done, total)
    return done


def history_missing(timeseries: Database, catalog: Catalog, *, days: int, until: datetime) -> int:
    """How many rows fill_history would write."""
    return sum(chunk.rows for chunk in _missing(timeseries, catalog, days=days, until=until, only=None))


def first_minute(days: int, until: datetime) -> datetime:
    """Where `days` days of history begin; never before the plant was commissioned."""
    if until.tzinfo is None:
        raise InvalidInput("A time without a time zone is refused.")
    if days < 1:
        raise InvalidInput("History has at least one day.")
    commissioned = datetime.combine(COMMISSIONED, time(0), UTC)
    return max(whole_minute(until) - timedelta(days=days), commissioned)


def whole_minute(moment: datetime) -> datetime:
    """The minute that moment lies in, UTC."""
    return moment.astimezone(UTC).replace(second=0, microsecond=0)


def load_chunk(connection: Connection, catalog: Catalog, seed: int, chunk: Chunk) -> int:
    """Simulate and write one chunk, with the labels of its faults, in one transaction; the number of rows."""
    first, end = (chunk.start - _EPOCH).days, (chunk.end - _MINUTE - _EPOCH).days + 1
    rows = simulate_signals(catalog, seed, chunk.equipment_id, first, end - first)
    low, high = np.searchsorted(rows.ts, [_minutes(chunk.start) * MINUTE_US, _minutes(chunk.end) * MINUTE_US])
    with connection.transaction():
        written = bulk_load(connection, catalog, chunk.equipment_id, Rows(rows.ts[low:high], rows.values[low:high]))
        save_faults(connection, catalog, seed, chunk)
    return written


def save_faults(connection: Connection, catalog: Catalog, seed: int, chunk: Chunk) -> None:
    """Label the faults a chunk shows."""
    first, end = _minutes(chunk.start), _minutes(chunk.end)
    kind, one_day = catalog.get(chunk.equipment_id).type, 24 * 60
    found = faults_of_machine(seed, kind, chunk.equipment_id, first // one_day, -(-end // one_day) - first // one_day)
    for fault in found:
        if fault.start < end and fault.end > first:
            connection.execute(queries("simulator")["save_fault"], fault.label)


def _missing(
    timeseries: Database, catalog: Catalog, *, days: int, until: datetime, only: Collection[str] | None
) -> Iterator[Chunk]:
    start, end = first_minute(days, until), whole_minute(until)
    with timeseries.connection() as connection:
        for machine in catalog.equipment:
            if only is None or machine.id in only:
                yield from _missing_of(connection, catalog, machine.id, start, end)


def _missing_of(
    connection: Connection, catalog: Catalog, equipment_id: str, start: datetime, end: datetime
) -> Iterator[Chunk]:
    """The missing stretches of one machine; stored rows always form one stretch that grows forward, then backward."""
    stored = connection.execute(compose(queries("simulator")["bounds"], table=equipment_id)).fetchone()
    first, last = (stored.first, stored.last) if stored else (None, None)
    if first is None or last is None:
        yield from _chunks(equipment_id, start, end, catalog.tz)
        return
    yield from _chunks(equipment_id, last.astimezone(UTC) + _MINUTE, end, catalog.tz)
    yield from reversed(list(_chunks(equipment_id, start, first.astimezone(UTC), catalog.tz)))


def _chunks(equipment_id: str, start: datetime, end: datetime, tz: str) -> Iterator[Chunk]:
    """[start, end) cut at plant midnights, at most CHUNK_DAYS in each."""
    while start < end:
        midnight = datetime.combine(start.astimezone(ZoneInfo(tz)).date() + timedelta(days=CHUNK_DAYS), time(0))
        cut = min(midnight.replace(tzinfo=ZoneInfo(tz)).astimezone(UTC), end)
        yield Chunk(equipment_id=equipment_id, start=start, end=cut)
        start = cut


def _in_turn(timeseries: Database, catalog: Catalog, seed: int, chunks: list[Chunk]) -> Generator[int, None, None]:
    """Load all chunks, those of one machine strictly in order; the rows of each as it is done."""
    by_machine: dict[str, list[Chunk]] = {}
    for chunk in chunks:
        by_machine.setdefault(chunk.equipment_id, []).append(chunk)
    done: SimpleQueue[int] = SimpleQueue()
    stop = Event()
    pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="history")
    try:
        waiting = {pool.submit(_load, timeseries, catalog, seed, own, done, stop) for own in by_machine.values()}
        while waiting:
            finished, waiting = wait(waiting, timeout=0.2, return_when=FIRST_COMPLETED)
            for future in finished:
                future.result()
            while not done.empty():
                yield done.get()
    finally:
        stop.set()
        pool.shutdown(cancel_futures=True)


def _load(
    timeseries: Database, catalog: Catalog, seed: int, chunks: list[Chunk], done: SimpleQueue[int], stop: Event
) -> None:
    for chunk in chunks:
        if stop.is_set():
            return
        with timeseries.connection() as connection:
            done.put(load_chunk(connection, catalog, seed, chunk))


def _minutes(moment: datetime) -> int:
    return (moment - _EPOCH) // _MINUTE
