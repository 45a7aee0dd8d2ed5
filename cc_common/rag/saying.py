"""How contexts say figures, times and windows: one form each, so that the number check can read them back.

Times are the plant's, to the minute: 2026-03-04 15:00.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from cc_common.answer import wording
from cc_common.catalog.equipment import Metric
from cc_common.catalog.store import Catalog
from cc_common.evidence import Figure, Statistic
from cc_common.window import Window

_WORDS: Final = {
    "avg": "average {}",
    "min": "lowest {}",
    "max": "highest {}",
    "sum": "total {}",
    "delta": "total {}",
    "count": "from {} readings",
    "last": "{}",
    "forecast": "expected {}",
}
MIDDLE: Final[tuple[Statistic, ...]] = ("avg", "delta", "sum")


@dataclass(frozen=True)
class Voice:
    """Says things about one plant."""

    catalog: Catalog

    def amount(self, figure: Figure) -> str:
        """ "94.7 kW"."""
        return wording.quantity(figure, self.catalog, spoken=False)

    def figures(self, figures: Sequence[Figure]) -> str:
        """ "average 90.1 kW, lowest 0.0 kW, highest 130.2 kW, from 1,440 readings"."""
        return ", ".join(_WORDS[f.statistic].format(self.amount(f)) for f in figures)

    def label(self, figure: Figure) -> str:
        """What was measured: "power consumption"."""
        return self.catalog.metric(figure.equipment, figure.metric).label

    def name(self, equipment_id: str) -> str:
        """ "Chiller 1"; of what is no machine, the id."""
        known = next((m for m in self.catalog.equipment if m.id == equipment_id), None)
        return known.name if known else equipment_id

    def time(self, moment: datetime) -> str:
        """ "2026-03-04 15:00"."""
        return f"{moment.astimezone(ZoneInfo(self.catalog.tz)):%Y-%m-%d %H:%M}"

    def span(self, window: Window) -> str:
        """ "from 2026-03-03 15:00 to 2026-03-04 15:00"."""
        return f"from {self.time(window.start)} to {self.time(window.end)}"

    def past_limit(self, figure: Figure) -> str:
        """ "past its limit of 4.5 mm/s" where the value lies beyond one, else ""."""
        metric = self.catalog.metric(figure.equipment, figure.metric)
        beyond = [
            limit
            for limit, over in ((metric.high, 1), (metric.low, -1))
            if limit is not None and over * figure.value > over * limit
        ]
        return f"past its {limit_of(metric, beyond[0])}" if beyond else ""


def limit_of(metric: Metric, limit: float) -> str:
    """ "limit of 4.5 mm/s", as the catalogue has it."""
    return f"limit of {limit:,.6g} {metric.unit}".rstrip()


def wordy(text: str) -> str:
    """Somebody's words in one line; "" where they hold digits, for whose figures nobody vouches."""
    return "" if any(c.isdigit() for c in text) else " ".join(text.replace("_", " ").split())


def listed(names: Sequence[str]) -> str:
    """ "a, b and c"."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
