"""Data quality: completeness, gaps, stuck sensors and readings outside their limits, each with its rows."""

from cc_common.analytics.anomalies.stuck_sensors import StuckSensor
from cc_common.analytics.data_quality.measures import (
    Gap,
    MachineQuality,
    MetricQuality,
    QualityReport,
    StuckRun,
    as_stored,
)
from cc_common.analytics.data_quality.report import DataQuality

__all__ = [
    "DataQuality",
    "Gap",
    "MachineQuality",
    "MetricQuality",
    "QualityReport",
    "StuckRun",
    "StuckSensor",
    "as_stored",
]
