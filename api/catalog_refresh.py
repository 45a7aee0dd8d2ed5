"""Refreshes the catalogue while the API runs: imported machines can be asked for without a restart."""

from __future__ import annotations

import logging
from typing import Any

from api.services import KEY, with_catalog
from cc_common.catalog.store import reload_catalog

logger = logging.getLogger(__name__)


class PlantFollower:
    """Puts services that know the catalogue as it is now in the place of an application's; requests keep theirs."""

    def __init__(self, extensions: dict[str, Any]) -> None:
        self._extensions = extensions
        self._seen = ""

    def catch_up(self) -> None:
        """One small query when nothing has changed."""
        parts = self._extensions[KEY]
        catalog, digest = reload_catalog(parts.databases.timeseries, parts.catalog, self._seen)
        if catalog is not parts.catalog:
            self._extensions[KEY] = with_catalog(parts, catalog)
            logger.info("The plant has changed: %d machines in catalogue %s.", len(catalog.equipment), catalog.version)
        self._seen = digest
