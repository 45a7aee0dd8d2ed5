"""What the command lines share: how times and numbers are read, and where progress goes."""

from __future__ import annotations

import argparse
import sys
from datetime import datetime
from typing import Any

Stages = Any  # argparse gives what add_subparsers returns no public name


def moment(text: str) -> datetime:
    """A time with a zone."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no time such as 2026-03-05T00:00+05:30") from None
    if found.tzinfo is None:
        raise argparse.ArgumentTypeError(f"{text!r} has no time zone: write 2026-03-05T00:00Z or +05:30")
    return found


def count(text: str) -> int:
    """A whole number from 0."""
    if not text.isascii() or not text.isdigit():
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 0")
    return int(text)


def minutes(text: str) -> float:
    """More than 0, at most a day."""
    try:
        found = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of minutes") from None
    if not 0 < found <= 24 * 60:
        raise argparse.ArgumentTypeError(f"{text} minutes: more than 0 and at most a day")
    return found


def say(line: str) -> None:
    """Progress, on standard error: standard output is for what a program reads."""
    sys.stderr.write(f"{line}\n")
