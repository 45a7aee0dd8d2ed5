"""Ctrl-C, SIGTERM or a closed terminal: the first stops everything in order, the next at once."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from types import FrameType
from typing import Final

from cc_common.system.terminal import say

SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
ONE_SIGNAL_S: Final = 1.0  # make and the terminal may both pass on the same one


def stop_on_signals(kill: Callable[[], None]) -> None:
    """The first signal becomes a KeyboardInterrupt; a later one calls `kill` and ends the process."""
    first_at: list[float] = []

    def handle(_number: int, _frame: FrameType | None) -> None:
        if not first_at:
            first_at.append(time.monotonic())
            say("stopping; once more Ctrl-C to stop at once")
            raise KeyboardInterrupt
        if time.monotonic() - first_at[0] > ONE_SIGNAL_S:
            kill()
            os._exit(130)

    for number in SIGNALS:
        signal.signal(number, handle)
