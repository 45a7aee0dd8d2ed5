"""Chance that depends on a seed, a name and a time alone: any stretch of history can be made alone."""

from __future__ import annotations

from hashlib import blake2b
from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]

MINUTES_A_DAY: Final = 1440


def key(seed: int, *names: str | int) -> int:
    """64 bits from a seed and names."""
    text = "/".join(map(str, (seed, *names)))
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "little")


def uniform(of: int, at: Ints) -> npt.NDArray[np.float64]:
    """A number in [0, 1) for each of the integers `at`: SplitMix64, https://prng.di.unimi.it/splitmix64.c"""
    z = at.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + np.array([of], np.uint64)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return ((z ^ (z >> np.uint64(31))) >> np.uint64(11)).astype(np.float64) * 2.0**-53


def constant(of: int, low: float, high: float) -> float:
    """A number between low and high that never changes."""
    return low + (high - low) * float(uniform(of, np.zeros(1, np.int64))[0])


def wander(of: int, minutes: Ints, period: int) -> npt.NDArray[np.float64]:
    """A slow walk in [-1, 1] that turns every `period` minutes, seen at `minutes` since 1970."""
    first = int(minutes[0]) // period
    turns = 2 * uniform(of, np.arange(first, int(minutes[-1]) // period + 2)) - 1
    at, past = np.divmod(minutes, period)
    walk: npt.NDArray[np.float64] = turns[at - first] + (turns[at - first + 1] - turns[at - first]) * (past / period)
    return walk


def white(of: int, first_day: int, days: int, channels: int) -> Floats:
    """Standard normal noise (channels, days * 1440), each UTC day from its own Philox stream."""
    noise = np.empty((channels, days, MINUTES_A_DAY), np.float32)
    for day in range(days):
        stream = np.random.Generator(np.random.Philox(key=np.array([of, first_day + day], np.uint64)))
        noise[:, day] = stream.standard_normal((channels, MINUTES_A_DAY), np.float32)
    return noise.reshape(channels, -1)
