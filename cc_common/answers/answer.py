"""An answer's parts: widgets, the ledger of its figures, the sources they come from, and the facts found there."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cc_common.alerts import PLANT, AlertPage
from cc_common.analytics.anomalies import Anomalies, Anomaly
from cc_common.analytics.expected_behaviour import Drift, Machines
from cc_common.analytics.forecasting import Forecast, Forecaster, Reach
from cc_common.analytics.maintenance import Item, Maintenance
from cc_common.catalog.store import Catalog
from cc_common.core.evidence import Figure
from cc_common.db import Database
from cc_common.planning.plan import WidgetType
from cc_common.timeseries import TimeSeries


@dataclass(frozen=True, kw_only=True)
class Widget:
    """What a front end draws. Figures in `data` are indices into the answer's figures (`value_index`)."""

    type: WidgetType
    title: str
    equipment: tuple[str, ...]
    metrics: tuple[str, ...]
    data: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Answer:
    """`text` to read, `spoken` to say; every number in both is one of `figures`."""

    text: str
    spoken: str
    figures: tuple[Figure, ...]
    widgets: tuple[Widget, ...]


@dataclass
class Ledger:
    """The answer's figures in order of first use; the same figure keeps one place."""

    figures: list[Figure] = field(default_factory=list)

    def place(self, figure: Figure) -> int:
        """The figure's index, entering it when it is new."""
        if figure not in self.figures:
            self.figures.append(figure)
        return self.figures.index(figure)


@dataclass(frozen=True, kw_only=True)
class Sources:
    """The plant's readings, what watches over them, and the alerts (in the app's database)."""

    readings: TimeSeries
    catalog: Catalog
    anomalies: Anomalies
    forecaster: Forecaster
    app: Database
    maintenance: Maintenance | None = None  # None: summaries say nothing of what is due
    machines: Machines | None = None  # None: curves show no band of what was expected


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What was found: figures, the one to say first in front, and the finding that they belong to.

    `note` is said where nothing could be found, and why.
    """

    figures: tuple[Figure, ...] = ()
    anomalies: tuple[Anomaly, ...] | None = None
    alerts: AlertPage | None = None
    forecast: Forecast | None = None
    reach: Reach | None = None
    crossing: Reach | None = None  # of a window that begins later: when the level is reached within it
    stands: Figure | None = None  # the newest reading, beyond the level asked about already
    each: tuple[Facts, ...] = ()  # of several machines' forecasts: each one's own
    upkeep: tuple[Item, ...] = ()  # of a summary: what is due first, and what loses energy
    drifts: tuple[Drift, ...] = ()  # of a summary's machines: what their models do not explain
    since: datetime | None = None  # when readings begin, where the window asked for begins well before
    note: str | None = None

    @property
    def machines(self) -> frozenset[str]:
        """Ids of the machines that anomalies and alerts are about."""
        alerting = {alert.equipment for alert in self.alerts.items} if self.alerts else set()
        return frozenset({anomaly.equipment for anomaly in self.anomalies or ()} | alerting) - {PLANT}
