"""What the models of machines do not explain, in a sentence each, with both figures and the likely cause."""

from __future__ import annotations

from cc_common.answer.wording.quantities import quantity
from cc_common.catalog.store import Catalog
from cc_common.machines import Drift


def unexplained(drifts: tuple[Drift, ...], catalog: Catalog, *, spoken: bool) -> str:
    """ "Transformer 1 oil temperature averages 68.1 °C lately where 56.0 °C was expected: fouling ... likely." """
    return " ".join(f"{clause(drift, catalog, spoken=spoken)}." for drift in drifts)


def clause(drift: Drift, catalog: Catalog, *, spoken: bool) -> str:
    """The same without the full stop."""
    read, expected = (quantity(figure, catalog, spoken=spoken) for figure in drift.figures)
    name, label = catalog.get(drift.equipment).name, catalog.metric(drift.equipment, drift.metric).label
    cause = f": {drift.cause}" if drift.cause else ""
    return f"{name} {label} averages {read} lately where {expected} was expected{cause}"
