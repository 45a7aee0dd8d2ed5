"""Reads and writes the plant's readings: latest, statistics, series, comparison, ranking, each with its evidence."""

from cc_common.timeseries.model import DEFAULT_STATISTIC, MEANINGFUL, LatestRow, Order, Point, Series
from cc_common.timeseries.series import STEPS
from cc_common.timeseries.timeseries import TimeSeries

__all__ = ["DEFAULT_STATISTIC", "MEANINGFUL", "STEPS", "LatestRow", "Order", "Point", "Series", "TimeSeries"]
