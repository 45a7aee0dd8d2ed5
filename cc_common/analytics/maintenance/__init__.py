"""Predictive maintenance: what machines lose, what wears, what is due and when; each figure with the rows behind it."""

from cc_common.analytics.maintenance.efficiency_loss import Price
from cc_common.analytics.maintenance.figures import MaintenanceFigures
from cc_common.analytics.maintenance.items import Item, ItemKind, ItemState, MachineMaintenance, PlantMaintenance

__all__ = ["Item", "ItemKind", "ItemState", "MachineMaintenance", "MaintenanceFigures", "PlantMaintenance", "Price"]
