"""The whole plant at a glance: every machine's newest readings and open alerts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from cc_common.catalog.store import Catalog
from cc_common.db import Database, queries
from cc_common.timeseries import TimeSeries


@dataclass(frozen=True, kw_only=True)
class MachineNow:
    """A machine's newest row, its readings by metric; `at` None: it has none. `alerts`: the open ones by severity."""

    equipment: str
    at: datetime | None
    readings: Mapping[str, float | None]
    alerts: Mapping[str, int]


def overview(
    readings: TimeSeries, catalog: Catalog, app: Database, equipment_type: str | None = None
) -> tuple[MachineNow, ...]:
    """Every machine (of that type), in the order of the catalogue."""
    rows = {row.equipment: row for row in readings.latest_all(equipment_type)}
    machines = catalog.of_type(equipment_type) if equipment_type else catalog.equipment
    alerts = _open_alerts(app)
    return tuple(
        MachineNow(
            equipment=machine.id,
            at=rows[machine.id].ts if machine.id in rows else None,
            readings=rows[machine.id].readings if machine.id in rows else {},
            alerts=alerts.get(machine.id, {}),
        )
        for machine in machines
    )


def _open_alerts(app: Database) -> Mapping[str, Mapping[str, int]]:
    found: dict[str, dict[str, int]] = defaultdict(dict)
    with app.connection() as connection:
        for row in connection.execute(queries("overview")["open_alerts"]):
            found[row.equipment][row.severity] = row.open
    return found
