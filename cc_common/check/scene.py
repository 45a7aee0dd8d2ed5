"""What checks look at: the databases, and what is built on them when a check first needs it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

import numpy as np

from cc_common.anomalies import Anomalies
from cc_common.catalog.store import Catalog, load_catalog
from cc_common.db import Databases, compose, queries
from cc_common.errors import NotFound
from cc_common.rag import Contexts
from cc_common.rl_data import RlData
from cc_common.timeseries import TimeSeries
from cc_common.timeseries.store import Store
from cc_common.window import Window


@dataclass(frozen=True, kw_only=True)
class Scene:
    """One system at `now`; `seed` chooses which machines and moments are looked at closely."""

    databases: Databases
    seed: int = 1
    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    @cached_property
    def catalog(self) -> Catalog:
        """The plant's catalogue."""
        return load_catalog(self.databases.timeseries)

    @cached_property
    def store(self) -> Store:
        """Its readings, for plain SQL."""
        return Store(self.databases.timeseries, self.catalog)

    @cached_property
    def readings(self) -> TimeSeries:
        """Its readings, through the access layer."""
        return TimeSeries(self.databases.timeseries, self.catalog)

    @cached_property
    def anomalies(self) -> Anomalies:
        """Its detector."""
        return Anomalies(self.databases.timeseries, self.catalog)

    @cached_property
    def contexts(self) -> Contexts:
        """Its contexts."""
        return Contexts(self.readings, self.catalog, self.databases.app, self.anomalies)

    @cached_property
    def rl(self) -> RlData:
        """Its data for learning."""
        return RlData(self.databases, self.catalog)

    @cached_property
    def sampled(self) -> tuple[str, ...]:
        """A machine with readings of each type; NotFound when none has any."""
        rng, known = np.random.default_rng(self.seed), {row.equipment for row in self.readings.latest_all()}
        of_types = ([m.id for m in self.catalog.of_type(t.name) if m.id in known] for t in self.catalog.types)
        found = tuple(machines[int(rng.integers(len(machines)))] for machines in of_types if machines)
        if not found:
            raise NotFound("No machine has any readings.")
        return found

    @property
    def machine(self) -> str:
        """One of them."""
        return self.sampled[0]

    @cached_property
    def newest(self) -> datetime:
        """The end of the newest minute of the sampled machines."""
        rows = (row for row in self.readings.latest_all() if row.equipment in self.sampled)
        return max(row.ts for row in rows) + timedelta(minutes=1)

    def until_newest(self, length: timedelta) -> Window:
        """The window of that length up to the newest minute."""
        return Window(start=self.newest - length, end=self.newest)

    def sql(self, name: str, parameters: Mapping[str, Any] | None = None, /, **identifiers: Any) -> list[Any]:
        """The rows of a statement of sql/queries/check.sql."""
        text = queries("check")[name]
        return self.store.rows(
            compose(text, **identifiers).as_string() if identifiers else text, dict(parameters or {})
        )
