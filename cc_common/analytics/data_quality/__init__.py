"""Data quality: completeness, gaps, stuck sensors and readings past their limits, each with the rows behind it."""

from cc_common.analytics.data_quality.measures import (
    Frozen,
    Gap,
    MachineQuality,
    MetricQuality,
    QualityReport,
    StuckRun,
    as_stored,
)
from cc_common.analytics.data_quality.report import Quality

__all__ = ["Frozen", "Gap", "MachineQuality", "MetricQuality", "Quality", "QualityReport", "StuckRun", "as_stored"]
