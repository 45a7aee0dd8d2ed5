"""Predictive maintenance: energy losses, wear and due dates, each figure with its rows."""

from cc_common.analytics.maintenance.efficiency_loss import Price
from cc_common.analytics.maintenance.figures import MaintenanceFigures
from cc_common.analytics.maintenance.items import Item, ItemKind, ItemState, MachineMaintenance, PlantMaintenance

__all__ = ["Item", "ItemKind", "ItemState", "MachineMaintenance", "MaintenanceFigures", "PlantMaintenance", "Price"]
