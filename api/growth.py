"""A plant that grows while the API runs: what was imported meanwhile can be asked for without a restart."""

from __future__ import annotations

import logging
from typing import Any

from api.services import KEY, renewed
from cc_common.catalog.store import digest_of, load_catalog

logger = logging.getLogger(__name__)


class PlantFollower:
    """Puts services that know the catalogue as it is now in the place of an application's; requests keep theirs."""

    def __init__(self, extensions: dict[str, Any]) -> None:
        self._extensions = extensions
        self._seen = ""

    def catch_up(self) -> None:
        """One small query when nothing has changed."""
        parts = self._extensions[KEY]
        digest = digest_of(
            parts.databases.timeseries
        )  # before the catalogue: what changes in between is seen next time
        if digest == self._seen:
            return
        catalog = load_catalog(parts.databases.timeseries)
        if catalog.version != parts.catalog.version:
            self._extensions[KEY] = renewed(parts, catalog)
            logger.info("The plant has changed: %d machines in catalogue %s.", len(catalog.equipment), catalog.version)
        self._seen = digest
