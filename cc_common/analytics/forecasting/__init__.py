"""Foresight: a metric over the next hours or days with an interval, and when it will reach a threshold."""

from cc_common.analytics.forecasting.forecaster import LONGEST, SHORTEST, Forecast, Forecaster, ForecastPoint, Reach

__all__ = ["LONGEST", "SHORTEST", "Forecast", "ForecastPoint", "Forecaster", "Reach"]
