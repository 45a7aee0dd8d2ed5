"""Machines: a small model of each machine's normal behaviour, kept in versions, judged before it is served."""

from cc_common.machines.access import Machines
from cc_common.machines.causes import cause_of
from cc_common.machines.fitting import Fitted, fit
from cc_common.machines.model import Drift, ExpectedHour, ExpectedSeries, ModelRow

__all__ = ["Drift", "ExpectedHour", "ExpectedSeries", "Fitted", "Machines", "ModelRow", "cause_of", "fit"]
