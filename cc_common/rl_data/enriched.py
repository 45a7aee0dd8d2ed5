"""Anomaly-enriched batches: a stated share of the states from times when something was wrong, the rest from others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC
from typing import Any, Final, Literal

import numpy as np
import pandas as pd

from cc_common.anomalies import Anomalies
from cc_common.db import queries
from cc_common.errors import InvalidInput, NotFound
from cc_common.rl_data.drawing import MINUTE, Span, check_count, states, types_of
from cc_common.rl_data.states import Pick
from cc_common.timeseries.store import Store
from cc_common.window import Window

Truth = Literal["detector", "labels"]  # what the detector found, or what the simulator injected
Event = tuple[Window, str]  # when, and of which kind
Events = Mapping[str, Sequence[Event]]
NORMAL: Final = ""


def batch(
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
    types, parts = types_of(store, among), []
    if within:
        parts.append(states(store, rng, troubled, types, within, lambda _: True))
    if within < count:
        parts.append(states(store, rng, among, types, count - within, lambda pick: _kind(events, pick) == NORMAL))
    frame = pd.concat(parts, ignore_index=True)
    shuffled = frame.iloc[rng.permutation(len(frame))].reset_index(drop=True)
    picks = zip(shuffled["table"].tolist(), shuffled["ts"].tolist(), strict=True)
    kinds = [_kind(events, pick) for pick in picks]
    labels = pd.DataFrame({"anomalous": [kind != NORMAL for kind in kinds], "anomaly": pd.Series(kinds, dtype="str")})
    return pd.concat([shuffled, labels], axis=1)


def events_of(store: Store, anomalies: Anomalies, window: Window, equipment_type: str | None, truth: Truth) -> Events:
    """What was wrong within the window, by machine; a machine that said nothing has no states to show."""
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
    """Every event as far as its machine has rows: each event is as likely as any other."""
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
