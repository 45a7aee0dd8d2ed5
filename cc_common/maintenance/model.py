"""What maintenance hands out: items of machines, and the plant's by what is most urgent."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Literal

from cc_common.evidence import Evidence, Figure

ItemKind = Literal["efficiency_loss", "bearing_wear", "filter_change", "fuel"]
ItemState = Literal["due", "soon", "loss", "ok", "off", "unknown"]

URGENCY: Final[tuple[ItemState, ...]] = ("due", "soon", "loss", "ok", "off", "unknown")
PRESSING: Final = frozenset[ItemState](["due", "soon", "loss"])  # what is worth telling unasked
DUE, SOON = timedelta(days=7), timedelta(days=30)


@dataclass(frozen=True, kw_only=True)
class Item:
    """One figure of one machine, as of its window's end; times in UTC.

    efficiency_loss: `value` kWh lost in the window, within [low, high] at 90 %, and what they cost. All others: `value`
    now, and when it reaches `limit`: `at`, between `earliest` and `latest` at 90 % (None: not within `horizon`).
    `error`: how far the method errs, in `error_unit`. state off: the machine did not run; unknown: see `why`.
    """

    equipment: str
    kind: ItemKind
    metric: str
    state: ItemState
    message: str
    why: str = ""  # there is nothing to tell; part of `message`
    value: float | None = None
    low: float | None = None
    high: float | None = None
    unit: str = ""
    limit: float | None = None
    at: datetime | None = None
    earliest: datetime | None = None
    latest: datetime | None = None
    horizon: datetime | None = None
    cost: float | None = None
    currency: str = ""
    method: str = ""
    error: float | None = None
    error_unit: str = ""
    evidence: Evidence | None = None  # of value: the rows it was worked out from

    @property
    def presses(self) -> bool:
        """Whether it is worth telling unasked."""
        return self.state in PRESSING

    @property
    def figures(self) -> tuple[Figure, ...]:
        """The value, and what it costs; made from the rows, as a forecast is. None where there are no rows."""
        if self.value is None or self.evidence is None or self.evidence.rows < 1:
            return ()
        value = Figure(
            equipment=self.equipment,
            metric=self.metric,
            statistic="forecast",
            value=self.value,
            unit=self.unit,
            start=self.evidence.start,
            end=self.evidence.end,
            evidence=replace(self.evidence, statistic="forecast"),
        )
        return (value,) if self.cost is None else (value, replace(value, value=self.cost, unit=self.currency))

    @property
    def rank(self) -> tuple[int, float, float, str]:
        """What is most urgent first, then what comes first, then what costs most."""
        comes = self.at.timestamp() if self.at else float("inf")
        return URGENCY.index(self.state), comes, -(self.cost or 0.0), self.equipment


def state_before(at: datetime | None, now: datetime) -> ItemState:
    """How pressing a limit is that is reached then; None: it is not in sight."""
    if at is None or at - now > SOON:
        return "ok"
    return "due" if at - now <= DUE else "soon"


@dataclass(frozen=True, kw_only=True)
class MachineMaintenance:
    """A machine's items, the most urgent first; none where its type has nothing that can be told."""

    equipment: str
    as_of: datetime
    items: tuple[Item, ...]


@dataclass(frozen=True, kw_only=True)
class PlantMaintenance:
    """All machines' items, the most urgent first. The totals are of losses that stand clear of the method's error."""

    as_of: datetime
    items: tuple[Item, ...]
    loss_kwh: float
    cost: float
    currency: str
