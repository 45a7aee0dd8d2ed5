"""Anomalies: what is normal for each machine is learned from its history; where it leaves that is told, with rows."""

from cc_common.analytics.anomalies.detector import AnomalyDetector
from cc_common.analytics.anomalies.fitting import fit
from cc_common.analytics.anomalies.spans import Anomaly, AnomalyKind, ExpectedPoint

__all__ = ["Anomaly", "AnomalyDetector", "AnomalyKind", "ExpectedPoint", "fit"]
