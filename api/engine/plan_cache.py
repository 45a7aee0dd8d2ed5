"""A least-recently-used cache of plans."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import NamedTuple

from api.engine.messages import PlanReply


class PlanKey(NamedTuple):
    """What a plan depends on: the model, the caller's scope (such as the catalogue's version), the request's digest."""

    sha256: str
    scope: str
    request: bytes


class PlanCache:
    """Keeps the `size` plans used most recently; safe for many threads."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._plans: OrderedDict[PlanKey, PlanReply] = OrderedDict()
        self._lock = Lock()

    def get(self, key: PlanKey) -> PlanReply | None:
        """The plan kept under `key`, which counts as its use."""
        with self._lock:
            found = self._plans.get(key)
            if found is not None:
                self._plans.move_to_end(key)
            return found

    def put(self, key: PlanKey, reply: PlanReply) -> None:
        """Keeps `reply`; the one unused for longest gives way."""
        with self._lock:
            self._plans[key] = reply
            self._plans.move_to_end(key)
            while len(self._plans) > self._size:
                self._plans.popitem(last=False)

    def __len__(self) -> int:
        with self._lock:
            return len(self._plans)
