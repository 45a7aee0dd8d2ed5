"""An answer's parts: widgets, figures, sources, facts; and the registry of each intent's fetch and wording."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Protocol

from cc_common.alerts import PLANT, AlertPage
from cc_common.analytics.anomalies import Anomaly, AnomalyDetector
from cc_common.analytics.expected_behaviour import Drift, ExpectedBehaviour
from cc_common.analytics.forecasting import Forecast, Forecaster, TimeToThreshold
from cc_common.analytics.maintenance import Item, MaintenanceFigures
from cc_common.catalog.store import Catalog
from cc_common.core.errors import InvalidInput
from cc_common.core.evidence import Figure
from cc_common.db import Database
from cc_common.planning import INTENTS
from cc_common.planning.plan import Plan, WidgetType
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
    anomalies: AnomalyDetector
    forecaster: Forecaster
    app: Database
    maintenance: MaintenanceFigures | None = None  # None: summaries say nothing of what is due
    machines: ExpectedBehaviour | None = None  # None: curves show no band of what was expected


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What was found: figures, the one to say first in front, and the finding that they belong to.

    `note` is said where nothing could be found, and why.
    """

    figures: tuple[Figure, ...] = ()
    anomalies: tuple[Anomaly, ...] | None = None
    alerts: AlertPage | None = None
    forecast: Forecast | None = None
    reach: TimeToThreshold | None = None
    crossing: TimeToThreshold | None = None  # of a window that begins later: when the level is reached within it
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


class Fetch(Protocol):
    """Fetches what a plan asks for."""

    def __call__(self, plan: Plan, sources: Sources, *, now: datetime) -> Facts: ...


class Wording(Protocol):
    """Words what was found, to read or to say."""

    def __call__(self, plan: Plan, facts: Facts, catalog: Catalog, now: datetime, *, spoken: bool) -> str: ...


class PhraseMaker(Protocol):
    """Words of the text that hold digits without being figures, for the number check."""

    def __call__(self, plan: Plan, facts: Facts, catalog: Catalog, now: datetime) -> Iterator[str]: ...


def no_phrases(plan: Plan, facts: Facts, catalog: Catalog, now: datetime) -> Iterator[str]:
    """None beyond those that every answer has: labels, units, times of figures, the window."""
    return iter(())


@dataclass(frozen=True, kw_only=True)
class IntentAnswer:
    """How one intent is answered."""

    fetch: Fetch
    text: Wording
    phrases: PhraseMaker = no_phrases


_ANSWERS: Final[dict[str, IntentAnswer]] = {}


def register_answer(intent: str, *, fetch: Fetch, text: Wording, phrases: PhraseMaker = no_phrases) -> None:
    """Says how a registered intent is answered; InvalidInput where that is said already or no such intent is there."""
    if intent not in INTENTS:
        raise InvalidInput(f"There is no intent {intent!r}: register it in cc_common/planning/intents first.")
    if intent in _ANSWERS:
        raise InvalidInput(f"How {intent!r} is answered is registered already.")
    _ANSWERS[intent] = IntentAnswer(fetch=fetch, text=text, phrases=phrases)


@contextmanager
def registered_answer(intent: str, *, fetch: Fetch, text: Wording) -> Iterator[None]:
    """The same for the length of a `with` block; for tests and trials."""
    register_answer(intent, fetch=fetch, text=text)
    try:
        yield
    finally:
        del _ANSWERS[intent]


def answer_to(intent: str) -> IntentAnswer:
    """How an intent is answered; InvalidInput where nobody has registered that."""
    try:
        return _ANSWERS[intent]
    except KeyError:
        raise InvalidInput(
            f"Nothing answers the intent {intent!r}: add it to cc_common/answers/composition.py."
        ) from None
