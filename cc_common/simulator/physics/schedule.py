"""Engines that are run each week, and the fuel that takes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from cc_common.simulator.chance import MINUTES_A_DAY, Floats
from cc_common.simulator.machine import Machine

REFILL_DAYS = 56
_EPOCH = date(1970, 1, 1)

Span = tuple[int, int]  # [start, end) in minutes since 1970


@dataclass(frozen=True, kw_only=True)
class Runs:
    """By minute: whether the engine runs (0 or 1), how warm it is (0 to 1), minutes it has run since the refill."""

    running: Floats
    warm: Floats
    minutes_since_refill: Floats


def weekly_test(m: Machine, *, weekday: int, hour: int, length: int, also: Iterable[Span] = ()) -> Runs:
    """A test of `length` minutes each week at the plant's `weekday` (Monday 0) and `hour`, and other runs."""
    tests = _tests(m, weekday, hour, length)
    spans = _merged([*tests, *also])
    now = m.site.first_day * MINUTES_A_DAY + np.arange(m.minutes)
    run = _run_minutes(now, spans)
    refill = now - (now - m.number * MINUTES_A_DAY) % (REFILL_DAYS * MINUTES_A_DAY)
    return Runs(
        running=_running(now, spans).astype(np.float32),
        warm=_warmth(now, spans).astype(np.float32),
        minutes_since_refill=(run - _run_minutes(refill, spans)).astype(np.float32),
    )


def _tests(m: Machine, weekday: int, hour: int, length: int) -> Iterator[Span]:
    first = _EPOCH + timedelta(days=m.site.first_day - REFILL_DAYS - 8)
    for ahead in range((weekday - first.weekday()) % 7, m.site.days + REFILL_DAYS + 10, 7):
        start = datetime.combine(first + timedelta(days=ahead), time(hour), ZoneInfo(m.site.tz)).astimezone(UTC)
        minute = int(start.timestamp()) // 60
        yield minute, minute + length


def _merged(spans: list[Span]) -> list[Span]:
    """In order, those that overlap or touch made one."""
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _run_minutes(now: npt.NDArray[np.int64], spans: list[Span]) -> npt.NDArray[np.float64]:
    """Minutes run in all spans up to each moment."""
    corners = np.array(spans).ravel()
    lengths = np.diff(np.array(spans), axis=1).ravel()
    total = np.concatenate(([0], np.repeat(np.cumsum(lengths), 2)[:-1]))
    return np.interp(now, corners, total)


def _running(now: npt.NDArray[np.int64], spans: list[Span]) -> npt.NDArray[np.bool_]:
    return np.asarray(np.searchsorted(np.array(spans).ravel(), now, side="right") % 2, bool)


def _warmth(now: npt.NDArray[np.int64], spans: list[Span]) -> npt.NDArray[np.float64]:
    """Warm within 12 minutes of the start, cold again an hour and a half after the end."""
    corners = np.array([(start, start + 12, end, end + 90) for start, end in spans]).ravel()
    return np.asarray(
        np.interp(now, np.maximum.accumulate(corners), np.tile([0.0, 1.0, 1.0, 0.0], len(spans))), np.float64
    )
