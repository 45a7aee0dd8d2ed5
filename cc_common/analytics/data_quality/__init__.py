"""Data quality: completeness, gaps, stuck sensors and readings past their limits, each with the rows behind it."""

from cc_common.analytics.data_quality.measures import (
    Gap,
    MachineQuality,
    MetricQuality,
    QualityReport,
    StuckRun,
    as_stored,
)
from cc_common.analytics.data_quality.report import Quality
from cc_common.analytics.stuck_sensors import StuckSensor

__all__ = ["Gap", "MachineQuality", "MetricQuality", "Quality", "QualityReport", "StuckRun", "StuckSensor", "as_stored"]
