"""The pairs stage: writes a window's ratings as files that TRL trains on."""

from training.pairs.files import PAIRS, REPORT, UNPAIRED, export, read
from training.pairs.report import report
from training.pairs.rows import held_out
from training.pairs.stage import CAP, SEED, run

__all__ = ["CAP", "PAIRS", "REPORT", "SEED", "UNPAIRED", "export", "held_out", "read", "report", "run"]
