"""State vectors of machines at a minute, and seeded sampling of machines and minutes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pandas as pd

from cc_common.catalog.equipment import EquipmentType
from cc_common.catalog.store import repeat_for_columns
from cc_common.core.errors import InvalidInput, NotFound
from cc_common.core.windows import Window, iso
from cc_common.db import queries
from cc_common.timeseries import TimeSeries
from cc_common.timeseries.model import Store

Pick = tuple[str, datetime]  # a machine and a minute, UTC
PROVENANCE: Final = ("table", "type", "ts")
CLOCK: Final = ("hour_sin", "hour_cos", "weekday_sin", "weekday_cos")
_PHRASES: Final = ("now", "minute", "hour", "hour_means", "day_means", "means")


def state_features(kind: EquipmentType) -> tuple[str, ...]:
    """The columns of a type's state but provenance: the plant's clock, then each metric's; a counter has no means."""
    return (*CLOCK, *(name for metric in kind.metrics for name in _of_metric(metric.name, metric.kind != "counter")))


def states_at(store: Store, picks: Sequence[Pick], types: Sequence[EquipmentType]) -> pd.DataFrame:
    """The states of these picks in their order, those whose minute has no row left out; nulls are NaN.

    Columns: table, type, ts, then the features of `types`; what a machine's own type does not measure is NaN, too.
    """
    found = _rows(store, picks)
    columns = tuple(dict.fromkeys(name for kind in types for name in state_features(kind)))
    there = [pick for pick in picks if pick in found]
    vectors = np.full((len(there), len(columns)), np.nan)
    places = {kind.name: [columns.index(name) for name in state_features(kind)] for kind in types}
    for row, (machine, moment) in enumerate(there):
        vectors[row, places[store.catalog.get(machine).type]] = found[machine, moment]
    return _frame(store, there, columns, vectors)


def _frame(store: Store, picks: Sequence[Pick], columns: Sequence[str], vectors: npt.NDArray[Any]) -> pd.DataFrame:
    frame = pd.DataFrame(vectors, columns=list(columns))
    frame.insert(0, "table", pd.Series([machine for machine, _ in picks], dtype="str"))
    frame.insert(1, "type", pd.Series([store.catalog.get(machine).type for machine, _ in picks], dtype="str"))
    frame.insert(2, "ts", pd.Series([moment for _, moment in picks], dtype="datetime64[us, UTC]"))
    return frame


def _rows(store: Store, picks: Sequence[Pick]) -> Mapping[Pick, npt.NDArray[np.float64]]:
    moments: dict[str, set[datetime]] = defaultdict(set)
    for machine, moment in picks:
        moments[machine].add(moment)
    return {
        (machine, row[0].astimezone(UTC)): _vector(store.catalog.type_of(machine), row, ZoneInfo(store.catalog.tz))
        for machine, asked in moments.items()
        for row in store.tuples(_statement(machine, store.catalog.type_of(machine)), {"moments": sorted(asked)})
    }


def _vector(kind: EquipmentType, row: tuple[Any, ...], zone: ZoneInfo) -> npt.NDArray[np.float64]:
    now, minute, hour, hour_mean, day_mean = np.array(row[1:], np.float64).reshape(5, len(kind.metrics))
    blocks = np.stack([now, hour_mean, day_mean, now - minute, now - hour], axis=1)
    kept = [block if m.kind != "counter" else block[[0, 3, 4]] for m, block in zip(kind.metrics, blocks, strict=True)]
    return np.concatenate([_clock(row[0].astimezone(zone)), *kept])


def _clock(local: datetime) -> npt.NDArray[np.float64]:
    hour = 2 * np.pi * (local.hour + local.minute / 60) / 24
    weekday = 2 * np.pi * local.weekday() / 7
    return np.array([np.sin(hour), np.cos(hour), np.sin(weekday), np.cos(weekday)])


def _of_metric(name: str, with_means: bool) -> tuple[str, ...]:
    means = (f"{name}_mean_1h", f"{name}_mean_24h") if with_means else ()
    return (name, *means, f"{name}_delta_1m", f"{name}_delta_1h")


@lru_cache(maxsize=1024)
def _statement(machine: str, kind: EquipmentType) -> str:
    sql = queries("rl_data")
    names = ({"metric": metric.name} for metric in kind.metrics)
    text: str = repeat_for_columns(
        sql["states"], {slot: sql[slot] for slot in _PHRASES}, names, table=machine
    ).as_string()
    return text


MINUTE: Final = timedelta(minutes=1)
ROUNDS: Final = 30  # of drawing again what turned out to have no row
MAX_STATES: Final = 1_000_000

Span = tuple[str, Window]  # a machine and the minutes to draw from, of which the first is the window's start


def machine_spans(store: Store, window: Window, equipment_type: str | None) -> list[Span]:
    """The window as far as each machine has rows in it; NotFound when none has."""
    catalog, readings = store.catalog, TimeSeries(store.database, store.catalog)
    machines = catalog.equipment if equipment_type is None else catalog.of_type(equipment_type)
    known = ((machine.id, readings.data_range(machine.id)) for machine in machines)
    found = [
        (machine, Window(start=max(window.start, own.start), end=min(window.end, own.end)))
        for machine, own in known
        if own is not None and max(window.start, own.start) + MINUTE <= min(window.end, own.end)
    ]
    if not found:
        raise NotFound(f"There are no rows in [{iso(window.start)}, {iso(window.end)}).")
    return [(machine, _from_a_minute(own)) for machine, own in found]


def sample_picks(rng: np.random.Generator, among: Sequence[Span], count: int) -> list[Pick]:
    """Draws `count` machine-minutes with replacement."""
    machines = rng.integers(len(among), size=count)
    chances = rng.random(count)
    return [_pick(among[int(at)], float(chance)) for at, chance in zip(machines, chances, strict=True)]


def sample_states(
    store: Store,
    rng: np.random.Generator,
    among: Sequence[Span],
    types: Sequence[EquipmentType],
    count: int,
    accept: Callable[[Pick], bool],
) -> pd.DataFrame:
    """`count` states drawn from those spans; minutes that are not accepted or have no row are drawn again."""
    check_count(count)
    frames: list[pd.DataFrame] = []
    missing = count
    for _ in range(ROUNDS):
        frame = states_at(store, [pick for pick in sample_picks(rng, among, missing) if accept(pick)], types)
        frames += [frame] if len(frame) else []
        missing -= len(frame)
        if not missing:
            return pd.concat(frames, ignore_index=True) if len(frames) > 1 else frames[0]
    raise NotFound(f"Of {count} minutes asked for, {missing} could not be found: there are too few rows to draw from.")


def types_in_order(store: Store, among: Sequence[Span]) -> list[EquipmentType]:
    """The types of these machines, in catalogue order."""
    kinds = {store.catalog.get(machine).type for machine, _ in among}
    return [kind for kind in store.catalog.types if kind.name in kinds]


def check_count(count: int) -> None:
    """InvalidInput for less than one or more than a million."""
    if not 1 <= count <= MAX_STATES:
        raise InvalidInput(f"Ask for 1 to {MAX_STATES:,} samples, not {count:,}.")


def _pick(span: Span, chance: float) -> Pick:
    machine, window = span
    minutes = -((window.start - window.end) // MINUTE)
    return machine, window.start + int(chance * minutes) * MINUTE


def _from_a_minute(window: Window) -> Window:
    """From the first whole minute on."""
    late = timedelta(seconds=window.start.second, microseconds=window.start.microsecond)
    start = window.start - late + MINUTE if late else window.start
    return Window(start=start, end=max(window.end, start + MINUTE))
