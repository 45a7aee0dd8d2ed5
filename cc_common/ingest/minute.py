"""The live feed: one minute of many machines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from math import isinf, isnan
from typing import TYPE_CHECKING

from cc_common.catalog.equipment import EquipmentType
from cc_common.catalog.statements import repeated
from cc_common.catalog.store import Catalog
from cc_common.db import Connection, compose, queries
from cc_common.errors import InvalidInput
from cc_common.ingest.loading import lock
from cc_common.ingest.rollups import merge_minute, refresh_rollups
from cc_common.ingest.rows import MINUTE

if TYPE_CHECKING:
    from psycopg.sql import Composed

Reading = float | None
Readings = Mapping[str, list[Reading]]


def write_minute(
    connection: Connection, catalog: Catalog, minute: datetime, values: Mapping[str, Sequence[Reading]]
) -> None:
    """Write one minute of many machines in one transaction, roll-ups and newest readings with it; again: the same."""
    ts = _whole_minute(minute)
    given = {machine: _checked(catalog.type_of(machine), machine, readings) for machine, readings in values.items()}
    with connection.transaction():
        lock(connection, list(given))
        fresh = _write(connection, catalog, ts, given)
        for kind, readings in _by_type(catalog, given):
            _summarise(connection, catalog, kind, ts, readings, fresh)


def _write(connection: Connection, catalog: Catalog, ts: datetime, given: Readings) -> set[str]:
    """Write the raw rows; the machines that had none for this minute."""
    with connection.pipeline():
        written = {
            machine: connection.execute(_insert(catalog.type_of(machine), machine), [ts, *readings], prepare=False)
            for machine, readings in given.items()
        }
    return {machine for machine, cursor in written.items() if (row := cursor.fetchone()) and row.fresh}


def _summarise(
    connection: Connection, catalog: Catalog, kind: EquipmentType, ts: datetime, given: Readings, fresh: set[str]
) -> None:
    """A row that is new joins its hour and day; where one was replaced they are counted again."""
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
    return repeated(queries("ingest")["write_latest"], {"readings": "readings[at][#]"}, ({} for _ in kind.metrics))


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
