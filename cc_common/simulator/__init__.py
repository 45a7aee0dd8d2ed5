"""The simulated plant, its history and its live feed."""

from cc_common.simulator.plant import PLANT

__all__ = ["PLANT"]
