"""The tier1 stage: the ranker learned anew from every rating, compared with the one that learned online."""

from training.tier1.batch_ranker import RankerRecipe, learn
from training.tier1.stage import run

__all__ = ["RankerRecipe", "learn", "run"]
