"""What is done once before any part runs: migrations, plant and starter model.

The launcher does it at each start. Where the parts are started one by one: python -m cc_common.system prepare.
"""

from __future__ import annotations

from dataclasses import dataclass

from cc_common.config import Settings
from cc_common.db import migrate, open_databases
from cc_common.system.model import prepare_model
from cc_common.system.plant import prepare_plant
from cc_common.system.terminal import say


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """Whether the plant is the simulated one, and whether there is a model to serve."""

    simulated: bool
    has_model: bool


def prepare(settings: Settings) -> Prepared:
    """Brings databases, plant and model up to date; what is done already takes no time."""
    with open_databases(settings) as databases:
        applied = [*migrate(databases.app, "app"), *migrate(databases.timeseries, "timeseries")]
        say("migrations", ", ".join(applied) or "up to date")
        simulated = prepare_plant(databases.timeseries, settings)
    return Prepared(simulated=simulated, has_model=prepare_model(settings))
