"""Where an answer's figures come from, for tests of the simulated plant."""

from __future__ import annotations

from cc_common.analytics.anomalies import AnomalyDetector
from cc_common.analytics.expected_behaviour import ExpectedBehaviour
from cc_common.analytics.forecasting import Forecaster
from cc_common.analytics.maintenance import MaintenanceFigures
from cc_common.answers.answer import Sources
from cc_common.db import Database
from cc_common.simulator import PLANT
from cc_common.timeseries import TimeSeries


def plant_sources(
    plant: Database,
    app: Database | None = None,
    *,
    maintenance: MaintenanceFigures | None = None,
    machines: ExpectedBehaviour | None = None,
) -> Sources:
    """Of a database with readings; without an app database nothing may ask for alerts."""
    readings = TimeSeries(plant, PLANT)
    return Sources(
        readings=readings,
        catalog=PLANT,
        anomalies=AnomalyDetector(plant, PLANT),
        forecaster=Forecaster(readings, PLANT),
        app=app or plant,
        maintenance=maintenance,
        machines=machines,
    )
