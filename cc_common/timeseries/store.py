"""What every read needs: the database, the catalogue and the plant's clock; and one way to run a statement."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from cc_common.catalog.store import Catalog
from cc_common.db import Database
from cc_common.timeseries.clock import PlantClock


@dataclass(frozen=True)
class Store:
    """The readings of one plant."""

    database: Database
    catalog: Catalog

    @cached_property
    def clock(self) -> PlantClock:
        """The clock by which the plant's hours and days are cut."""
        return PlantClock(self.catalog.tz)

    def rows(self, text: str, parameters: Mapping[str, Any]) -> list[Any]:
        """All rows of a statement, in one round trip. Binary, so that a real arrives as exactly the float it is."""
        with self.database.connection() as connection:
            return connection.execute(text, parameters, binary=True).fetchall()

    def tuples(self, text: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """The same as plain tuples: a curve has rows by the thousand, and naming their fields takes time."""
        with (
            self.database.connection() as connection,
            connection.cursor(binary=True, row_factory=lambda _: tuple) as cursor,
        ):
            return cursor.execute(text, parameters).fetchall()
