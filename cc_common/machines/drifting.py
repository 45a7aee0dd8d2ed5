"""Drifts: metrics whose hours have left what the model explains, not one by one but by the median of some hours."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from cc_common.anomalies.habits import runs
from cc_common.anomalies.parameters import BRIDGE_HOURS
from cc_common.anomalies.robust import Flags, Floats, median
from cc_common.catalog.equipment import EquipmentType
from cc_common.machines.parameters import COMMON, COMMON_SHARE, COMPANION, DRIFT_HOURS, DRIFT_KNOWN


@dataclass(frozen=True, kw_only=True)
class Spell:
    """Hours first <= i < last of one machine, told when `known` begins at the earliest. Signs: 1 above, -1 below."""

    machine: int
    metric: int
    sign: int
    first: int
    last: int
    known: int
    excess: float
    companions: tuple[tuple[int, int], ...]  # (metric, sign) of what goes along


def settled(missed: Floats) -> Floats:
    """(..., T): the median of each hour and those before it; NaN where too few of them were read."""
    lead = np.full((*missed.shape[:-1], DRIFT_HOURS - 1), np.nan)
    seen = np.lib.stride_tricks.sliding_window_view(np.concatenate([lead, missed], -1), DRIFT_HOURS, axis=-1)
    enough = np.isfinite(seen).sum(-1) >= DRIFT_KNOWN
    return np.where(enough, median(seen), np.nan)


def harmful(kind: EquipmentType) -> Floats:
    """(p, 2): whether above and below do harm: where the catalogue limits one side only, that side."""
    sides = [(m.high is not None or m.low is None, m.low is not None or m.high is None) for m in kind.metrics]
    return np.array(sides, np.float64)


def spells(missed: Floats, limit: Floats, kind: EquipmentType, since: int) -> Iterator[Spell]:
    """Of all machines, from the hour `since` on: one for each stretch, told of its most deviating metric.

    `missed`: (n, p, T); `limit`: (n, p), NaN where there is no model.
    """
    share = np.nan_to_num(settled(missed) / limit[..., None])
    up, down = np.maximum(share, 0), np.maximum(-share, 0)
    sides = harmful(kind)
    running = np.isfinite(missed).any(1).sum(0)
    up, down = _alone(up * sides[None, :, :1], running), _alone(down * sides[None, :, 1:], running)
    harm = np.maximum(up, down)
    for machine, own in enumerate(harm):
        for first, last in bridged(own.max(0) > 1, since):
            peaks = own[:, first:last].max(-1)
            metric = int(peaks.argmax())
            hour = first + int(own[metric, first:last].argmax())
            yield Spell(
                machine=machine,
                metric=metric,
                sign=1 if share[machine, metric, hour] > 0 else -1,
                first=max(first - DRIFT_KNOWN + 1, 0),
                last=last,
                known=first + 1,
                excess=float(peaks[metric]),
                companions=_companions(share[machine, :, hour], metric),
            )


def _alone(excess: Floats, running: Floats) -> Floats:
    """Of (n, p, T) what is a machine's own: nothing of a metric that many of the `running` (T,) show at once."""
    many = (excess > 1).sum(0)
    common = (many >= COMMON) & (many >= COMMON_SHARE * running)
    return np.where(common, 0.0, excess)


def bridged(flags: Flags, since: int) -> list[tuple[int, int]]:
    """Runs of set flags from the hour `since` on, those made one that only a few quiet hours part."""
    joined: list[tuple[int, int]] = []
    for first, last in runs(flags[since:]):
        if joined and first + since - joined[-1][1] <= BRIDGE_HOURS:
            joined[-1] = joined[-1][0], last + since
        else:
            joined.append((first + since, last + since))
    return joined


def _companions(share: Floats, metric: int) -> tuple[tuple[int, int], ...]:
    order = np.argsort(-np.abs(share), kind="stable")
    return tuple((int(m), 1 if share[m] > 0 else -1) for m in order if m != metric and abs(share[m]) > COMPANION)
