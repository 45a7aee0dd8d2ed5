"""Many rows of one machine at once, by binary COPY."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy.typing as npt

from cc_common.catalog.equipment import EquipmentType
from cc_common.catalog.rollups import all_rollup_columns, rollup_table
from cc_common.catalog.statements import repeated
from cc_common.catalog.store import Catalog
from cc_common.db import Connection, compose, queries
from cc_common.ingest.binary import copy_data, timestamps
from cc_common.ingest.rollups import days_of, hours_of, refresh_rollups
from cc_common.ingest.rows import MINUTE, Rows, tidy


def bulk_load(connection: Connection, catalog: Catalog, equipment_id: str, rows: Rows) -> int:
    """Load or replace these rows, roll-ups and newest reading with them, in one transaction; how many were written."""
    kind = catalog.type_of(equipment_id)
    rows = tidy(rows, len(kind.metrics))
    if not len(rows):
        return 0
    first, last = moment(rows.ts[0]), moment(rows.ts[-1])
    with connection.transaction():
        lock(connection, [equipment_id])
        if _any_readings(connection, catalog, equipment_id, first, last):
            _delete(connection, equipment_id, rows)
            _copy_readings(connection, kind, equipment_id, rows)
            refresh_rollups(connection, catalog, equipment_id, first, last + MINUTE)
        else:
            _copy_readings(connection, kind, equipment_id, rows)
            _copy_rollups(connection, catalog, equipment_id, rows)
        refresh_latest(connection, kind, equipment_id)
    return len(rows)


def lock(connection: Connection, equipment_ids: Sequence[str]) -> None:
    """Wait until no other transaction writes these machines."""
    connection.execute(queries("ingest")["lock"], {"equipment": list(equipment_ids)})


def moment(micros: int) -> datetime:
    """Microseconds since 1970 as a UTC datetime."""
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
    """Make the newest raw row the newest reading, unless there is a newer one; in the caller's transaction."""
    names = ({"metric": m.name} for m in kind.metrics)
    query = repeated(queries("ingest")["refresh_latest"], {"metrics": "{metric}"}, names, table=equipment_id)
    connection.execute(query, {"equipment": equipment_id})
