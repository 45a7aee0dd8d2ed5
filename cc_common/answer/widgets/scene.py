"""What a widget may draw on, and how figures and curves are written into one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from cc_common.answer.model import Ledger
from cc_common.answer.sources import Facts, Sources
from cc_common.catalog.store import Catalog
from cc_common.errors import InvalidInput
from cc_common.evidence import Evidence, Figure
from cc_common.plan.model import Plan
from cc_common.timeseries import Series, TimeSeries
from cc_common.window import Window, iso

MOST_CURVES: Final = 5


@dataclass(frozen=True)
class Scene:
    """What a widget may draw on. `window` has readings: the plan's, or the time before now."""

    plan: Plan
    facts: Facts
    ledger: Ledger
    sources: Sources
    window: Window
    now: datetime

    @property
    def figures(self) -> tuple[Figure, ...]:
        """The answer's figures."""
        return self.facts.figures

    @property
    def readings(self) -> TimeSeries:
        """The plant's readings."""
        return self.sources.readings

    @property
    def catalog(self) -> Catalog:
        """What the plant has."""
        return self.sources.catalog

    @property
    def subjects(self) -> list[tuple[str, str]]:
        """(equipment, metric) pairs of the answer, in order of first mention."""
        named = [(e, m) for e in self.plan.equipment for m in self.plan.metrics]
        return list(dict.fromkeys((f.equipment, f.metric) for f in self.figures)) or named


def items(figures: Sequence[Figure], scene: Scene) -> list[dict[str, Any]]:
    """The figures by their place in the answer."""
    return [
        {
            "value_index": scene.ledger.place(f),
            "equipment": f.equipment,
            "name": scene.catalog.get(f.equipment).name,
            "metric": f.metric,
            "label": scene.catalog.metric(f.equipment, f.metric).label,
            "statistic": f.statistic,
            "value": f.value,
            "unit": f.unit,
        }
        for f in figures
    ]


def curve(equipment: str, metric: str, scene: Scene) -> dict[str, Any]:
    """One curve of the scene's window with the rows it was made from."""
    series = _series(equipment, metric, scene)
    return {
        "equipment": equipment,
        "name": scene.catalog.get(equipment).name,
        "metric": metric,
        "label": scene.catalog.metric(equipment, metric).label,
        "unit": series.unit,
        "step": series.step,
        "aggregation": series.aggregation,
        "points": _points(series),
        "source": source(series.evidence),
    }


def _series(equipment: str, metric: str, scene: Scene) -> Series:
    """By the step asked for; where that step is unknown or too fine for the window, by the one that suits it."""
    try:
        return scene.readings.series(equipment, metric, scene.window, step=scene.plan.step)
    except InvalidInput:
        return scene.readings.series(equipment, metric, scene.window)


def _points(series: Series) -> list[list[Any]]:
    """[[bucket start, value or null], ...]; a null is a gap to be shown as one."""
    return [[iso(point.start), point.value] for point in series.points]


def source(evidence: Evidence) -> dict[str, Any]:
    """Evidence as JSON holds it."""
    found = asdict(evidence)
    return {**found, **{k: iso(found[k]) for k in ("start", "end") if found[k]}}


def bounds(window: Window) -> dict[str, str]:
    """A window's two ends."""
    return {"start": iso(window.start), "end": iso(window.end)}
