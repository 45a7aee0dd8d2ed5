"""The plant's catalogue: what it has, and what things are called."""

from cc_common.catalog.equipment import Equipment, EquipmentType, Kind, Metric
from cc_common.catalog.store import Catalog

__all__ = ["Catalog", "Equipment", "EquipmentType", "Kind", "Metric"]
