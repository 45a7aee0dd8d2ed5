"""Keeps the served model equal to the registry's: loads a promoted model beside the old one, withdraws one that fails.

Every API process does so for itself; none is told by another.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from threading import Lock
from typing import Final, Protocol, runtime_checkable

from api.engine import EngineHealth, PlanRequest, ServedModel
from api.language_model import served_model
from api.metrics import Metrics
from cc_common.core.errors import ModelUnavailable
from cc_common.core.settings import Settings
from cc_common.db import Database
from cc_common.model_registry import versions

logger = logging.getLogger(__name__)
TIER: Final = 2


@runtime_checkable
class Swappable(Protocol):
    """An engine that can change its model without losing a question."""

    def health(self) -> EngineHealth:
        """Which model it serves."""

    def swap(self, model: ServedModel, *, smoke: Sequence[PlanRequest] = ()) -> None:
        """Serves `model` from now on; ModelUnavailable leaves the old one serving."""


class ModelSwapper:
    """Keeps one engine at the served model; threads may share it."""

    def __init__(
        self, app: Database, settings: Settings, engine: Swappable, smoke: Sequence[PlanRequest], metrics: Metrics
    ) -> None:
        self._app, self._settings, self._engine, self._smoke = app, settings, engine, smoke
        self._metrics = metrics
        self._lock = Lock()

    def catch_up(self) -> None:
        """Swaps to the served model; one that fails its probe is withdrawn in favour of the one before, and raised."""
        with self._lock:
            wanted, current = served_model(self._app, self._settings), self._engine.health().model
            if current is not None and wanted.sha256 == current.sha256:
                return
            try:
                self._engine.swap(wanted, smoke=self._smoke)
            except ModelUnavailable as exc:
                self._metrics.swaps.labels("refused").inc()
                self._withdraw(wanted, current, str(exc))
                raise
            self._metrics.swaps.labels("served").inc()
            logger.info("serving %s instead of %s", wanted.id, current.id if current else "nothing")

    def take_up(self, id: str) -> None:
        """Swaps to the promoted version `id`; ModelUnavailable when it failed its probe, here or in another thread."""
        self.catch_up()
        found = versions.get(self._app, id)
        if found.state == "rejected":
            raise ModelUnavailable(f"{id} was withdrawn: {(found.gate or {}).get('probe', 'it failed its probe')}")

    def _withdraw(self, failed: ServedModel, current: ServedModel | None, reason: str) -> None:
        """Only where another model still serves: with none, there is nothing better to go back to."""
        if current is not None and versions.withdraw(self._app, failed.id, {"probe": reason}):
            logger.error("%s failed its probe and was withdrawn: %s", failed.id, reason)
