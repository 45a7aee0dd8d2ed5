"""Forecasting: a metric over the next hours or days with an interval, and its time to a threshold."""

from cc_common.analytics.forecasting.forecaster import (
    MAX_HORIZON,
    MIN_HORIZON,
    Forecast,
    Forecaster,
    ForecastPoint,
    TimeToThreshold,
)

__all__ = ["MAX_HORIZON", "MIN_HORIZON", "Forecast", "ForecastPoint", "Forecaster", "TimeToThreshold"]
