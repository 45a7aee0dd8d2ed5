"""The launcher's terminal: a line for each part, progress bars, signals, waiting for the API."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Callable
from http.client import HTTPConnection, HTTPException
from types import FrameType
from typing import Final

from cc_common.core.settings import Settings

PARTS_WIDTH: Final = 12
BAR_WIDTH: Final = 30
TTY_EVERY_S: Final = 0.2
PLAIN_EVERY_S: Final = 5.0


def print_line(part: str, text: str = "") -> None:
    """Prints one line immediately; prints nothing after the terminal has closed."""
    _write(f"  {part:<{PARTS_WIDTH}} {text}".rstrip() + "\n")


class Bar:
    """A bar with rows, rows a second and the time left; rewritten in a terminal, a line at intervals elsewhere."""

    def __init__(self, part: str) -> None:
        self._part, self._tty = part, sys.stdout.isatty()
        self._began = self._shown_at = time.monotonic()

    def __call__(self, done: int, total: int) -> None:
        """Shows that `done` of `total` rows are written."""
        now = time.monotonic()
        every = TTY_EVERY_S if self._tty else PLAIN_EVERY_S
        if now - self._shown_at < every and done < total:
            return
        self._shown_at = now
        text = f"  {self._part:<{PARTS_WIDTH}} {bar_text(done, total, now - self._began)}"
        _write(f"\r\x1b[K{text}" + ("\n" if done >= total else "") if self._tty else f"{text}\n")


def bar_text(done: int, total: int, elapsed_s: float) -> str:
    """The bar as text, such as "[###   ] 50 %  1,000 of 2,000 rows  500 a second  2 s left"."""
    share = done / total if total else 1.0
    rate = done / elapsed_s if elapsed_s else 0.0
    left = f"{(total - done) / rate:,.0f} s left" if rate else ""
    filled = "#" * int(share * BAR_WIDTH)
    return f"[{filled:<{BAR_WIDTH}}] {share:4.0%}  {done:,} of {total:,} rows  {rate:,.0f} a second  {left}".rstrip()


def _write(text: str) -> None:
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except OSError:  # the terminal has closed, which must not prevent the parts from being stopped
        pass


SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
ONE_SIGNAL_S: Final = 1.0  # make and the terminal may both deliver the same signal


def stop_on_signals(kill: Callable[[], None]) -> None:
    """Raises KeyboardInterrupt at the first signal; a later one calls `kill` and ends the process."""
    first_at: list[float] = []

    def handle(_number: int, _frame: FrameType | None) -> None:
        if not first_at:
            first_at.append(time.monotonic())
            print_line("stopping; once more Ctrl-C to stop at once")
            raise KeyboardInterrupt
        if time.monotonic() - first_at[0] > ONE_SIGNAL_S:
            kill()
            os._exit(130)

    for number in SIGNALS:
        signal.signal(number, handle)


PATIENCE_S: Final = 120.0
SETTLED_S: Final = 5.0  # a reason other than loading that persists this long needs the user
POLL_S: Final = 0.2


def wait_ready(settings: Settings, keep_up: Callable[[], None]) -> bool:
    """Waits until /readyz reports ready, printing its reason; False when it needs the user."""
    until = time.monotonic() + PATIENCE_S
    said, said_at = "", time.monotonic()
    while time.monotonic() < until:
        keep_up()
        if not (reason := unready_parts(settings)):
            return True
        if reason != said:
            said, said_at = reason, time.monotonic()
            print_line("API", reason)
        elif "loading" not in reason and "starting" not in reason and time.monotonic() - said_at > SETTLED_S:
            return False
        time.sleep(POLL_S)
    return False


def unready_parts(settings: Settings) -> str:
    """The reason of the API for not being ready; "" when it is."""
    connection = HTTPConnection(api_address(settings), settings.port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        response = connection.getresponse()
        body = response.read()
    except (OSError, HTTPException):
        return "starting"
    finally:
        connection.close()
    return "" if response.status == 200 else _reasons(body)


def api_address(settings: Settings) -> str:
    """The API's address on this machine, also when it listens on every interface."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)  # noqa: S104


def _reasons(body: bytes) -> str:
    try:
        parts = json.loads(body)["parts"]
        return "; ".join(part["reason"] for part in parts if part["needed"] and not part["ready"])
    except (ValueError, KeyError, TypeError):
        return "starting"
