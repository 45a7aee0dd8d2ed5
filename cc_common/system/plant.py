"""The plant's database made ready: the real plant as it is, the simulated one with its history up to now."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from cc_common.catalog.growth import is_imported
from cc_common.catalog.store import Catalog, install_catalog, load_catalog
from cc_common.config import Settings
from cc_common.db import Database
from cc_common.simulator import fill_history, history_missing, plant_in
from cc_common.simulator.build import bytes_needed
from cc_common.system.checks import NEEDED_GB, check_data_dir
from cc_common.system.terminal import Bar, say

LEFT_TO_FEED: Final = 60  # minutes


def prepare_plant(timeseries: Database, settings: Settings) -> bool:
    """Installs and fills the simulated plant, unless one was imported; whether the plant is the simulated one."""
    if is_imported(timeseries):
        own = load_catalog(timeseries)
        say("plant", f"{own.plant_name}, {len(own.equipment)} machines, imported; nothing is simulated")
        return False
    simulated = plant_in(settings.plant_tz)
    install_catalog(timeseries, simulated)
    say("plant", f"{simulated.plant_name}, {len(simulated.equipment)} machines, simulated")
    _fill(timeseries, simulated, settings)
    return True


def _fill(timeseries: Database, plant: Catalog, settings: Settings) -> None:
    now = datetime.now(UTC)
    missing = history_missing(timeseries, plant, days=settings.plant_days, until=now)
    if settings.timeseries_dsn is None:
        check_data_dir(settings.data_dir, NEEDED_GB + bytes_needed(missing) / 1e9)
    if missing <= LEFT_TO_FEED * len(plant.equipment):
        say("history", "complete; the live feed makes up for the last minutes")
        return
    say("history", f"{settings.plant_days} days, {missing:,} rows to write")
    fill_history(
        timeseries, plant, days=settings.plant_days, seed=settings.plant_seed, until=now, progress=Bar("history")
    )
