"""Series: aggregates a window into buckets from readings, hours or days; names and lengths of the steps."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from operator import add
from typing import Any, Final

from cc_common.catalog.equipment import Equipment, Metric
from cc_common.core.errors import InvalidInput
from cc_common.core.evidence import Evidence, Statistic
from cc_common.core.windows import HOUR, ONE_DAY, PlantClock, Window
from cc_common.timeseries import statements
from cc_common.timeseries.model import DEFAULT_STATISTIC, Point, Series, Store, check_meaningful
from cc_common.timeseries.statements import FROM_DAYS, FROM_HOURS, FROM_ROWS, Sources, check_years, split_window
from cc_common.timeseries.window_figures import ENDS

MAX_POINTS: Final = 5000
SUITABLE_POINTS: Final = 370  # a year by day
QUARTER: Final = timedelta(minutes=15)  # a divisor of all UTC offsets, so quarters nest in all longer buckets


@dataclass(frozen=True)
class Step:
    """A bucket's width (nominal for days and more) and the coarsest source whose buckets nest in it."""

    name: str
    width: timedelta
    sources: Sources
    chosen: bool = True  # may be selected when the caller names none

    @property
    def grain(self) -> timedelta:
        """The width of the aggregates that are folded into buckets."""
        return min(self.width, QUARTER)


_ALL: Final = (
    Step("PT1M", timedelta(minutes=1), FROM_ROWS),
    Step("PT5M", timedelta(minutes=5), FROM_ROWS),
    Step("PT15M", QUARTER, FROM_ROWS),
    Step("PT30M", 2 * QUARTER, FROM_ROWS, chosen=False),
    Step("PT1H", HOUR, FROM_HOURS),
    Step("PT6H", 6 * HOUR, FROM_HOURS),
    Step("P1D", ONE_DAY, FROM_DAYS),
    Step("P7D", 7 * ONE_DAY, FROM_DAYS),
    Step("P1M", 30 * ONE_DAY, FROM_DAYS),
)
STEPS: Final = tuple(step.name for step in _ALL)


def step_for(clock: PlantClock, window: Window, name: str | None) -> Step:
    """The step of that name, or the finest that suits the window; InvalidInput for more than MAX_POINTS points."""
    check_years(window)
    if name is None:
        return next((s for s in _ALL if s.chosen and _points(clock, window, s) <= SUITABLE_POINTS), _ALL[-1])
    step = next((s for s in _ALL if s.name == name), None)
    if step is None:
        raise InvalidInput(f"There is no step {name!r}; there are {', '.join(STEPS)}.")
    if _points(clock, window, step) > MAX_POINTS:
        fits = next((s.name for s in _ALL if _points(clock, window, s) <= MAX_POINTS), STEPS[-1])
        raise InvalidInput(f"A step of {name} gives more than {MAX_POINTS:,} points here; {fits} fits.")
    return step


def bucket_starts(clock: PlantClock, window: Window, step: Step) -> Sequence[datetime]:
    """The start of each bucket in UTC, and last the end of the last one. Weeks begin on Mondays."""
    if step.width > HOUR:
        begins = _calendar(clock, step.name, clock.day(window.start), clock.day(window.end))
        return begins[bisect_right(begins, window.start) - 1 : bisect_left(begins, window.end) + 1]
    first = clock.floor(window.start, step.width)
    return [first + step.width * i for i in range(-((first - window.end) // step.width) + 1)]


@lru_cache(maxsize=64)
def _calendar(clock: PlantClock, name: str, first: date, last: date) -> Sequence[datetime]:
    """Bucket starts from the bucket of the day `first` to the one after the day `last`."""
    match name:
        case "P1M":
            months = range(12 * first.year + first.month - 1, 12 * last.year + last.month + 1)
            return [clock.to_utc(date(month // 12, month % 12 + 1, 1)) for month in months]
        case "P7D":
            monday = first - ONE_DAY * first.weekday()
            return [clock.to_utc(monday + ONE_DAY * i) for i in range(0, (last - monday).days + 8, 7)]
        case _:
            hours = (0, 6, 12, 18) if name == "PT6H" else (0,)
            days = (first + ONE_DAY * i for i in range((last - first).days + 2))
            return [clock.to_utc(day, hour) for day in days for hour in hours]


def _points(clock: PlantClock, window: Window, step: Step) -> int:
    """The number of buckets that the window touches; an upper bound for days and longer steps."""
    if step.width > HOUR:
        return (window.end - window.start) // step.width + 2
    return -((clock.floor(window.start, step.width) - window.end) // step.width)


LONG_DAY: Final = timedelta(hours=26)  # no day is longer, even when clocks are set back
LATE: Final = timedelta(hours=2)  # a day with two midnights starts at the second

_FOLDS: Final[dict[Statistic, Callable[[float, float], float]]] = {"min": min, "max": max}  # all others are sums

Grain = tuple[Any, ...]  # ts, value, number of readings
Span = tuple[datetime, datetime]
Curve = tuple[list[float | None], list[int]]  # value and number of readings of each bucket


def read_series(
    store: Store, machine: Equipment, metric: Metric, window: Window, step: str | None, aggregation: Statistic | None
) -> Series:
    """One curve. `last` and `delta` are computed per bucket, so the deltas do not add up to the window's."""
    statistic = aggregation or DEFAULT_STATISTIC[metric.kind]
    check_meaningful(metric, statistic)
    chosen = step_for(store.clock, window, step)
    begins = bucket_starts(store.clock, window, chosen)
    grains = _grains(store, machine, metric, window, chosen, statistic)
    values, rows = _fold(grains, begins, statistic)
    if statistic in ENDS:
        values = _ends(store, machine, metric, _spans(grains, begins, window), statistic, len(rows))
    points = tuple(map(Point._make, zip(begins, values, rows, strict=False)))
    return Series(
        equipment=machine.id,
        metric=metric.name,
        unit="" if statistic == "count" else metric.unit,
        window=window,
        step=chosen.name,
        aggregation=statistic,
        points=points,
        evidence=Evidence(
            table=machine.id,
            column=metric.name,
            statistic=statistic,
            start=window.start,
            end=window.end,
            rows=sum(rows),
        ),
    )


def _grains(
    store: Store, machine: Equipment, metric: Metric, window: Window, step: Step, statistic: Statistic
) -> list[Grain]:
    """Aggregates in order of time, none empty, none across a bucket boundary."""
    stretches = split_window(store.clock, window, step.sources)
    sources = tuple(stretch.source for stretch in stretches)
    edges_only = step.sources != FROM_ROWS and store.clock.has_whole_hours
    raw: statements.Raw = "raw_rows" if edges_only else "raw_grains"
    text = statements.grains(machine.id, machine.type, metric.name, statistic, sources, raw)
    return store.tuples(text, {"machine": machine.id, "grain": step.grain, **statements.bounds(stretches)})


def _fold(grains: Sequence[Grain], begins: Sequence[datetime], statistic: Statistic) -> Curve:
    values: list[float | None] = [None] * (len(begins) - 1)
    rows = [0] * len(values)
    fold: Callable[[float, float], float] = _FOLDS.get(statistic, add)
    for place, (_, value, n) in _placed(grains, begins):
        before = values[place]
        values[place] = value if before is None else fold(before, value)
        rows[place] += n
    if statistic == "avg":
        return [None if v is None else v / n for v, n in zip(values, rows, strict=True)], rows
    if statistic == "count":
        return [float(n) if n else None for n in rows], rows
    return values, rows


def _placed(grains: Sequence[Grain], begins: Sequence[datetime]) -> Iterator[tuple[int, Grain]]:
    """Each aggregate with the index of its bucket; both are in order of time."""
    place = 0
    for grain in grains:
        while begins[place + 1] <= grain[0]:
            place += 1
        yield place, grain


def _spans(grains: Sequence[Grain], begins: Sequence[datetime], window: Window) -> dict[int, Span]:
    """The time range to search for the first and newest reading of each non-empty bucket."""
    spans: dict[int, Span] = {}
    for place, (ts, _, _) in _placed(grains, begins):
        since = spans[place][0] if place in spans else max(begins[place], window.start, ts - LATE)
        spans[place] = since, min(begins[place + 1], window.end, ts + LONG_DAY)
    return spans


def _ends(
    store: Store,
    machine: Equipment,
    metric: Metric,
    spans: dict[int, Span],
    statistic: Statistic,
    count: int,
) -> list[float | None]:
    """Each bucket's last reading, or its last minus its first: two index look-ups a bucket, one round trip."""
    parameters = {"starts": [since for since, _ in spans.values()], "ends": [until for _, until in spans.values()]}
    values: list[float | None] = [None] * count
    places = list(spans)
    for row in store.rows(statements.bucket_ends(machine.id, metric.name), parameters):
        values[places[row.place - 1]] = row.last - row.first if statistic == "delta" else row.last
    return values
