"""Creates the tables that a catalogue needs: readings of each machine, two roll-ups of each type."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Final

from cc_common.catalog.equipment import EquipmentType, Grain, rollup_columns, rollup_table
from cc_common.core.errors import Conflict
from cc_common.db import Connection, compose, queries

if TYPE_CHECKING:
    from psycopg.sql import Composed


def repeated(
    query: str, phrases: Mapping[str, str], columns: Iterable[Mapping[str, str]], /, **identifiers: str | Sequence[str]
) -> Composed:
    """`query` with each {slot} of `phrases` replaced by its phrase said once for each column, comma between.

    A phrase's {placeholders} are the column's own identifiers; # is its number, from 1.
    """
    names = list(columns)
    numbered = {f"{key}_{at}": value for at, column in enumerate(names, 1) for key, value in column.items()}
    for slot, phrase in phrases.items():
        query = query.replace(f"{{{slot}}}", ", ".join(_said(phrase, at) for at in range(1, len(names) + 1)))
    return compose(query, **identifiers, **numbered)


def _said(phrase: str, number: int) -> str:
    bare = re.sub(r"^--.*\n", "", phrase, flags=re.MULTILINE)
    return re.sub(r"\{(\w+)\}", rf"{{\1_{number}}}", bare).replace("#", str(number))


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
