"""rejects.csv: every row that no table took, with its file, line and reason; nothing is dropped silently."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import Final

from cc_common.importing.block import Aside

HEADER: Final = ("file", "line", "reason", "column", "row")


def header() -> bytes:
    """The first line of the file."""
    return _written([HEADER])


def lines_of(name: str, aside: Iterable[Aside]) -> bytes:
    """The rows of one file as lines of CSV; `row` is the whole line as it was read (of Parquet: as JSON)."""
    return _written((name, *each) for each in aside)


def _written(rows: Iterable[Iterable[object]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode("utf-8", "backslashreplace")
