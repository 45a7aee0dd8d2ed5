"""Where an answer's figures come from, for tests of the simulated plant."""

from __future__ import annotations

from cc_common.analytics.anomalies import Anomalies
from cc_common.analytics.expected_behaviour import Machines
from cc_common.analytics.forecasting import Forecaster
from cc_common.analytics.maintenance import Maintenance
from cc_common.answers.answer import Sources
from cc_common.db import Database
from cc_common.simulator import PLANT
from cc_common.timeseries import TimeSeries


def plant_sources(
    plant: Database,
    app: Database | None = None,
    *,
    maintenance: Maintenance | None = None,
    machines: Machines | None = None,
) -> Sources:
    """Of a database with readings; without an app database nothing may ask for alerts."""
    readings = TimeSeries(plant, PLANT)
    return Sources(
        readings=readings,
        catalog=PLANT,
        anomalies=Anomalies(plant, PLANT),
        forecaster=Forecaster(readings, PLANT),
        app=app or plant,
        maintenance=maintenance,
        machines=machines,
    )
