"""Expected behaviour: a regression model per machine, versioned, and backtested before it is served."""

from cc_common.analytics.expected_behaviour.drift_episodes import find_anomaly_cause
from cc_common.analytics.expected_behaviour.expectations import ExpectedBehaviour
from cc_common.analytics.expected_behaviour.fitting import FitResult, fit_plant_models
from cc_common.analytics.expected_behaviour.machine_model import Drift, ExpectedHour, ExpectedSeries, ModelRow

__all__ = [
    "Drift",
    "ExpectedBehaviour",
    "ExpectedHour",
    "ExpectedSeries",
    "FitResult",
    "ModelRow",
    "find_anomaly_cause",
    "fit_plant_models",
]
