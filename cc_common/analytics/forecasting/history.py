"""The history of one metric for a forecast: by steps of the plant's clock, without faulty readings."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np

from cc_common.analytics.anomalies.stuck_sensors import find_stuck_tail
from cc_common.analytics.forecasting.depletion import is_depleting
from cc_common.analytics.forecasting.profiles import Flags, Floats, Grid, daily_medians
from cc_common.analytics.forecasting.spikes import find_spikes
from cc_common.catalog.equipment import Equipment, Metric
from cc_common.core.errors import InvalidInput, NotFound
from cc_common.core.evidence import Evidence, Statistic
from cc_common.core.windows import HOUR, ONE_DAY, PlantClock, Window, iso
from cc_common.timeseries import DEFAULT_STATISTIC, Series, TimeSeries
from cc_common.timeseries.rows import DAY_US, MINUTE, clock_micros

MIN_HISTORY: Final = timedelta(days=2)
FRESH: Final = timedelta(days=1)  # largest age of the newest reading
MIN_ROWS: Final = 0.25  # least share of minutes in the current, incomplete step
SHIFT: Final = 3.0  # least distance of a level shift, in usual day-to-day changes
_DAYS_AROUND: Final = (3, 2)  # least days before and after a level shift

# A running counter is read as its maximum per step: its use is the difference, exact over gaps.
_READ_AS: Final[dict[str, Statistic]] = {"gauge": "avg", "tally": "sum", "counter": "max"}


@dataclass(frozen=True, kw_only=True, eq=False)
class ForecastStep:
    """A step width of forecasts, and the length of history they are made from."""

    name: str
    width: timedelta
    past: timedelta


HOURLY: Final = ForecastStep(name="PT1H", width=HOUR, past=84 * ONE_DAY)
QUARTERLY: Final = ForecastStep(name="PT15M", width=HOUR / 4, past=21 * ONE_DAY)
STEPS: Final = (QUARTERLY, HOURLY)


@dataclass(frozen=True, kw_only=True, eq=False)
class History:
    """`values` of the steps before `start`, NaN where unknown; the grid extends over the steps ahead."""

    machine: Equipment
    metric: Metric
    step: ForecastStep
    now: datetime
    start: datetime  # start of the first step ahead, UTC
    values: Floats
    rows: Floats  # number of readings per step
    grid: Grid
    caution: str = ""

    @property
    def trained_on(self) -> Evidence:
        """The readings that the forecast is made from."""
        end = self.newest + 1
        return Evidence(
            table=self.machine.id,
            column=self.metric.name,
            statistic=DEFAULT_STATISTIC[self.metric.kind],
            start=self.step_time(0),
            end=min(self.step_time(end), self.now),
            rows=int(self.rows[:end].sum()),
        )

    @property
    def newest(self) -> int:
        """The index of the last step with a value."""
        return int(np.flatnonzero(np.isfinite(self.values))[-1])

    def since(self, place: int, caution: str = "") -> History:
        """The history from that step on."""
        values, rows, grid = self.values[place:], self.rows[place:], self.grid.since(place)
        return replace(self, values=values, rows=rows, grid=grid, caution=self._told(caution))

    def without(self, left: Flags, caution: str) -> History:
        """The history with the values of those steps removed."""
        return replace(self, values=np.where(left, np.nan, self.values), caution=self._told(caution))

    def step_time(self, place: int) -> datetime:
        """The start of a step; the first step ahead has the index len(values)."""
        return self.start + self.step.width * (place - len(self.values))

    def _told(self, caution: str) -> str:
        return " ".join(filter(None, (self.caution, caution)))


def read_history(
    readings: TimeSeries,
    tz: str,
    machine: Equipment,
    metric: Metric,
    step: ForecastStep,
    *,
    ahead: int,
    needed: timedelta,
    now: datetime,
) -> History:
    """Reads the history before `now`, with `ahead` steps to come; NotFound when it is shorter than `needed`."""
    if now.tzinfo is None:
        raise InvalidInput("A time without a time zone is refused.")
    clock = PlantClock(tz)
    running = clock.floor(now, step.width).astimezone(UTC)
    start = running if running == now else running + step.width
    asked = Window(start=start - step.past, end=now)
    series = readings.series(machine.id, metric.name, asked, step=step.name, aggregation=_READ_AS[metric.kind])
    values, rows = _values(series, metric, step)
    grid = _grid(asked.start, step, len(values), ahead, tz)
    read = History(
        machine=machine, metric=metric, step=step, now=asked.end, start=start, values=values, rows=rows, grid=grid
    )
    return _checked(_cleaned(_begun(read, needed)), needed)


def _values(series: Series, metric: Metric, step: ForecastStep) -> tuple[Floats, Floats]:
    rows = np.array([point.rows for point in series.points], float)
    values = np.array([np.nan if point.value is None else point.value for point in series.points])
    full = step.width / MINUTE
    values[-1] = values[-1] if rows[-1] >= MIN_ROWS * full else np.nan
    if metric.kind == "tally":
        values *= np.divide(full, rows, out=np.zeros_like(rows), where=rows > 0)
    return (_use(values, rows, full) if metric.kind == "counter" else values), rows


def _use(register: Floats, rows: Floats, full: float) -> Floats:
    """A counter's use in each step; NaN where it is unknown or the counter was reset."""
    use = np.full(len(register), np.nan)
    known = np.flatnonzero(np.isfinite(register))
    use[known[1:]] = np.diff(register[known]) / np.diff(known)
    use[-1] *= full / max(rows[-1], 1.0)
    return np.where(use < 0, np.nan, use)


def _grid(start: datetime, step: ForecastStep, known: int, ahead: int, tz: str) -> Grid:
    width = step.width // timedelta(microseconds=1)
    ts = int(start.timestamp()) * 1_000_000 + width * np.arange(known + ahead, dtype=np.int64)
    local = clock_micros(ts, tz)
    return Grid(per_day=int(ONE_DAY / step.width), known=known, slot=local % DAY_US // width, day=local // DAY_US)


def _begun(history: History, needed: timedelta) -> History:
    """The history from the first known step on."""
    known = np.flatnonzero(np.isfinite(history.values))
    if len(known) == 0:
        raise NotFound(_too_short(history, needed, "there is none"))
    return history.since(int(known[0]))


def _cleaned(history: History) -> History:
    """Removes spikes, the repeated readings of a stuck sensor, and readings before a permanent level shift."""
    far = find_spikes(history.values, history.metric, history.grid.per_day // 24)
    if far.any():
        history = history.without(far, _far_words(history, far))
    stuck = find_stuck_tail(history.values, history.step.width)
    if stuck is not None:
        words = f"The readings have stood still since {iso(history.step_time(stuck))}; those are left out."
        history = history.without(np.arange(len(history.values)) >= stuck, words)
    shift = _shift(history)
    if shift is None:
        return history
    words = f"The readings are on another level since {iso(history.step_time(shift))}; those before are left out."
    return history.since(shift, words)


def _far_words(history: History, far: Flags) -> str:
    """Describes the spikes by the most distant one."""
    middle = float(np.median(history.values[np.isfinite(history.values)]))
    place = int(np.nanargmax(np.where(far, np.abs(history.values - middle), np.nan)))
    value, way = float(history.values[place]), "up" if history.values[place] > middle else "down"
    shown = f"{value:,.2f} {history.metric.unit}".strip()
    return f"Readings far from all others, {way} to {shown} at {iso(history.step_time(place))}, are left out."


def _checked(history: History, needed: timedelta) -> History:
    there = int(np.isfinite(history.values).sum()) * history.step.width
    if there < needed * 0.9:
        raise NotFound(
            _too_short(history, needed, f"there {'is' if round(there / HOUR) == 1 else 'are'} {_long(there)}")
        )
    newest = history.step_time(history.newest + 1)
    if history.start - newest > FRESH:
        raise NotFound(
            f"{history.machine.name} has no usable {history.metric.label} since {iso(newest)}; "
            f"a forecast needs readings of the last day. {history.caution}".strip()
        )
    return history


def _too_short(history: History, needed: timedelta, there: str) -> str:
    what = f"A forecast of {history.machine.name} {history.metric.label}"
    return f"{what} needs {_long(needed)} of history, {there}. {history.caution}".strip()


def _long(span: timedelta) -> str:
    """A duration in words: hours up to two days, then days."""
    hours = round(span / HOUR)
    if hours < 48:
        return f"{hours} hour{'s' * (hours != 1)}"
    return f"{span / ONE_DAY:.2g} days"


def _shift(history: History) -> int | None:
    """The step of a permanent level shift, as after a sensor replacement: all days after it differ from all before."""
    if is_depleting(history.values, history.grid):
        return None
    starts, medians = daily_medians(history.values, history.grid)
    before, after = _DAYS_AROUND
    apart = [(_apart(medians, k), k) for k in _disjoint(medians) if before <= k <= len(medians) - after]
    most, place = max(apart, default=(0.0, 0))
    return int(starts[place]) if most > SHIFT else None


def _disjoint(medians: Floats) -> list[int]:
    """The positions where all later values are higher, or all lower, than all earlier ones."""
    highest, lowest = np.maximum.accumulate(medians), np.minimum.accumulate(medians)
    highest_after, lowest_after = np.maximum.accumulate(medians[::-1])[::-1], np.minimum.accumulate(medians[::-1])[::-1]
    apart = (lowest_after[1:] > highest[:-1]) | (highest_after[1:] < lowest[:-1])
    return [int(place) + 1 for place in np.flatnonzero(apart)]


def _apart(medians: Floats, place: int) -> float:
    """The gap between the days before and after, in units of their day-to-day changes and spread."""
    before, after = medians[:place], medians[place:]
    gap = max(after.min() - before.max(), before.min() - after.max())
    changes = np.abs(np.concatenate([np.diff(before), np.diff(after)]))
    usual = max(float(np.median(changes)), float(np.ptp(before)) / SHIFT, float(np.ptp(after)) / SHIFT)
    return float(gap) / usual if usual > 0 else np.inf
