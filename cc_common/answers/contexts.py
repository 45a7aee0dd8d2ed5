"""Contexts: the six builders over one plant. What a builder made is checked number by number before it is given out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from cc_common.analytics.expected_behaviour import Machines
from cc_common.analytics.maintenance import Maintenance
from cc_common.answers.context import Context, TokenCounter, assemble, byte_count
from cc_common.answers.finding_contexts import Detector, alerts_context, anomalies_in_context
from cc_common.answers.machine_contexts import comparison, equipment_summary, maintenance_context
from cc_common.answers.number_check import check_context
from cc_common.answers.trend_context import historical_trend
from cc_common.catalog.store import Catalog
from cc_common.core.errors import InvalidInput
from cc_common.core.windows import Window
from cc_common.db import Database
from cc_common.timeseries import TimeSeries

MAX_SIBLINGS: Final = 5


class Contexts:
    """Unknown names are NotFound. Windows without readings say so in words."""

    def __init__(
        self,
        timeseries: TimeSeries,
        catalog: Catalog,
        app: Database,
        anomalies: Detector,
        maintenance: Maintenance | None = None,
        machines: Machines | None = None,
    ) -> None:
        self._readings, self._catalog, self._app, self._detector = timeseries, catalog, app, anomalies
        self._maintenance, self._machines = maintenance, machines

    def equipment_summary(self, equipment_id: str, window: Window) -> Context:
        """A machine's newest readings, each metric's statistics of the window; what drifts and is due at its end."""
        drifts = self._machines.drifts_of(equipment_id, window.end) if self._machines else ()
        items = self._maintenance.of(equipment_id, now=window.end).items if self._maintenance else ()
        due = [item for item in items if item.presses]
        return self._checked(equipment_summary(self._readings, self._catalog, equipment_id, window, drifts, due))

    def historical_trend(self, equipment_id: str, window: Window, *, metrics: Sequence[str] | None = None) -> Context:
        """Each metric (None: all) over the window: statistics, direction, and its course in some dozen steps."""
        return self._checked(historical_trend(self._readings, self._catalog, equipment_id, window, metrics))

    def anomalies_in_context(
        self, window: Window, *, equipment_id: str | None = None, equipment_type: str | None = None
    ) -> Context:
        """The strongest anomalies of a machine, a type or the plant, beside what was expected and usual."""
        found = anomalies_in_context(
            self._readings,
            self._catalog,
            self._app,
            self._detector,
            window,
            equipment_id=equipment_id,
            equipment_type=equipment_type,
        )
        return self._checked(found)

    def comparison(self, equipment_ids: Sequence[str], window: Window, *, metric: str | None = None) -> Context:
        """One metric (None: the first they share) of two machines or more, the highest first."""
        return self._checked(comparison(self._readings, self._catalog, equipment_ids, window, metric))

    def alerts_context(self, window: Window, *, equipment_id: str | None = None) -> Context:
        """The open alerts of a machine or the plant, and those raised in the window that are over."""
        return self._checked(alerts_context(self._catalog, self._app, window, equipment_id))

    def maintenance(
        self, now: datetime, *, equipment_id: str | None = None, equipment_type: str | None = None
    ) -> Context:
        """What is due and what is lost on a machine, a type or the plant; InvalidInput where nothing works that out."""
        if self._maintenance is None:
            raise InvalidInput("Nothing works out maintenance figures here.")
        found = maintenance_context(self._maintenance, self._catalog, now, equipment_id, equipment_type)
        return self._checked(found)

    def assemble(self, parts: Sequence[Context], token_budget: int, *, count: TokenCounter = byte_count) -> Context:
        """The most relevant facts of these contexts that `count` finds to fit; see assembly.py."""
        return self._checked(assemble(parts, token_budget, count))

    def siblings(self, equipment_id: str) -> tuple[str, ...]:
        """The machine and its nearest neighbours of the same type, by number."""
        machine = self._catalog.get(equipment_id)
        near = sorted(self._catalog.of_type(machine.type), key=lambda other: abs(other.number - machine.number))
        return tuple(other.id for other in sorted(near[:MAX_SIBLINGS], key=lambda other: other.number))

    def _checked(self, context: Context) -> Context:
        check_context(context, self._catalog)
        return context
