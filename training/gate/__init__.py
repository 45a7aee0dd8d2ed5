"""The gate: compares a candidate with the served model on questions and ratings that neither was trained on."""

from training.gate.model_comparison import compare
from training.gate.stage import run
from training.gate.verdict import GateCheck, Paired, Verdict

__all__ = ["GateCheck", "Paired", "Verdict", "compare", "run"]
