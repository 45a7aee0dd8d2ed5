"""One row a minute: readings of the same moment are one, those of the same minute are averaged, or the last stands."""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt

from cc_common.catalog.equipment import Kind
from cc_common.importing.block import Longs
from cc_common.ingest.rows import MINUTE_US

Values = npt.NDArray[np.float64]
Rule = Literal["average", "sum", "last"]


def fold(
    ts: Longs, values: Values, kinds: tuple[Kind, ...], within_minute: Literal["average", "last"]
) -> tuple[Longs, Values, int]:
    """Minutes in order, their values (minutes, metrics), and how many rows were of a moment that was there already.

    `ts` (n,) microseconds, `values` (n, metrics) in the order of the file; null gives way to any reading. Averaged: a
    gauge's mean, a counter's last, a tally's sum.
    """
    moments, values = _folded(ts, values, ["last"] * len(kinds))
    doubled = len(ts) - len(moments)
    meaning: dict[Kind, Rule] = {"gauge": "average", "counter": "last", "tally": "sum"}
    rules: list[Rule] = [meaning[kind] if within_minute == "average" else "last" for kind in kinds]
    minutes, values = _folded(moments - moments % MINUTE_US, values, rules)
    return minutes, values, doubled


def _folded(keys: Longs, values: Values, rules: list[Rule]) -> tuple[Longs, Values]:
    if len(keys) > 1 and (keys[1:] <= keys[:-1]).any():
        order = np.argsort(keys, kind="stable")
        keys, values = keys[order], values[order]
    edges = np.flatnonzero(np.append(True, keys[1:] != keys[:-1]))
    if len(edges) == len(keys):
        return keys, values
    folded = [_fold_one(values[:, at], edges, rule) for at, rule in enumerate(rules)]
    return keys[edges], np.stack(folded, axis=1)


def _fold_one(value: Values, edges: npt.NDArray[np.intp], rule: Rule) -> Values:
    given = ~np.isnan(value)
    count = np.add.reduceat(given, edges, dtype=np.int64)
    if rule == "last":
        newest = np.maximum.reduceat(np.where(given, np.arange(len(value)), -1), edges)
        return np.where(count > 0, value[newest], np.nan)
    total = np.add.reduceat(np.where(given, value, 0.0), edges)
    return np.where(count > 0, total / np.maximum(count, 1) if rule == "average" else total, np.nan)
