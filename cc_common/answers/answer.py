"""Parts of an answer: widgets, figures, sources, facts; and the registry of each intent's fetch and wording."""

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
    """A widget's data for the front end. Figures in `data` are indices into the answer's figures (`value_index`)."""

    type: WidgetType
    title: str
    equipment: tuple[str, ...]
    metrics: tuple[str, ...]
    data: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Answer:
    """`text` to read, `spoken` to speak; every number in both is one of `figures`."""

    text: str
    spoken: str
    figures: tuple[Figure, ...]
    widgets: tuple[Widget, ...]


@dataclass
class Ledger:
    """The answer's figures in order of first use, without duplicates."""

    figures: list[Figure] = field(default_factory=list)

    def place(self, figure: Figure) -> int:
        """The figure's index; adds a new figure."""
        if figure not in self.figures:
            self.figures.append(figure)
        return self.figures.index(figure)


@dataclass(frozen=True, kw_only=True)
class Sources:
    """The plant's readings, their analytics, and the alerts (in the application's database)."""

    readings: TimeSeries
    catalog: Catalog
    anomalies: AnomalyDetector
    forecaster: Forecaster
    app: Database
    maintenance: MaintenanceFigures | None = None  # None: summaries omit due maintenance
    machines: ExpectedBehaviour | None = None  # None: curves have no band of expected values


@dataclass(frozen=True, kw_only=True)
class Facts:
    """The result of a fetch: figures, the first to mention in front, and the finding that they belong to.

    `note`: why there is no result.
    """

    figures: tuple[Figure, ...] = ()
    anomalies: tuple[Anomaly, ...] | None = None
    alerts: AlertPage | None = None
    forecast: Forecast | None = None
    reach: TimeToThreshold | None = None
    crossing: TimeToThreshold | None = None  # for a window that begins later: when the level is reached within it
    stands: Figure | None = None  # the newest reading, when it is beyond the level already
    each: tuple[Facts, ...] = ()  # for forecasts of several machines: the facts of each
    upkeep: tuple[Item, ...] = ()  # for a summary: maintenance due first, and energy losses
    drifts: tuple[Drift, ...] = ()  # for a summary: drifts that the machines' models do not explain
    since: datetime | None = None  # the first reading, where the window begins well before it
    note: str | None = None

    @property
    def machines(self) -> frozenset[str]:
        """Ids of the machines of anomalies and alerts."""
        alerting = {alert.equipment for alert in self.alerts.items} if self.alerts else set()
        return frozenset({anomaly.equipment for anomaly in self.anomalies or ()} | alerting) - {PLANT}


class Fetch(Protocol):
    """Fetches what a plan asks for."""

    def __call__(self, plan: Plan, sources: Sources, *, now: datetime) -> Facts: ...


class Wording(Protocol):
    """Formulates the facts, to read or to speak."""

    def __call__(self, plan: Plan, facts: Facts, catalog: Catalog, now: datetime, *, spoken: bool) -> str: ...


class PhraseMaker(Protocol):
    """Phrases of the text that contain digits and are no figures, for the number check."""

    def __call__(self, plan: Plan, facts: Facts, catalog: Catalog, now: datetime) -> Iterator[str]: ...


def no_phrases(plan: Plan, facts: Facts, catalog: Catalog, now: datetime) -> Iterator[str]:
    """The default: only labels, units, times of figures, and the window, which every answer has."""
    return iter(())


@dataclass(frozen=True, kw_only=True)
class IntentAnswer:
    """The functions that answer one intent."""

    fetch: Fetch
    text: Wording
    phrases: PhraseMaker = no_phrases


_ANSWERS: Final[dict[str, IntentAnswer]] = {}


def register_answer(intent: str, *, fetch: Fetch, text: Wording, phrases: PhraseMaker = no_phrases) -> None:
    """Registers how an intent is answered; InvalidInput for an intent that is unknown or registered already."""
    if intent not in INTENTS:
        raise InvalidInput(f"There is no intent {intent!r}: register it in cc_common/planning/intents first.")
    if intent in _ANSWERS:
        raise InvalidInput(f"How {intent!r} is answered is registered already.")
    _ANSWERS[intent] = IntentAnswer(fetch=fetch, text=text, phrases=phrases)


@contextmanager
def registered_answer(intent: str, *, fetch: Fetch, text: Wording) -> Iterator[None]:
    """Registers an answer within a `with` block; for tests and trials."""
    register_answer(intent, fetch=fetch, text=text)
    try:
        yield
    finally:
        del _ANSWERS[intent]


def answer_to(intent: str) -> IntentAnswer:
    """The functions that answer an intent; InvalidInput where none are registered."""
    try:
        return _ANSWERS[intent]
    except KeyError:
        raise InvalidInput(
            f"Nothing answers the intent {intent!r}: add it to cc_common/answers/composition.py."
        ) from None
