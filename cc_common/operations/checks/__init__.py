"""Checks of a running system, each one line: python -m cc_common check timeseries|rag|rl|all [--json]."""

from cc_common.operations.checks.subject import Check, Failed, Outcome, Subject, run

__all__ = ["Check", "Failed", "Outcome", "Subject", "run"]
