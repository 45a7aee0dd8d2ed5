"""Anomalies: what is normal for each machine is learned from its history; where it leaves that is told, with rows."""

from cc_common.anomalies.access import Anomalies
from cc_common.anomalies.fitting import fit
from cc_common.anomalies.model import Anomaly, AnomalyKind, ExpectedPoint

__all__ = ["Anomalies", "Anomaly", "AnomalyKind", "ExpectedPoint", "fit"]
