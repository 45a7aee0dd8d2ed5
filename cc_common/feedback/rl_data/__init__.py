"""Data for reinforcement learning as pandas DataFrames, seeded: the same seed over the same rows is the same data.

python -m cc_common rl-data sample|trajectories|pairs|batches|statistics
"""

from cc_common.feedback.rl_data.providers import RlData
from cc_common.feedback.rl_data.sequences import Truth
from cc_common.feedback.rl_data.states import state_features

__all__ = ["RlData", "Truth", "state_features"]
