"""Anomaly detection: learns each machine's normal behaviour from its history and reports deviations with their rows."""

from cc_common.analytics.anomalies.detector import AnomalyDetector
from cc_common.analytics.anomalies.fitting import fit_plant_baselines
from cc_common.analytics.anomalies.spans import Anomaly, AnomalyKind, ExpectedPoint

__all__ = ["Anomaly", "AnomalyDetector", "AnomalyKind", "ExpectedPoint", "fit_plant_baselines"]
