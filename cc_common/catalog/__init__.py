"""The plant's catalogue: its types, metrics, machines, and their names."""

from cc_common.catalog.equipment import Equipment, EquipmentType, Kind, Metric
from cc_common.catalog.store import Catalog

__all__ = ["Catalog", "Equipment", "EquipmentType", "Kind", "Metric"]
