"""Machines: a small model of each machine's normal behaviour, kept in versions, judged before it is served."""

from cc_common.analytics.expected_behaviour.drift_episodes import cause_of
from cc_common.analytics.expected_behaviour.expectations import Machines
from cc_common.analytics.expected_behaviour.fitting import Fitted, fit
from cc_common.analytics.expected_behaviour.machine_model import Drift, ExpectedHour, ExpectedSeries, ModelRow

__all__ = ["Drift", "ExpectedHour", "ExpectedSeries", "Fitted", "Machines", "ModelRow", "cause_of", "fit"]
