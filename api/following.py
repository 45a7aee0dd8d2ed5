"""A thread that takes up what Tier 1 learns in any process, as soon as it is announced."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import Final

from cc_common.db import Database
from cc_common.errors import CommandCenterError
from cc_common.tier1 import Tier1

logger = logging.getLogger(__name__)

CHANNEL: Final = "tier1"
POLL_S: Final = 1.0  # how long an announcement lost with its connection goes unnoticed


@contextmanager
def following(app: Database, tier1: Tier1) -> Iterator[None]:
    """Follows while the context lasts."""
    ended = Event()
    thread = Thread(target=_follow, args=(app, tier1, ended), name="tier1", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join(2 * POLL_S)


def _follow(app: Database, tier1: Tier1, ended: Event) -> None:
    for _ in app.listen(CHANNEL, timeout_s=POLL_S):
        if ended.is_set():
            return
        try:
            tier1.follow()
        except CommandCenterError as exc:
            logger.warning("Tier 1 stays at version %s for now: %s", tier1.version, exc)
