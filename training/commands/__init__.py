"""The command lines of training, by what they are about."""

from training.commands.model import add_model
from training.commands.night import add_night
from training.commands.ratings import add_pairs, add_tier1
from training.commands.upkeep import add_upkeep

__all__ = ["add_model", "add_night", "add_pairs", "add_tier1", "add_upkeep"]
