"""python -m cc_common.connectors MAPPING.toml [--check] [--only ID ...], or --draft FOLDER for a first mapping."""

from __future__ import annotations

import sys
import time
from argparse import ArgumentParser, Namespace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from cc_common.connectors.draft import draft_mapping
from cc_common.connectors.importer import Import
from cc_common.core.errors import CommandCenterError
from cc_common.core.settings import load_settings
from cc_common.db import migrate, open_databases

SAY_EVERY_S: Final = 2.0


def main() -> int:
    """The exit status: 0 when all was read, also with rows kept aside; 1 with a message; 130 after Ctrl-C."""
    arguments = _arguments()
    try:
        return _draft(arguments) if arguments.draft else _import(arguments)
    except CommandCenterError as exc:
        print(f"\n{exc}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped; the same command goes on from here.", file=sys.stderr)
        return 130


def _import(arguments: Namespace) -> int:
    settings = load_settings()
    folder = settings.data_dir / "imports" / datetime.now(UTC).strftime("%Y-%m-%dT%H-%M-%S")
    with open_databases(settings) as databases:
        migrate(databases.timeseries, "timeseries")
        report = Import(
            database=databases.timeseries,
            mapping=arguments.mapping,
            folder=folder,
            only=frozenset(arguments.only),
            check=arguments.check,
            progress=Progress(),
        ).run()
    print(f"\n{report.as_text()}\nThe report and the rows kept aside: {folder}")
    return 0


def _draft(arguments: Namespace) -> int:
    text = draft_mapping(arguments.draft, arguments.mapping.parent if arguments.mapping else arguments.draft)
    if arguments.mapping is None:
        print(text)
    elif arguments.mapping.exists():
        print(f"{arguments.mapping} is there already; a draft never writes over it.", file=sys.stderr)
        return 1
    else:
        arguments.mapping.write_text(text, "utf-8")
        print(f"A first mapping is in {arguments.mapping}. Read it, put it right, then run it with --check.")
    return 0


class Progress:
    """A line now and then: the share done, rows a second, and the time left."""

    def __init__(self) -> None:
        self._began = self._said_at = time.monotonic()
        self._first: float | None = None

    def __call__(self, share: float, rows: int) -> None:
        """`share` of all bytes is read, and in this run so many rows."""
        now = time.monotonic()
        self._first = share if self._first is None else self._first
        if now - self._said_at < SAY_EVERY_S:
            return
        self._said_at, spent = now, now - self._began
        left = spent * (1 - share) / max(share - self._first, 1e-6) if share > self._first else 0.0
        time_left = f"  {left:,.0f} s left" if left else ""
        print(f"  {share:4.0%}  {rows:,} rows  {rows / spent:,.0f} a second{time_left}", flush=True)


def _arguments() -> Namespace:
    parser = ArgumentParser(prog="python -m cc_common.connectors", description="Import a plant of your own.")
    parser.add_argument(
        "mapping", type=Path, nargs="?", metavar="MAPPING.toml", help="what the plant and its files are"
    )
    parser.add_argument("--check", action="store_true", help="read everything and report, but write no row")
    parser.add_argument("--only", nargs="+", default=(), metavar="ID", help="only these machines")
    parser.add_argument("--draft", type=Path, metavar="FOLDER", help="write a first mapping from the files in there")
    arguments = parser.parse_args()
    if arguments.mapping is None and arguments.draft is None:
        parser.error("which mapping? --draft FOLDER writes a first one")
    return arguments


if __name__ == "__main__":
    sys.exit(main())
