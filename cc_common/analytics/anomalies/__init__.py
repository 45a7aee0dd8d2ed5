"""Anomalies: what is normal for each machine is learned from its history; where it leaves that is told, with rows."""

from cc_common.analytics.anomalies.detector import Anomalies
from cc_common.analytics.anomalies.fitting import fit
from cc_common.analytics.anomalies.spans import Anomaly, AnomalyKind, ExpectedPoint

__all__ = ["Anomalies", "Anomaly", "AnomalyKind", "ExpectedPoint", "fit"]
