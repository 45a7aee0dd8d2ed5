"""The tier1 stage: retrains the ranker on all ratings and compares it with the online one."""

from training.tier1.batch_ranker import RankerRecipe, learn
from training.tier1.stage import run

__all__ = ["RankerRecipe", "learn", "run"]
