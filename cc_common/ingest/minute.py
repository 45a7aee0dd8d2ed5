"""The live feed: one minute of many machines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from math import isinf, isnan
from typing import TYPE_CHECKING

from cc_common.catalog.equipment import EquipmentType
from cc_common.catalog.store import Catalog
from cc_common.db import Connection, compose, queries
from cc_common.errors import InvalidInput
from cc_common.ingest.loading import lock
from cc_common.ingest.rollups import refresh_days, refresh_hours

if TYPE_CHECKING:
    from psycopg.sql import Composed

Reading = float | None


def write_minute(
    connection: Connection, catalog: Catalog, minute: datetime, values: Mapping[str, Sequence[Reading]]
) -> None:
    """Write one minute of many machines in one transaction, roll-ups and newest readings with it; again: the same."""
    ts = _whole_minute(minute)
    kinds = {machine: catalog.type_of(machine) for machine in values}
    readings = {machine: _checked(kinds[machine], machine, given) for machine, given in values.items()}
    with connection.transaction():
        lock(connection, list(values))
        with connection.pipeline():
            for machine, kind in kinds.items():
                _write(connection, catalog, kind, machine, ts, readings[machine])


def _write(
    connection: Connection, catalog: Catalog, kind: EquipmentType, machine: str, ts: datetime, given: list[Reading]
) -> None:
    touched = {"equipment": machine, "tz": catalog.tz, "first": ts, "last": ts}
    connection.execute(_insert(kind, machine), [ts, *given], prepare=False)
    connection.execute(refresh_hours(kind, machine), touched, prepare=False)
    connection.execute(refresh_days(kind), touched)
    latest = {"equipment": machine, "ts": ts, "readings": given}
    connection.execute(queries("ingest")["write_latest"], latest)


@lru_cache(maxsize=4096)
def _insert(kind: EquipmentType, machine: str) -> Composed:
    columns = ["ts", *(m.name for m in kind.metrics)]
    query = queries("ingest")["write_reading"].replace("{values}", ", ".join(["%s"] * len(columns)))
    return compose(query, table=machine, columns=columns)


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
