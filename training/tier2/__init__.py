"""Tier 2: a night's preferences become a LoRA adapter on the served model."""

from training.tier2.examples import nothing_to_learn
from training.tier2.recipe import Recipe
from training.tier2.stage import run

__all__ = ["Recipe", "nothing_to_learn", "run"]
