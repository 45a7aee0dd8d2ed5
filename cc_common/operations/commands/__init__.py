"""The commands of `python -m cc_common`, and their shared parts: exit status, error line, times, progress, signals.

Each command imports its modules when it runs, so that --help is fast.
"""

from __future__ import annotations

import logging
import signal
import sys
from collections.abc import Callable, Sequence
from datetime import datetime
from threading import Event
from typing import Any, Final

import click

from cc_common.core.errors import CommandCenterError

CONTEXT: Final = {"show_default": True, "max_content_width": 110, "help_option_names": ["-h", "--help"]}
INTERRUPTED: Final = 130


def execute(tree: click.Group, words: Sequence[str] | None, program: str) -> int:
    """Runs one command and returns the exit status.

    The status is what the command returns, 0 for None; 1 with the message on standard error when it cannot be done, 2
    for wrong usage, 130 after Ctrl-C.
    """
    try:
        status = tree.main(words, program, standalone_mode=False)
    except click.ClickException as exc:
        exc.show()
        return exc.exit_code
    except click.Abort:
        return INTERRUPTED
    except CommandCenterError as exc:
        show_error(str(exc))
        return 1
    return status if isinstance(status, int) else 0


def show_error(message: str) -> None:
    """Writes the message to standard error, below a progress line that is not finished."""
    click.echo(f"\n{message}" if sys.stderr.isatty() else message, err=True)


class Moment(click.ParamType[datetime]):
    """An ISO 8601 time with a zone."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Returns the time; wrong usage when it is no time or has no zone."""
        if isinstance(value, datetime):
            return value
        try:
            found = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is no time. Write it as 2026-03-05T00:00+05:30", param, ctx)
        if found.tzinfo is None:
            self.fail(f"{value!r} has no time zone. Write {value}Z for UTC, or {value}+05:30", param, ctx)
        return found


MOMENT: Final = Moment()


def progress(noun: str) -> Callable[[int, int], None]:
    """Returns a callback that shows "120 of 363 machines" on standard error; in a terminal the line is rewritten."""
    terminal = sys.stderr.isatty()

    def show(done: int, total: int) -> None:
        text = f"{done:,} of {total:,} {noun}"
        click.echo(f"\r{text}" if terminal else text, err=True, nl=not terminal or done >= total)

    return show


def show_line(line: str) -> None:
    """Writes a line of progress to standard error: standard output is for what a program reads."""
    click.echo(line, err=True)


def log_to_stderr() -> None:
    """Sends log records of level INFO and above to standard error."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")


def stop_event() -> Event:
    """Returns an event that SIGTERM and SIGINT set: a loop that watches the plant ends after its current step."""
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop
