"""The tables a catalogue needs: one of readings for each machine, two roll-ups for each type."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Final

from cc_common.catalog.equipment import EquipmentType
from cc_common.catalog.rollups import Grain, rollup_columns, rollup_table
from cc_common.catalog.statements import repeated
from cc_common.db import Connection, queries
from cc_common.errors import Conflict

GRAINS: Final[tuple[Grain, ...]] = ("hourly", "daily")


def create_tables(
    connection: Connection, types: Iterable[EquipmentType], machines: Mapping[str, EquipmentType]
) -> None:
    """Make what is missing; Conflict when a table has other columns than its type. `machines`: id -> type."""
    connection.execute(queries("catalog")["create_rollup_schema"])
    for kind in types:
        for grain in GRAINS:
            _create_rollup(connection, kind, grain)
    present = _columns(connection, machines)
    for machine, kind in machines.items():
        if machine not in present:
            _create_readings(connection, machine, kind)
        elif present[machine] != (expected := ["ts", *(m.name for m in kind.metrics)]):
            raise Conflict(f"Table {machine} has the columns {present[machine]}, its type {kind.name} has {expected}.")


def _columns(connection: Connection, machines: Iterable[str]) -> dict[str, list[str]]:
    rows = connection.execute(queries("catalog")["columns"], {"tables": list(machines)})
    return {row.table: row.columns for row in rows}


def _create_readings(connection: Connection, machine: str, kind: EquipmentType) -> None:
    sql = queries("catalog")
    names = ({"metric": m.name} for m in kind.metrics)
    connection.execute(repeated(sql["create_readings"], {"columns": sql["reading_column"]}, names, table=machine))


def _create_rollup(connection: Connection, kind: EquipmentType, grain: Grain) -> None:
    sql = queries("catalog")
    names = (asdict(rollup_columns(m.name)) for m in kind.metrics)
    phrases = {"sums": sql["rollup_sum"], "extremes": sql["rollup_extremes"], "counts": sql["rollup_count"]}
    connection.execute(repeated(sql["create_rollup"], phrases, names, table=rollup_table(kind.name, grain)))
