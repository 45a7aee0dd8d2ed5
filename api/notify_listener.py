"""Listens to PostgreSQL's NOTIFY in threads: a new ranker state, a new served model, a changed catalogue."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread

from cc_common.core.errors import CommandCenterError
from cc_common.db import Database

logger = logging.getLogger(__name__)


@contextmanager
def listen(database: Database, channel: str, catch_up: Callable[[], object], *, poll_s: float) -> Iterator[None]:
    """Calls `catch_up` on each announcement, and every `poll_s` for one that was lost with its connection."""
    ended = Event()
    thread = Thread(target=_listen, args=(database, channel, catch_up, poll_s, ended), name=channel, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join(2 * poll_s)


def _listen(database: Database, channel: str, catch_up: Callable[[], object], poll_s: float, ended: Event) -> None:
    for _ in database.listen(channel, timeout_s=poll_s):
        if ended.is_set():
            return
        try:
            catch_up()
        except CommandCenterError as exc:
            logger.warning("%s stays as it is for now: %s", channel, exc)
