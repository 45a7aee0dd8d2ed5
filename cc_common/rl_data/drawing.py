"""Drawing machines and minutes by chance: each machine is as likely as any other, and so is each minute it has."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Final

import numpy as np
import pandas as pd

from cc_common.catalog.equipment import EquipmentType
from cc_common.errors import InvalidInput, NotFound
from cc_common.rl_data.states import Pick, states_at
from cc_common.timeseries import TimeSeries
from cc_common.timeseries.store import Store
from cc_common.window import Window, iso

MINUTE: Final = timedelta(minutes=1)
ROUNDS: Final = 30  # of drawing again what turned out to have no row
MOST: Final = 1_000_000

Span = tuple[str, Window]  # a machine and the minutes to draw from, of which the first is the window's start


def spans(store: Store, window: Window, equipment_type: str | None) -> list[Span]:
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


def draw(rng: np.random.Generator, among: Sequence[Span], count: int) -> list[Pick]:
    """So many picks, with replacement."""
    machines = rng.integers(len(among), size=count)
    chances = rng.random(count)
    return [_pick(among[int(at)], float(chance)) for at, chance in zip(machines, chances, strict=True)]


def states(
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
        frame = states_at(store, [pick for pick in draw(rng, among, missing) if accept(pick)], types)
        frames += [frame] if len(frame) else []
        missing -= len(frame)
        if not missing:
            return pd.concat(frames, ignore_index=True) if len(frames) > 1 else frames[0]
    raise NotFound(f"Of {count} minutes asked for, {missing} could not be found: there are too few rows to draw from.")


def types_of(store: Store, among: Sequence[Span]) -> list[EquipmentType]:
    """The types of these machines, in catalogue order."""
    kinds = {store.catalog.get(machine).type for machine, _ in among}
    return [kind for kind in store.catalog.types if kind.name in kinds]


def check_count(count: int) -> None:
    """InvalidInput for less than one or more than a million."""
    if not 1 <= count <= MOST:
        raise InvalidInput(f"Ask for 1 to {MOST:,} samples, not {count:,}.")


def _pick(span: Span, chance: float) -> Pick:
    machine, window = span
    minutes = -((window.start - window.end) // MINUTE)
    return machine, window.start + int(chance * minutes) * MINUTE


def _from_a_minute(window: Window) -> Window:
    """From the first whole minute on."""
    late = timedelta(seconds=window.start.second, microseconds=window.start.microsecond)
    start = window.start - late + MINUTE if late else window.start
    return Window(start=start, end=max(window.end, start + MINUTE))
