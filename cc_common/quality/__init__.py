"""Data quality: completeness, gaps, stuck sensors and readings past their limits, each with the rows behind it."""

from cc_common.quality.access import Quality
from cc_common.quality.model import Frozen, Gap, MachineQuality, MetricQuality, QualityReport, StuckRun, as_stored

__all__ = [
    "Frozen",
    "Gap",
    "MachineQuality",
    "MetricQuality",
    "Quality",
    "QualityReport",
    "StuckRun",
    "as_stored",
]
