"""What a plant's readings take on disk."""

from __future__ import annotations

from dataclasses import dataclass

from cc_common.catalog.equipment import EquipmentType
from cc_common.catalog.rollups import rollup_table
from cc_common.catalog.store import Catalog
from cc_common.catalog.tables import GRAINS
from cc_common.db import Connection, Database, compose, queries
from cc_common.errors import SetupError


@dataclass(frozen=True, kw_only=True)
class Size:
    """Bytes on disk of a plant's readings."""

    rows: int
    heap: int
    indexes: int
    rollups: int  # with their indexes

    @property
    def total(self) -> int:
        """All of it."""
        return self.heap + self.indexes + self.rollups

    def __str__(self) -> str:
        parts = {"heap": self.heap, "indexes": self.indexes, "roll-ups": self.rollups, "in all": self.total}
        told = ", ".join(f"{name} {size / 1e9:.2f} GB" for name, size in parts.items())
        return f"{self.rows:,} rows: {told}; {self.total / max(self.rows, 1):.1f} bytes a row"


def size(database: Database, catalog: Catalog) -> Size:
    """What the plant takes on disk."""
    sql = queries("simulator")
    rollups = [rollup_table(kind.name, grain) for kind in catalog.types for grain in GRAINS]
    with database.connection() as connection:
        own = connection.execute(sql["sizes"], {"tables": [e.id for e in catalog.equipment]}).fetchone()
        rolled = connection.execute(sql["sizes"], {"tables": rollups}).fetchone()
        rows = sum(_rows_of(connection, kind) for kind in catalog.types)
    if own is None or rolled is None:
        raise SetupError("The database tells no sizes.")
    return Size(rows=rows, heap=own.heap, indexes=own.indexes, rollups=rolled.heap + rolled.indexes)


def _rows_of(connection: Connection, kind: EquipmentType) -> int:
    query = compose(queries("simulator")["rows_of_type"], daily=rollup_table(kind.name, "daily"))
    found = connection.execute(query).fetchone()
    return int(found.rows) if found else 0
