"""The catalogue: every type, metric and machine of the plant, with lookups that name the nearest when nothing fits."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from difflib import get_close_matches
from functools import cached_property
from hashlib import sha256

from cc_common.catalog.equipment import Equipment, EquipmentType, Metric
from cc_common.errors import NotFound


@dataclass(frozen=True, kw_only=True)
class Catalog:
    """What the plant has. `tz`: the IANA zone its days are cut in; types and equipment in the plant's own order."""

    plant_name: str
    tz: str
    types: tuple[EquipmentType, ...]
    equipment: tuple[Equipment, ...]

    @cached_property
    def version(self) -> str:
        """First 16 hex digits of the SHA-256 over all content: another plant, another version."""
        return sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()[:16]

    def get(self, equipment_id: str) -> Equipment:
        """The machine with that id; NotFound names the nearest ids."""
        try:
            return self._equipment[equipment_id]
        except KeyError:
            raise NotFound(f"No equipment {equipment_id!r}.{_nearest(equipment_id, self._equipment)}") from None

    def type(self, name: str) -> EquipmentType:
        """The type with that name; NotFound names all of them."""
        try:
            return self._types[name]
        except KeyError:
            raise NotFound(f"No equipment type {name!r}; there are {', '.join(self._types)}.") from None

    def type_of(self, equipment_id: str) -> EquipmentType:
        """The type of that machine."""
        return self.type(self.get(equipment_id).type)

    def metric(self, equipment_id: str, name: str) -> Metric:
        """A metric of that machine; NotFound names those it has."""
        kind = self.type_of(equipment_id)
        if found := kind.metric(name):
            return found
        raise NotFound(f"{equipment_id} has no metric {name!r}; it has {', '.join(m.name for m in kind.metrics)}.")

    def of_type(self, name: str) -> tuple[Equipment, ...]:
        """All machines of a type, in number order."""
        return tuple(e for e in self.equipment if e.type == self.type(name).name)

    @cached_property
    def _equipment(self) -> dict[str, Equipment]:
        return {e.id: e for e in self.equipment}

    @cached_property
    def _types(self) -> dict[str, EquipmentType]:
        return {t.name: t for t in self.types}


def _nearest(name: str, known: dict[str, Equipment]) -> str:
    near = get_close_matches(name, known, n=3, cutoff=0.6)
    return f" Did you mean {', '.join(near)}?" if near else ""
