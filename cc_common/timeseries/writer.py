"""Writes readings: many rows of one machine by COPY, or one minute of many machines; deletes readings of a window."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from math import isinf, isnan
from typing import TYPE_CHECKING, Any

import numpy.typing as npt

from cc_common.catalog.equipment import EquipmentType, all_rollup_columns, rollup_table
from cc_common.catalog.store import Catalog, repeat_for_columns
from cc_common.core.errors import InvalidInput
from cc_common.core.windows import Window
from cc_common.db import Connection, compose, queries
from cc_common.timeseries.rollups import days_of, hours_of, merge_minute, refresh_rollups
from cc_common.timeseries.rows import MINUTE, Rows, copy_data, sort_rows, timestamps


def bulk_load(connection: Connection, catalog: Catalog, equipment_id: str, rows: Rows) -> int:
    """Loads or replaces these rows with roll-ups and newest reading, in one transaction; returns the number of rows."""
    kind = catalog.type_of(equipment_id)
    rows = sort_rows(rows, len(kind.metrics))
    if not len(rows):
        return 0
    first, last = to_datetime(rows.ts[0]), to_datetime(rows.ts[-1])
    with connection.transaction():
        lock_machines(connection, [equipment_id])
        if _any_readings(connection, catalog, equipment_id, first, last):
            _delete(connection, equipment_id, rows)
            _copy_readings(connection, kind, equipment_id, rows)
            refresh_rollups(connection, catalog, equipment_id, first, last + MINUTE)
        else:
            _copy_readings(connection, kind, equipment_id, rows)
            _copy_rollups(connection, catalog, equipment_id, rows)
        refresh_latest(connection, kind, equipment_id)
    return len(rows)


def lock_machines(connection: Connection, equipment_ids: Sequence[str]) -> None:
    """Waits until no other transaction writes these machines, and locks them."""
    connection.execute(queries("ingest")["lock"], {"equipment": list(equipment_ids)})


def to_datetime(micros: int) -> datetime:
    """Converts microseconds since 1970 to a UTC datetime."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=int(micros))


def _any_readings(connection: Connection, catalog: Catalog, equipment_id: str, first: datetime, last: datetime) -> bool:
    query = compose(queries("ingest")["any_readings"], table=equipment_id)
    found = connection.execute(query, {"first": first, "last": last, "tz": catalog.tz}).fetchone()
    return bool(found and found[0])


def _delete(connection: Connection, equipment_id: str, rows: Rows) -> None:
    query = compose(queries("ingest")["delete_readings"], table=equipment_id)
    connection.execute(query, {"micros": rows.ts.tolist()})


def _copy_readings(connection: Connection, kind: EquipmentType, equipment_id: str, rows: Rows) -> None:
    names = ["ts", *(m.name for m in kind.metrics)]
    _copy(connection, equipment_id, names, [timestamps(rows.ts), *rows.values.T])


def _copy_rollups(connection: Connection, catalog: Catalog, equipment_id: str, rows: Rows) -> None:
    kind = catalog.type_of(equipment_id)
    hours = hours_of(rows, catalog.tz)
    names = all_rollup_columns(kind)
    _copy(connection, rollup_table(kind.name, "hourly"), names, hours.columns(equipment_id))
    _copy(connection, rollup_table(kind.name, "daily"), names, days_of(hours, catalog.tz).columns(equipment_id))


def _copy(connection: Connection, table: str, names: Sequence[str], columns: Iterable[npt.NDArray[Any]]) -> None:
    query = compose(queries("ingest")["copy"], table=table, columns=names)
    with connection.cursor() as cursor, cursor.copy(query) as copy:
        copy.write(copy_data(list(columns)))


def refresh_latest(connection: Connection, kind: EquipmentType, equipment_id: str) -> None:
    """Makes the newest raw row the newest reading, unless a newer one exists; in the caller's transaction."""
    names = ({"metric": m.name} for m in kind.metrics)
    query = repeat_for_columns(queries("ingest")["refresh_latest"], {"metrics": "{metric}"}, names, table=equipment_id)
    connection.execute(query, {"equipment": equipment_id})


def delete_readings(connection: Connection, catalog: Catalog, equipment_id: str, window: Window) -> int:
    """Deletes a machine's rows of the window, roll-ups and newest reading, in one transaction; their number."""
    kind, span = catalog.type_of(equipment_id), {"start": window.start, "end": window.end}
    with connection.transaction():
        lock_machines(connection, [equipment_id])
        query = compose(queries("ingest")["delete_window"], table=equipment_id)
        if deleted := connection.execute(query, span).rowcount:
            refresh_rollups(connection, catalog, equipment_id, window.start, window.end)
            connection.execute(queries("ingest")["forget_latest"], {"equipment": equipment_id, **span})
            refresh_latest(connection, kind, equipment_id)
    return deleted


if TYPE_CHECKING:
    from psycopg.sql import Composed

Reading = float | None
Readings = Mapping[str, list[Reading]]


def write_minute(
    connection: Connection, catalog: Catalog, minute: datetime, values: Mapping[str, Sequence[Reading]]
) -> None:
    """Writes one minute of many machines, roll-ups and newest readings, in one transaction; idempotent."""
    ts = _whole_minute(minute)
    given = {machine: _checked(catalog.type_of(machine), machine, readings) for machine, readings in values.items()}
    with connection.transaction():
        lock_machines(connection, list(given))
        fresh = _write(connection, catalog, ts, given)
        for kind, readings in _by_type(catalog, given):
            _summarise(connection, catalog, kind, ts, readings, fresh)


def _write(connection: Connection, catalog: Catalog, ts: datetime, given: Readings) -> set[str]:
    """Writes the raw rows; returns the machines that had no row for this minute."""
    with connection.pipeline():
        written = {
            machine: connection.execute(_insert(catalog.type_of(machine), machine), [ts, *readings], prepare=False)
            for machine, readings in given.items()
        }
    return {machine for machine, cursor in written.items() if (row := cursor.fetchone()) and row.fresh}


def _summarise(
    connection: Connection, catalog: Catalog, kind: EquipmentType, ts: datetime, given: Readings, fresh: set[str]
) -> None:
    """Adds a new row to its hour and day; recomputes both where a row was replaced."""
    if new := {machine: readings for machine, readings in given.items() if machine in fresh}:
        merge_minute(connection, catalog, kind, ts, new)
    for machine in given.keys() - fresh:
        refresh_rollups(connection, catalog, machine, ts, ts + MINUTE)
    latest = {"ts": ts, "equipment": list(given), "readings": list(given.values())}
    connection.execute(_write_latest(kind), latest)


def _by_type(catalog: Catalog, given: Readings) -> list[tuple[EquipmentType, Readings]]:
    types: dict[str, dict[str, list[Reading]]] = {}
    for machine, readings in given.items():
        types.setdefault(catalog.get(machine).type, {})[machine] = readings
    return [(catalog.type(name), readings) for name, readings in types.items()]


def _insert(kind: EquipmentType, machine: str) -> Composed:
    columns = ["ts", *(m.name for m in kind.metrics)]
    query = queries("ingest")["write_reading"].replace("{values}", ", ".join(["%s"] * len(columns)))
    return compose(query, table=machine, columns=columns)


def _write_latest(kind: EquipmentType) -> Composed:
    return repeat_for_columns(
        queries("ingest")["write_latest"], {"readings": "readings[at][#]"}, ({} for _ in kind.metrics)
    )


def _whole_minute(minute: datetime) -> datetime:
    if minute.tzinfo is None:
        raise InvalidInput("A time without a time zone is refused.")
    if minute.second or minute.microsecond:
        raise InvalidInput("A reading is not on a whole minute.")
    return minute.astimezone(UTC)


def _checked(kind: EquipmentType, machine: str, given: Sequence[Reading]) -> list[Reading]:
    if len(given) != len(kind.metrics):
        raise InvalidInput(f"{machine} has {len(kind.metrics)} metrics, not {len(given)}.")
    if any(value is not None and isinf(value) for value in given):
        raise InvalidInput(f"A reading of {machine} is infinite.")
    return [None if value is None or isnan(value) else float(value) for value in given]
