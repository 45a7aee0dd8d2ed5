"""Checks of a running system, each one line: python -m cc_common.check timeseries|rag|rl|all [--json]."""

from cc_common.check.model import Check, Failed, Outcome, run
from cc_common.check.scene import Scene

__all__ = ["Check", "Failed", "Outcome", "Scene", "run"]
