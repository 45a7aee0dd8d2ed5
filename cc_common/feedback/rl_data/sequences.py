"""Trajectories of consecutive states, and batches enriched with anomalous states."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, timedelta
from typing import Any, Final, Literal

import numpy as np
import pandas as pd

from cc_common.analytics.anomalies import AnomalyDetector
from cc_common.core.errors import InvalidInput, NotFound
from cc_common.core.windows import Window
from cc_common.db import compose, queries
from cc_common.feedback.rl_data.states import (
    MINUTE,
    ROUNDS,
    Pick,
    Span,
    check_count,
    sample_picks,
    sample_states,
    states_at,
    types_in_order,
)
from cc_common.timeseries.model import Store

Truth = Literal["detector", "labels"]  # what the detector found, or what the simulator injected
Event = tuple[Window, str]  # when, and of which kind
Events = Mapping[str, Sequence[Event]]
NORMAL: Final = ""


def sample_batch(
    store: Store, rng: np.random.Generator, among: list[Span], events: Events, *, count: int, share: float
) -> pd.DataFrame:
    """`count` states in random order, round(share * count) of them within events; two columns say which."""
    check_count(count)
    if not 0 <= share <= 1:
        raise InvalidInput(f"A share lies between 0 and 1, not {share:g}.")
    within = round(share * count)
    troubled = _troubled(among, events)
    if within and not troubled:
        raise NotFound("Nothing was wrong with these machines in this window: there is nothing to enrich with.")
    types, parts = types_in_order(store, among), []
    if within:
        parts.append(sample_states(store, rng, troubled, types, within, lambda _: True))
    if within < count:
        parts.append(
            sample_states(store, rng, among, types, count - within, lambda pick: _kind(events, pick) == NORMAL)
        )
    frame = pd.concat(parts, ignore_index=True)
    shuffled = frame.iloc[rng.permutation(len(frame))].reset_index(drop=True)
    picks = zip(shuffled["table"].tolist(), shuffled["ts"].tolist(), strict=True)
    kinds = [_kind(events, pick) for pick in picks]
    labels = pd.DataFrame({"anomalous": [kind != NORMAL for kind in kinds], "anomaly": pd.Series(kinds, dtype="str")})
    return pd.concat([shuffled, labels], axis=1)


def labelled_events(
    store: Store, anomalies: AnomalyDetector, window: Window, equipment_type: str | None, truth: Truth
) -> Events:
    """Anomalies or fault labels within the window by machine; machines without readings are left out."""
    found: dict[str, list[Event]] = defaultdict(list)
    if truth == "detector":
        for anomaly in anomalies.fleet(window, equipment_type=equipment_type):
            if anomaly.kind != "gap":
                found[anomaly.equipment].append((Window(start=anomaly.start, end=anomaly.end), anomaly.kind))
        return found
    for row in _labels(store, window):
        times = Window(start=row.starts_at.astimezone(UTC), end=row.ends_at.astimezone(UTC))
        found[row.equipment_id].append((times, row.kind))
    return found


def _labels(store: Store, window: Window) -> list[Any]:
    return store.rows(queries("rl_data")["fault_labels"], {"start": window.start, "end": window.end})


def _troubled(among: Sequence[Span], events: Events) -> list[Span]:
    """The parts of events in which their machine has rows; every event has the same probability."""
    found = []
    for machine, own in among:
        for times, _ in events.get(machine, ()):
            start, end = max(times.start, own.start), min(times.end, own.end)
            if start + MINUTE <= end:
                found.append((machine, Window(start=start, end=end)))
    return found


def _kind(events: Events, pick: Pick) -> str:
    machine, moment = pick
    return next((kind for times, kind in events.get(machine, ()) if times.start <= moment < times.end), NORMAL)


MAX_LENGTH: Final = timedelta(days=31)


def sample_trajectories(
    store: Store, rng: np.random.Generator, among: list[Span], *, count: int, steps: int, step_minutes: int
) -> pd.DataFrame:
    """`count` times `steps` states, with columns trajectory and step in front, both from 0."""
    check_count(count * max(steps, 1))
    step, length = timedelta(minutes=step_minutes), timedelta(minutes=step_minutes) * (steps - 1) + MINUTE
    if steps < 2 or step_minutes < 1 or length > MAX_LENGTH:
        raise InvalidInput(f"A trajectory has two steps or more, of a minute or more, within {MAX_LENGTH.days} days.")
    starts = _starts(store, rng, _shortened(among, length), count, length)
    picks = [(machine, start + i * step) for machine, start in starts for i in range(steps)]
    frame = states_at(store, picks, types_in_order(store, among))
    frame.insert(0, "trajectory", np.repeat(np.arange(count), steps))
    frame.insert(1, "step", np.tile(np.arange(steps), count))
    return frame


def _shortened(among: list[Span], length: timedelta) -> list[Span]:
    """The minutes at which a sequence of that length can begin."""
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
        drawn = sample_picks(rng, among, count - len(found))
        found += [pick for pick in drawn if _unbroken(store, pick, length)]
        if len(found) == count:
            return found
    raise NotFound(f"Only {len(found)} of {count} trajectories were found without a gap.")


def _unbroken(store: Store, pick: Pick, length: timedelta) -> bool:
    machine, start = pick
    query = compose(queries("rl_data")["rows"], table=machine).as_string()
    row: Any = store.rows(query, {"start": start, "end": start + length})[0]
    return bool(row.rows == length // MINUTE)
