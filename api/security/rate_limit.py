"""Rate limit by client: a token bucket each; the buckets used most recently are kept."""

from __future__ import annotations

import math
from collections import OrderedDict
from threading import Lock
from typing import Final, NamedTuple

MAX_CLIENTS: Final = 10_000
BURST_S: Final = 2.0  # what a rested client may call at once: so many seconds' worth


class TokenBucket(NamedTuple):
    """What a client had left, and when (monotonic seconds)."""

    left: float
    at: float


class Limiter:
    """`rate` calls a second for each client; 0: as many as it likes. Safe for many threads."""

    def __init__(self, rate: float) -> None:
        self._rate, self._size = rate, max(1.0, rate * BURST_S)
        self._buckets: OrderedDict[str, TokenBucket] = OrderedDict()
        self._lock = Lock()

    def wait_s(self, client: str, now: float) -> int:
        """0 when the client may call now, which counts; else the whole seconds after which it may."""
        if not self._rate:
            return 0
        with self._lock:
            before = self._buckets.pop(client, TokenBucket(self._size, now))
            left = min(self._size, before.left + (now - before.at) * self._rate)
            allowed = left >= 1
            self._buckets[client] = TokenBucket(left - allowed, now)
            if len(self._buckets) > MAX_CLIENTS:
                self._buckets.popitem(last=False)
        return 0 if allowed else max(1, math.ceil((1 - left) / self._rate))
