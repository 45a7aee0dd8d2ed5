"""Extends the installed catalogue with new types, metrics and machines; refuses contradictions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, replace

from cc_common.catalog.equipment import Equipment, EquipmentType, Metric, rollup_columns, rollup_table
from cc_common.catalog.store import GRAINS, Catalog, install_catalog_in, load_catalog_in
from cc_common.core.errors import Conflict
from cc_common.db import Connection, Database, compose, queries


def grow_catalog(timeseries: Database, wanted: Catalog) -> Catalog:
    """Installs the user's plant, or adds what is new; returns the whole catalogue. Conflict before any change."""
    with timeseries.transaction() as connection:
        connection.execute(queries("catalog")["lock"])
        grown = plan_growth(connection, wanted)
        if _origin(connection) is not None:
            _add_columns(connection, load_catalog_in(connection), grown)
        install_catalog_in(connection, grown)
        connection.execute(queries("imports")["mark_imported"])
        return grown


def plan_growth(connection: Connection, wanted: Catalog) -> Catalog:
    """The catalogue that `grow_catalog` would install; changes nothing."""
    if (origin := _origin(connection)) is None:
        return wanted
    installed = load_catalog_in(connection)
    if origin == "simulated":
        raise Conflict(
            f"This database holds the simulated plant {installed.plant_name}, and its figures would mix with yours. "
            "Import into a database of its own: set CC_DATA_DIR to another folder, or CC_TIMESERIES_DSN."
        )
    if found := list(_contradictions(installed, wanted)):
        raise Conflict(
            "The mapping contradicts the plant that is installed; nothing was written:\n  " + "\n  ".join(found)
        )
    return _joined(installed, wanted)


def is_imported(timeseries: Database) -> bool:
    """Tells whether the plant in this database was imported: then nothing is simulated in it."""
    with timeseries.connection() as connection:
        return _origin(connection) == "imported"


def check_simulated(timeseries: Database) -> None:
    """Conflict when this database has an imported plant."""
    if is_imported(timeseries):
        raise Conflict("This database holds an imported plant: nothing is simulated beside it.")


def _origin(connection: Connection) -> str | None:
    plant = connection.execute(queries("imports")["origin"]).fetchone()
    return None if plant is None else str(plant.origin)


def _joined(installed: Catalog, wanted: Catalog) -> Catalog:
    """Keeps installed entries in their order and updates their words; appends new entries."""
    wanted_types, wanted_machines = {t.name: t for t in wanted.types}, {e.id: e for e in wanted.equipment}
    kept = tuple(_joined_type(t, wanted_types[t.name]) if t.name in wanted_types else t for t in installed.types)
    types = (*kept, *(t for t in wanted.types if t.name not in {k.name for k in kept}))
    machines = {e.id: e for e in installed.equipment} | wanted_machines
    order = {t.name: place for place, t in enumerate(types)}
    return replace(
        installed, types=types, equipment=tuple(sorted(machines.values(), key=lambda e: (order[e.type], e.number)))
    )


def _joined_type(old: EquipmentType, new: EquipmentType) -> EquipmentType:
    known = {m.name for m in old.metrics}
    metrics = tuple(new.metric(m.name) or m for m in old.metrics)
    return replace(new, metrics=(*metrics, *(m for m in new.metrics if m.name not in known)))


def _contradictions(installed: Catalog, wanted: Catalog) -> Iterator[str]:
    if installed.plant_name != wanted.plant_name:
        yield (
            f"plant.name: this database holds the plant {installed.plant_name!r}, the mapping is of "
            f"{wanted.plant_name!r}; another plant goes into another database (CC_DATA_DIR or CC_TIMESERIES_DSN)"
        )
    if installed.tz != wanted.tz:
        yield f"plant.tz: this plant's days are cut in {installed.tz}, not {wanted.tz}"
    types = {t.name: t for t in installed.types}
    for kind in wanted.types:
        if kind.name in types:
            yield from _in_metrics(types[kind.name], kind)
    yield from _in_machines(installed.equipment, wanted.equipment)


def _in_metrics(old: EquipmentType, new: EquipmentType) -> Iterator[str]:
    for metric in new.metrics:
        before = old.metric(metric.name)
        if before is not None and _nature(before) != _nature(metric):
            yield (
                f"types.{new.name}.metrics.{metric.name}: recorded as {_nature(before)}, the mapping says "
                f"{_nature(metric)}; give the new one another name, or convert its column to the old unit"
            )


def _nature(metric: Metric) -> str:
    return f"a {metric.kind} in {metric.unit or 'no unit'}"


def _in_machines(old: Iterable[Equipment], new: Iterable[Equipment]) -> Iterator[str]:
    by_id = {e.id: e for e in old}
    by_number = {(e.type, e.number): e.id for e in old}
    for machine in new:
        before = by_id.get(machine.id)
        if before is not None and (before.type, before.number) != (machine.type, machine.number):
            yield (
                f"machines.{machine.id}: recorded as {before.type} number {before.number}, "
                f"the mapping says {machine.type} number {machine.number}"
            )
        holder = by_number.get((machine.type, machine.number))
        if before is None and holder is not None:
            yield f"machines.{machine.id}: {machine.type} number {machine.number} is {holder} already; give it another"


def _add_columns(connection: Connection, installed: Catalog, grown: Catalog) -> None:
    for old in installed.types:
        new = grown.type(old.name)
        added = new.metrics[len(old.metrics) :]
        for metric in added:
            _add_column(connection, installed, old, metric)
        if added:
            fewer = {"type": old.name, "added": len(added)}
            connection.execute(queries("imports")["lengthen_latest"], fewer)
            # Models of fewer metrics no longer fit; the next evaluation of the plant learns new ones.
            connection.execute(queries("anomalies")["drop_baselines"], {"type": old.name, "kept": []})


def _add_column(connection: Connection, installed: Catalog, kind: EquipmentType, metric: Metric) -> None:
    sql = queries("imports")
    for machine in installed.of_type(kind.name):
        connection.execute(compose(sql["add_metric"], table=machine.id, metric=metric.name))
    for grain in GRAINS:
        columns = asdict(rollup_columns(metric.name))
        connection.execute(compose(sql["add_rolled_up_metric"], table=rollup_table(kind.name, grain), **columns))
