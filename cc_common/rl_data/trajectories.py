"""Trajectories: consecutive states of one machine, a step apart, over a stretch without a missing row."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

import numpy as np
import pandas as pd

from cc_common.db import compose, queries
from cc_common.errors import InvalidInput, NotFound
from cc_common.rl_data.drawing import MINUTE, ROUNDS, Span, check_count, draw, types_of
from cc_common.rl_data.states import Pick, states_at
from cc_common.timeseries.store import Store
from cc_common.window import Window

LONGEST: Final = timedelta(days=31)


def trajectories(
    store: Store, rng: np.random.Generator, among: list[Span], *, count: int, steps: int, step_minutes: int
) -> pd.DataFrame:
    """`count` times `steps` states, with columns trajectory and step in front, both from 0."""
    check_count(count * max(steps, 1))
    step, length = timedelta(minutes=step_minutes), timedelta(minutes=step_minutes) * (steps - 1) + MINUTE
    if steps < 2 or step_minutes < 1 or length > LONGEST:
        raise InvalidInput(f"A trajectory has two steps or more, of a minute or more, within {LONGEST.days} days.")
    starts = _starts(store, rng, _shortened(among, length), count, length)
    picks = [(machine, start + i * step) for machine, start in starts for i in range(steps)]
    frame = states_at(store, picks, types_of(store, among))
    frame.insert(0, "trajectory", np.repeat(np.arange(count), steps))
    frame.insert(1, "step", np.tile(np.arange(steps), count))
    return frame


def _shortened(among: list[Span], length: timedelta) -> list[Span]:
    """The minutes at which a stretch of that length can begin."""
    found = [
        (machine, Window(start=own.start, end=own.end - length + MINUTE))
        for machine, own in among
        if own.end - own.start >= length
    ]
    if not found:
        raise NotFound("No machine has rows for so long a trajectory in this window.")
    return found


def _starts(store: Store, rng: np.random.Generator, among: list[Span], count: int, length: timedelta) -> list[Pick]:
    found: list[Pick] = []
    for _ in range(ROUNDS):
        drawn = draw(rng, among, count - len(found))
        found += [pick for pick in drawn if _unbroken(store, pick, length)]
        if len(found) == count:
            return found
    raise NotFound(f"Only {len(found)} of {count} trajectories were found without a gap.")


def _unbroken(store: Store, pick: Pick, length: timedelta) -> bool:
    machine, start = pick
    query = compose(queries("rl_data")["rows"], table=machine).as_string()
    row: Any = store.rows(query, {"start": start, "end": start + length})[0]
    return bool(row.rows == length // MINUTE)
