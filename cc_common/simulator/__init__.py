"""The simulated plant, its history and its live feed: python -m cc_common simulator history|feed."""

from cc_common.simulator.history import fill_history, history_missing
from cc_common.simulator.plant import PLANT, plant_in

__all__ = ["PLANT", "fill_history", "history_missing", "plant_in"]
