"""Stores the catalogue: every type, metric and machine of the plant, and its tables; errors name similar entries."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from difflib import get_close_matches
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from cc_common.catalog.equipment import Equipment, EquipmentType, Grain, Metric, rollup_columns, rollup_table
from cc_common.core.errors import Conflict, NotFound
from cc_common.db import Connection, Database, compose, queries

if TYPE_CHECKING:
    from psycopg.sql import Composed


def repeat_for_columns(
    query: str, phrases: Mapping[str, str], columns: Iterable[Mapping[str, str]], /, **identifiers: str | Sequence[str]
) -> Composed:
    """Replaces each {slot} of `query` by its phrase, repeated for each column and separated by commas.

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
    """Creates missing tables; Conflict when a table's columns differ from its type's. `machines`: id -> type."""
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
    connection.execute(
        repeat_for_columns(sql["create_readings"], {"columns": sql["reading_column"]}, names, table=machine)
    )


def _create_rollup(connection: Connection, kind: EquipmentType, grain: Grain) -> None:
    sql = queries("catalog")
    names = (asdict(rollup_columns(m.name)) for m in kind.metrics)
    phrases = {"sums": sql["rollup_sum"], "extremes": sql["rollup_extremes"], "counts": sql["rollup_count"]}
    connection.execute(repeat_for_columns(sql["create_rollup"], phrases, names, table=rollup_table(kind.name, grain)))


@dataclass(frozen=True, kw_only=True)
class Catalog:
    """The plant's types and equipment in its own order. `tz`: the IANA time zone of its days."""

    plant_name: str
    tz: str
    types: tuple[EquipmentType, ...]
    equipment: tuple[Equipment, ...]

    @cached_property
    def version(self) -> str:
        """First 16 hex digits of the SHA-256 over all content."""
        return sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()[:16]

    def get(self, equipment_id: str) -> Equipment:
        """The machine with that id; NotFound names similar ids."""
        try:
            return self._equipment[equipment_id]
        except KeyError:
            raise NotFound(f"No equipment {equipment_id!r}.{_nearest(equipment_id, self.equipment)}") from None

    def name_of(self, equipment_id: str) -> str:
        """The machine's name; its id where the plant no longer has it."""
        found = self._equipment.get(equipment_id)
        return found.name if found else equipment_id

    def measures(self, equipment_id: str, name: str) -> bool:
        """Tells whether the plant has that machine, with that metric."""
        return equipment_id in self._equipment and self.type_of(equipment_id).metric(name) is not None

    def type(self, name: str) -> EquipmentType:
        """The type with that name; NotFound names all of them."""
        try:
            return self._types[name]
        except KeyError:
            raise NotFound(f"No equipment type {name!r}; there are {', '.join(self._types)}.") from None

    def type_of(self, equipment_id: str) -> EquipmentType:
        """The type of that machine."""
        return self.type(self.get(equipment_id).type)

    def metric(self, equipment_id: str, name: str) -> Metric:
        """A metric of that machine; NotFound names the available ones."""
        kind = self.type_of(equipment_id)
        if found := kind.metric(name):
            return found
        raise NotFound(f"{equipment_id} has no metric {name!r}; it has {', '.join(m.name for m in kind.metrics)}.")

    def of_type(self, name: str) -> tuple[Equipment, ...]:
        """All machines of a type, in number order."""
        return tuple(e for e in self.equipment if e.type == self.type(name).name)

    @cached_property
    def _equipment(self) -> dict[str, Equipment]:
        return {e.id: e for e in self.equipment}

    @cached_property
    def _types(self) -> dict[str, EquipmentType]:
        return {t.name: t for t in self.types}


def _nearest(name: str, machines: Sequence[Equipment]) -> str:
    """Similar machines: those with that name first, then those with similar ids."""
    called = [m.id for m in machines if _plain(name) in map(_plain, (m.id, m.name, *m.aliases))]
    alike = get_close_matches(name, [m.id for m in machines], n=3, cutoff=0.6)
    near = tuple(dict.fromkeys((*called, *alike)))[:3]
    return f" Did you mean {', '.join(near)}?" if near else ""


def _plain(name: str) -> str:
    """Letters and digits only, without leading zeros: "Chiller 1" and "chiller_001" are equal."""
    return re.sub(r"[\W_]+|(?<!\d)0+(?=\d)", "", name.casefold())


def load_catalog(timeseries: Database) -> Catalog:
    """Loads the installed catalogue; NotFound before the first installation."""
    with timeseries.transaction() as connection:
        return load_catalog_in(connection)


def load_catalog_in(connection: Connection) -> Catalog:
    """Loads the catalogue in the caller's transaction."""
    plant = connection.execute(queries("catalog")["plant"]).fetchone()
    if plant is None:
        raise NotFound("No plant is installed in this database yet.")
    return Catalog(
        plant_name=plant.name, tz=plant.tz, types=_load_types(connection), equipment=_load_equipment(connection)
    )


def catalog_digest(timeseries: Database) -> str:
    """A digest that changes when the installed catalogue changes."""
    with timeseries.connection() as connection:
        row = connection.execute(queries("catalog")["digest"]).fetchone()
    return str(row.digest) if row else ""


def reload_catalog(timeseries: Database, known: Catalog, seen: str) -> tuple[Catalog, str]:
    """The current catalogue, `known` itself if unchanged, and its digest; `seen`: the last digest.

    One small query when nothing has changed.
    """
    digest = catalog_digest(timeseries)  # before the catalogue: the next call detects a change in between
    if digest == seen:
        return known, seen
    catalog = load_catalog(timeseries)
    return (known if catalog.version == known.version else catalog), digest


def install_catalog(timeseries: Database, catalog: Catalog) -> None:
    """Records the catalogue and creates its tables; repeated, it changes only words and limits."""
    with timeseries.transaction() as connection:
        install_catalog_in(connection, catalog)


def install_catalog_in(connection: Connection, catalog: Catalog) -> None:
    """Installs the catalogue in the caller's transaction."""
    sql = queries("catalog")
    connection.execute(sql["lock"])
    _refuse_other_days(connection, catalog)
    connection.execute(sql["save_plant"], {"name": catalog.plant_name, "tz": catalog.tz})
    _save(connection, catalog)
    create_tables(connection, catalog.types, {e.id: catalog.type(e.type) for e in catalog.equipment})
    connection.execute(sql["announce"])


def _load_types(connection: Connection) -> tuple[EquipmentType, ...]:
    sql = queries("catalog")
    metrics: dict[str, list[Metric]] = {}
    for row in connection.execute(sql["metrics"]):
        values = _tupled(row._asdict())
        metrics.setdefault(values.pop("equipment_type"), []).append(Metric(**values))
    types = connection.execute(sql["types"]).fetchall()
    return tuple(EquipmentType(**_tupled(t._asdict()), metrics=tuple(metrics.get(t.name, ()))) for t in types)


def _load_equipment(connection: Connection) -> tuple[Equipment, ...]:
    rows = connection.execute(queries("catalog")["equipment"])
    return tuple(Equipment(**_tupled(row._asdict())) for row in rows)


def _tupled(row: dict[str, Any]) -> dict[str, Any]:
    return row | {"aliases": tuple(row["aliases"])}


def _refuse_other_days(connection: Connection, catalog: Catalog) -> None:
    """Conflict when roll-ups exist in days of another time zone: the zone is then fixed."""
    sql = queries("catalog")
    plant = connection.execute(sql["plant"]).fetchone()
    recorded = connection.execute(sql["has_readings"]).fetchone()
    if plant and recorded and recorded[0] and plant.tz != catalog.tz:
        raise Conflict(
            f"This plant's days are cut in {plant.tz}; with readings recorded they cannot move to {catalog.tz}."
        )


def _save(connection: Connection, catalog: Catalog) -> None:
    sql = queries("catalog")
    types = [{**asdict(t), "position": at} for at, t in enumerate(catalog.types)]
    metrics = [
        {**asdict(metric), "equipment_type": t.name, "position": at}
        for t in catalog.types
        for at, metric in enumerate(t.metrics)
    ]
    with connection.cursor() as cursor:
        cursor.executemany(sql["save_type"], [_listed(row) for row in types])
        cursor.executemany(sql["save_metric"], [_listed(row) for row in metrics])
        cursor.executemany(sql["save_equipment"], [_listed(asdict(e)) for e in catalog.equipment])


def _listed(row: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key != "metrics"} | {"aliases": list(row["aliases"])}
