"""Tier 2: trains a LoRA adapter on the served model from a night's preferences."""

from training.tier2.examples import nothing_to_learn
from training.tier2.recipe import Recipe
from training.tier2.stage import run

__all__ = ["Recipe", "nothing_to_learn", "run"]
