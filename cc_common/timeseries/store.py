"""What every read needs: the database, the catalogue and the plant's clock; and one way to run a statement."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from cc_common.catalog.store import Catalog
from cc_common.db import Database, fetch
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
        """All rows of a statement, in one round trip."""
        with self.database.connection() as connection:
            return fetch(connection, text, parameters)

    def tuples(self, text: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """The same as plain tuples: a curve has rows by the thousand, and naming their fields takes time."""
        with self.database.connection() as connection:
            return fetch(connection, text, parameters, lambda _: tuple)
