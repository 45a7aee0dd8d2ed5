"""Forecaster: forecasts a machine's metric from its roll-ups and newest readings, with a 90 % interval."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

import numpy as np

from cc_common.analytics.forecasting.depletion import is_depleting
from cc_common.analytics.forecasting.forecast_methods import (
    HELD,
    MethodForecast,
    Steps,
    depletion_time,
    depletion_time_now,
    find_threshold_crossings,
    forecast_ahead,
    forecast_mean,
    share_by_step,
)
from cc_common.analytics.forecasting.history import (
    HOURLY,
    MIN_HISTORY,
    QUARTERLY,
    STEPS,
    ForecastStep,
    History,
    read_history,
)
from cc_common.analytics.forecasting.profiles import Flags, Floats
from cc_common.analytics.forecasting.spikes import possible_range
from cc_common.catalog.store import Catalog
from cc_common.core.errors import InvalidInput, NotFound
from cc_common.core.evidence import Evidence
from cc_common.core.windows import HOUR, ONE_DAY, Window
from cc_common.timeseries import TimeSeries


@dataclass(frozen=True, kw_only=True)
class ForecastPoint:
    """One step ahead: its start (UTC), the forecast value and the interval, low <= value <= high."""

    start: datetime
    value: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class Forecast:
    """A forecast of a metric: a gauge's mean, a counter's advance or a tally's sum in each step.

    `error` is the mean absolute error on the machine's newest day (or two), forecast without it, as a ratio to the
    error of repeating the previous day (below 1 is better); None where there is nothing to compare with.
    """

    equipment: str
    metric: str
    unit: str
    window: Window  # whole steps ahead, the first at or after the time of the request
    step: str  # ISO 8601 duration
    level: float  # nominal coverage of the interval
    points: tuple[ForecastPoint, ...]
    method: str
    trained_on: Evidence
    error: float | None
    caution: str  # the readings that were left out and why; empty if none


@dataclass(frozen=True, kw_only=True)
class TimeToThreshold:
    """When a metric will reach a threshold, times in UTC: `at` in half of the scenarios, `earliest` in 5 % and
    `latest` in 95 % of them; None where too few reach it before `horizon`. Of a counter its register is compared:
    where it is beyond the threshold, `passed` is set and all three are the time of the request.
    """

    equipment: str
    metric: str
    unit: str
    threshold: float
    value: float  # in the newest hour; of a counter its newest reading
    at: datetime | None
    earliest: datetime | None
    latest: datetime | None
    horizon: datetime  # the end of the search
    method: str
    trained_on: Evidence
    caution: str
    passed: bool = False


MIN_HORIZON: Final = HOUR
MAX_HORIZON: Final = 7 * ONE_DAY
FINE: Final = 6 * HOUR  # longest horizon of a forecast by PT15M
YEAR: Final = 365 * ONE_DAY  # search window for the depletion of a stock
_TESTED: Final = (1, 2)  # least and most newest days that `error` is measured on
_RATE_OF: Final = HOUR / 2  # window of a stock's current rate
_RATE_STEP: Final = HOUR / 12

Moments = tuple[datetime | None, datetime | None, datetime | None]  # at, earliest, latest


class Forecaster:
    """Forecasts of one plant. NotFound: unknown names, or too little history."""

    def __init__(self, readings: TimeSeries, catalog: Catalog) -> None:
        self._readings = readings
        self._catalog = catalog

    def forecast(
        self, equipment_id: str, metric: str, horizon: timedelta, *, now: datetime, step: str | None = None
    ) -> Forecast:
        """Forecasts the metric over `horizon` (1 h to 7 days) from `now`, by PT15M or PT1H (None: by horizon)."""
        chosen = _step(horizon, step)
        count = -(-horizon // chosen.width)
        history = self._history(
            equipment_id, metric, chosen, ahead=count, needed=max(MIN_HISTORY, horizon / 2), now=now
        )
        outlook = _outlook(history)
        return Forecast(
            equipment=history.machine.id,
            metric=history.metric.name,
            unit=history.metric.unit,
            window=Window(start=history.start, end=history.start + count * chosen.width),
            step=chosen.name,
            level=HELD,
            points=_points(history, outlook),
            method=outlook.method,
            trained_on=history.trained_on,
            error=_error(history),
            caution=history.caution,
        )

    def time_to(self, equipment_id: str, metric: str, threshold: float, *, now: datetime) -> TimeToThreshold:
        """Predicts when the metric's hourly mean or sum, or a counter's register, reaches the threshold from its side.

        Searches 7 days ahead; a year for a depleting stock, without refills: at the rate of the last half hour while it
        falls, else at that of past weeks.
        """
        if not np.isfinite(threshold):
            raise InvalidInput("A threshold is a number.")
        count = MAX_HORIZON // HOURLY.width
        history = self._history(equipment_id, metric, HOURLY, ahead=count, needed=MAX_HORIZON / 2, now=now)
        if history.metric.kind == "counter":
            return self._counted(history, threshold)
        if is_depleting(history.values, history.grid) and threshold < history.values[history.newest]:
            return self._emptied(history, threshold)
        return _reached(history, threshold)

    def _emptied(self, history: History, threshold: float) -> TimeToThreshold:
        """The time to a threshold of a stock above it."""
        window = Window(start=history.now - _RATE_OF, end=history.now)
        newest = self._readings.series(history.machine.id, history.metric.name, window, step="PT5M")
        levels = np.array([point.value for point in newest.points if point.value is not None])
        running = depletion_time_now(levels, threshold)
        if running is not None:
            moments = _moments(running, history.now, _RATE_STEP, YEAR)
            return _reach(history, threshold, moments, YEAR, "the rate of the last half hour")
        weeks = depletion_time(history.values, history.grid, threshold, YEAR)
        moments = _moments(weeks, history.start, HOURLY.width, YEAR)
        return _reach(history, threshold, moments, YEAR, "past weeks drawn again")

    def _counted(self, history: History, threshold: float) -> TimeToThreshold:
        """The time to a threshold of a counter, from its newest reading on by its forecast advances."""
        window = Window(start=history.now - 2 * ONE_DAY, end=history.now)
        newest = self._readings.figure(history.machine.id, history.metric.name, window, "last")
        if newest is None or newest.at is None:
            raise NotFound(f"{history.machine.name} has no {history.metric.label} of the last days.")
        outlook = _outlook(history)
        left, lead = threshold - newest.value, (history.start - newest.at) / HOURLY.width
        moments: Moments = (history.now, history.now, history.now)
        if left > 0:
            moments = _moments(share_by_step(outlook.courses, left, lead=lead), newest.at, HOURLY.width, MAX_HORIZON)
        reach = _reach(history, threshold, moments, MAX_HORIZON, outlook.method)
        return replace(reach, value=newest.value, passed=left <= 0)

    def _history(
        self, equipment_id: str, metric: str, step: ForecastStep, *, ahead: int, needed: timedelta, now: datetime
    ) -> History:
        machine, found = self._catalog.get(equipment_id), self._catalog.metric(equipment_id, metric)
        tz = self._catalog.tz
        return read_history(self._readings, tz, machine, found, step, ahead=ahead, needed=needed, now=now)


def _step(horizon: timedelta, name: str | None) -> ForecastStep:
    if not MIN_HORIZON <= horizon <= MAX_HORIZON:
        raise InvalidInput("A forecast looks ahead between 1 hour (PT1H) and 7 days (P7D).")
    if name is None:
        return QUARTERLY if horizon <= FINE else HOURLY
    step = next((s for s in STEPS if s.name == name), None)
    if step is None:
        raise InvalidInput(f"A forecast goes by {' or '.join(s.name for s in STEPS)}, not {name!r}.")
    return step


def _outlook(history: History) -> MethodForecast:
    """The forecast from that history, clipped to the metric's possible range."""
    return forecast_ahead(history.values, history.grid).within(*possible_range(history.metric, history.values))


def _points(history: History, outlook: MethodForecast) -> tuple[ForecastPoint, ...]:
    rows = zip(outlook.value.tolist(), outlook.low.tolist(), outlook.high.tolist(), strict=True)
    begin, width = history.start, history.step.width
    return tuple(
        ForecastPoint(start=begin + i * width, value=value, low=low, high=high)
        for i, (value, low, high) in enumerate(rows)
    )


def _reached(history: History, threshold: float) -> TimeToThreshold:
    """The time to the threshold from the scenarios of the forecast."""
    outlook = _outlook(history)
    found = find_threshold_crossings(outlook.courses, threshold, newest=float(history.values[history.newest]))
    moments = _moments(found, history.start, HOURLY.width, MAX_HORIZON)
    return _reach(history, threshold, moments, MAX_HORIZON, outlook.method)


def _moments(found: Steps, since: datetime, width: timedelta, horizon: timedelta) -> Moments:
    at, earliest, latest = (None if n is None or n * width > horizon else since + n * width for n in found)
    return at, earliest, latest


def _reach(history: History, threshold: float, moments: Moments, horizon: timedelta, method: str) -> TimeToThreshold:
    at, earliest, latest = moments
    return TimeToThreshold(
        equipment=history.machine.id,
        metric=history.metric.name,
        unit=history.metric.unit,
        threshold=threshold,
        value=float(history.values[history.newest]),
        at=at,
        earliest=earliest,
        latest=latest,
        horizon=history.start + horizon,
        method=method,
        trained_on=history.trained_on,
        caution=history.caution,
    )


def _error(history: History) -> float | None:
    """The backtest error on the newest days as a ratio to repeating the previous day; None if too short."""
    grid, values = history.grid, history.values
    fewest, most = (days * grid.per_day for days in _TESTED)
    held = min(max(grid.ahead, fewest), most)
    kept, tested = values[:-held], values[-held:]
    if grid.days - held / grid.per_day < MIN_HISTORY / ONE_DAY or not np.isfinite(kept).any():
        return None
    repeated = np.resize(kept[-grid.per_day :], held)
    here = np.isfinite(tested) & np.isfinite(repeated)
    naive = _off(repeated, tested, here)
    return _off(forecast_mean(kept, grid.before(held)), tested, here) / naive if naive > 0 else None


def _off(said: Floats, came: Floats, here: Flags) -> float:
    """The mean absolute error where both are known; 0 without any."""
    return float(np.abs(said - came)[here].mean()) if here.any() else 0.0
