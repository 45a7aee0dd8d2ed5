"""Efficiency loss: energy used this week above the expected use for the same work, in kWh and in money."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import Final

import numpy as np
import numpy.typing as npt

from cc_common.analytics.anomalies.robust_statistics import Flags, Floats, predict, regress, spread
from cc_common.analytics.maintenance.items import DAY, Item, ItemState, MachineHours, duration_text
from cc_common.catalog.metric_roles import LoadMetrics

Ints = npt.NDArray[np.signedinteger]

RECENT: Final = 7 * DAY
MIN_DAYS: Final = 21.0  # of history: this week and two before it
MIN_BEFORE: Final = 96  # running hours
MIN_NOW: Final = 12
WORTH: Final = 0.01  # of the expected use: a smaller loss is ignored
_Z: Final = 1.645
METHOD: Final = "the week's power beside a robust regression on the work done in the weeks before"


@dataclass(frozen=True, kw_only=True)
class Price:
    """Electricity tariff per kWh."""

    tariff: float
    currency: str


@dataclass(frozen=True, kw_only=True)
class _Loss:
    """In kWh: loss, half width of its interval, expected use, and mean absolute error per day."""

    lost: float
    within: float
    expected: float
    error: float


def estimate_loss(machine: MachineHours, work: LoadMetrics, price: Price) -> Item:
    """Estimates the loss; with too little history or running time the item says so."""
    x, y = _regressors(machine, work), machine.mean(work.power)
    known = np.isfinite(y) & np.isfinite(x).all(-1)
    before, now = known.copy(), known.copy()
    before[-RECENT:], now[:-RECENT] = False, False
    if machine.days < MIN_DAYS or before.sum() < MIN_BEFORE:
        return _untold(machine, work, "unknown", _too_short(machine, work))
    if now.sum() < MIN_NOW:
        return _untold(machine, work, *machine.why_untold(work.power, RECENT))
    if (why := machine.standing((work.power, work.output, *work.beside), RECENT)) is not None:
        return _untold(machine, work, "unknown", why)
    return _told(machine, work, price, _worked_out(x, y, before, now))


def _too_short(machine: MachineHours, work: LoadMetrics) -> str:
    if machine.days < MIN_DAYS:
        return f"it needs {MIN_DAYS:.0f} days of history and has {duration_text(machine.days)}"
    weeks, ran = f"before the last {RECENT // DAY} days", int(machine.is_on[:-RECENT].sum())
    if ran < MIN_BEFORE <= machine.read(work.power)[:-RECENT].sum():
        needed, was_on = duration_text(MIN_BEFORE / DAY), duration_text(ran / DAY)
        return f"it needs {needed} of running {weeks}, and the machine was on for {was_on}"
    names = (work.power, work.output, *work.beside)
    fewest = min(names, key=lambda name: int(np.isfinite(machine.mean(name)[:-RECENT]).sum()))
    return f"there are too few readings of {machine.metric(fewest).label} {weeks}"


def _regressors(machine: MachineHours, work: LoadMetrics) -> Floats:
    """(T, k): work, its square and covariates of power, each scaled by its mean size."""
    output = machine.mean(work.output)
    columns = [output, output**2, *(machine.mean(name) for name in work.beside)]
    sizes = [np.nanmean(np.abs(c)) if np.isfinite(c).any() else 1.0 for c in columns]
    scaled = [c / max(float(size), 1e-9) for c, size in zip(columns, sizes, strict=True)]
    return np.stack([np.ones_like(output), *scaled], axis=-1)


def _worked_out(x: Floats, y: Floats, before: Flags, now: Flags) -> _Loss:
    missed = y - _expected(x, y, before)
    day = np.arange(len(y))[::-1] // DAY
    daily = _daily(_unseen(x, y, before), day)
    hours, days = int(now.sum()), len(np.unique(day[now]))
    sigma = float(spread(daily)) if len(daily) else 0.0
    return _Loss(
        lost=float(missed[now].sum()),
        within=_Z * sigma * hours / sqrt(days),
        expected=float((y - missed)[now].sum()),
        error=float(np.abs(daily).mean()) * DAY if len(daily) else 0.0,
    )


def _expected(x: Floats, y: Floats, known: Flags) -> Floats:
    found = regress(x[None], np.where(known, y, np.nan)[None])
    return predict(x, found[0])


def _unseen(x: Floats, y: Floats, before: Flags) -> Floats:
    """Cross-fitted residuals: each half of the weeks before, predicted from the other half."""
    halves = np.cumsum(before) * 2 <= before.sum()
    missed = np.full(len(y), np.nan)
    for known, judged in ((before & halves, before & ~halves), (before & ~halves, before & halves)):
        missed[judged] = (y - _expected(x, y, known))[judged]
    return missed


def _daily(missed: Floats, day: Ints) -> Floats:
    """Mean residual per day, kW."""
    known = np.isfinite(missed)
    days, place = np.unique(day[known], return_inverse=True)
    return np.asarray(np.bincount(place, weights=missed[known], minlength=len(days)) / np.bincount(place))


def _told(machine: MachineHours, work: LoadMetrics, price: Price, found: _Loss) -> Item:
    clear = found.lost > max(found.within, WORTH * found.expected)
    share = found.lost / found.expected if found.expected > 0 else 0.0
    cost, name = found.lost * price.tariff, machine.equipment.name
    words = f"took {found.lost:,.0f} kWh ({share:.0%}) more than such work used to take, {cost:,.0f} {price.currency}"
    return Item(
        equipment=machine.equipment.id,
        kind="efficiency_loss",
        metric=work.power,
        state="loss" if clear else "ok",
        message=f"{name} {words} in 7 days." if clear else f"{name} takes what such work used to take.",
        value=found.lost,
        low=found.lost - found.within,
        high=found.lost + found.within,
        unit="kWh",
        cost=cost,
        currency=price.currency,
        method=METHOD,
        error=found.error,
        error_unit="kWh a day",
        evidence=machine.evidence(work.power, max(len(machine) - RECENT, 0)),
    )


def _untold(machine: MachineHours, work: LoadMetrics, state: ItemState, why: str) -> Item:
    return Item(
        equipment=machine.equipment.id,
        kind="efficiency_loss",
        metric=work.power,
        state=state,
        message=f"{machine.equipment.name} efficiency loss: {why}.",
        why=why,
    )
