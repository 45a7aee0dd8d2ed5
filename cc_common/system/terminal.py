"""What the launcher says: one line a part, and a bar for what takes long."""

from __future__ import annotations

import sys
import time
from typing import Final

PARTS_WIDTH: Final = 12
BAR_WIDTH: Final = 30
TTY_EVERY_S: Final = 0.2
PLAIN_EVERY_S: Final = 5.0


def say(part: str, text: str = "") -> None:
    """One line, at once; after the terminal has gone, into nothing."""
    _write(f"  {part:<{PARTS_WIDTH}} {text}".rstrip() + "\n")


class Bar:
    """A bar with rows, rows a second and the time left; rewritten in a terminal, a line now and then elsewhere."""

    def __init__(self, part: str) -> None:
        self._part, self._tty = part, sys.stdout.isatty()
        self._began = self._shown_at = time.monotonic()

    def __call__(self, done: int, total: int) -> None:
        """`done` of `total` rows are written."""
        now = time.monotonic()
        every = TTY_EVERY_S if self._tty else PLAIN_EVERY_S
        if now - self._shown_at < every and done < total:
            return
        self._shown_at = now
        text = f"  {self._part:<{PARTS_WIDTH}} {drawn(done, total, now - self._began)}"
        _write(f"\r\x1b[K{text}" + ("\n" if done >= total else "") if self._tty else f"{text}\n")


def drawn(done: int, total: int, elapsed_s: float) -> str:
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
    except OSError:  # nobody reads any more; that must not keep the parts from being stopped
        pass
