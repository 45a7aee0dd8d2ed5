"""Curves: a window cut into buckets, each folded from grains: readings gathered by minutes, or hours, or days."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from operator import add
from typing import Any, Final

from cc_common.catalog.equipment import Equipment, Metric
from cc_common.evidence import Evidence, Statistic
from cc_common.timeseries import statements
from cc_common.timeseries.model import DEFAULT_STATISTIC, Point, Series, check_meaningful
from cc_common.timeseries.planner import FROM_ROWS, split
from cc_common.timeseries.steps import Step, buckets, step_for
from cc_common.timeseries.store import Store
from cc_common.timeseries.windows import ENDS
from cc_common.window import Window

LONG_DAY: Final = timedelta(hours=26)  # no day is longer, also when the clock is put back
LATE: Final = timedelta(hours=2)  # a day that starts twice is filed under its second start

_FOLDS: Final[dict[Statistic, Callable[[float, float], float]]] = {"min": min, "max": max}  # all others are sums

Grain = tuple[Any, ...]  # ts, value, number of readings
Span = tuple[datetime, datetime]
Curve = tuple[list[float | None], list[int]]  # value and number of readings of each bucket


def series(
    store: Store, machine: Equipment, metric: Metric, window: Window, step: str | None, aggregation: Statistic | None
) -> Series:
    """One curve. `last` and `delta` are each bucket's own, so the deltas do not add up to that of the window."""
    statistic = aggregation or DEFAULT_STATISTIC[metric.kind]
    check_meaningful(metric, statistic)
    chosen = step_for(store.clock, window, step)
    begins = buckets(store.clock, window, chosen)
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
    """Grains in order of time, none without readings, none crossing a bucket's border."""
    stretches = split(store.clock, window, step.sources)
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
    """Each grain with the place of its bucket; both come in order of time."""
    place = 0
    for grain in grains:
        while begins[place + 1] <= grain[0]:
            place += 1
        yield place, grain


def _spans(grains: Sequence[Grain], begins: Sequence[datetime], window: Window) -> dict[int, Span]:
    """Where to look for the first and the newest reading of each bucket that has any, dead stretches left out."""
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
