"""Foresight: a metric over the next hours or days with an interval, and when it will reach a threshold."""

from cc_common.foresight.forecaster import LONGEST, SHORTEST, Forecaster
from cc_common.foresight.model import Forecast, ForecastPoint, Reach

__all__ = ["LONGEST", "SHORTEST", "Forecast", "ForecastPoint", "Forecaster", "Reach"]
