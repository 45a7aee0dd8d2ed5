"""Quality: the one door to what is known of how good the readings are."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from cc_common.catalog.store import Catalog
from cc_common.db import Database
from cc_common.quality.frozen import frozen
from cc_common.quality.model import Frozen, MachineQuality, QualityReport
from cc_common.quality.overview import overview
from cc_common.quality.report import report
from cc_common.quality.resting import Resting
from cc_common.timeseries.store import Store
from cc_common.window import Window


class Quality:
    """Reads of one plant's readings as readings."""

    def __init__(self, database: Database, catalog: Catalog) -> None:
        self._store = Store(database, catalog)
        self._resting = Resting(self._store)

    def of(self, equipment_id: str, window: Window) -> QualityReport:
        """One machine, exact. NotFound; InvalidInput for more than 31 days or less than a minute."""
        return report(self._store, self._resting, self._store.catalog.get(equipment_id), window)

    def fleet(self, window: Window, equipment_ids: Sequence[str] | None = None) -> tuple[MachineQuality, ...]:
        """Every machine (or these) at a glance, in catalogue order, from the roll-ups."""
        catalog = self._store.catalog
        machines = catalog.equipment if equipment_ids is None else tuple(catalog.get(each) for each in equipment_ids)
        return overview(self._store, self._resting, machines, window)

    def frozen(self, now: datetime) -> tuple[Frozen, ...]:
        """The sensors that had moved and have now stood still for at least two hours."""
        return frozen(self._store, self._resting, now)
