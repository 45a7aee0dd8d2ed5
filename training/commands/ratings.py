"""The command lines of the stages that learn from ratings: pairs and tier1."""

from __future__ import annotations

import argparse
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from cc_common.core.settings import load_settings
from cc_common.core.windows import Window
from training.commands.arguments import Stages, count, minutes, moment, say

FIRST: Final = datetime(2000, 1, 1, tzinfo=UTC)  # before any rating


def add_pairs(stages: Stages) -> None:
    """python -m training pairs"""
    from training import pairs

    parser = stages.add_parser("pairs", help="make preference pairs of a window's ratings")
    _add_window(parser, start_required=True)
    parser.add_argument(
        "--strategy", choices=("default", "product"), default="default", help="product: up x down, for comparison only"
    )
    parser.add_argument("--cap", type=count, default=pairs.CAP, help=f"most transplants a prompt ({pairs.CAP})")
    parser.set_defaults(stage=_pairs)


def add_tier1(stages: Stages) -> None:
    """python -m training tier1"""
    parser = stages.add_parser("tier1", help="retrain the ranker, compare it with the online one, serve the better")
    _add_window(parser, start_required=False)
    parser.add_argument("--minutes", type=minutes, default=5.0, help="most time to learn in (5)")
    parser.set_defaults(stage=_tier1)


def _add_window(parser: argparse.ArgumentParser, *, start_required: bool) -> None:
    default = None if start_required else FIRST
    since = "" if start_required else " (the whole buffer)"
    parser.add_argument(
        "--start", type=moment, required=start_required, default=default, help=f"ratings from this moment on{since}"
    )
    parser.add_argument("--end", type=moment, required=True, help="ratings before it, as 2026-03-05T00:00+05:30")
    parser.add_argument("--out", type=Path, required=True, help="folder to fill; its manifest.json is written last")
    parser.add_argument("--seed", type=count, default=1, help="of every draw (1)")
    parser.add_argument("--force", action="store_true", help="make it again although it is there")


def _pairs(arguments: argparse.Namespace) -> None:
    from cc_common.catalog.store import load_catalog
    from cc_common.db import migrate, open_databases
    from training import pairs

    with open_databases(load_settings()) as databases:
        migrate(databases.app, "app")
        made = pairs.run(
            databases.app,
            load_catalog(databases.timeseries),
            _window(arguments),
            arguments.out,
            strategy=arguments.strategy,
            cap=arguments.cap,
            seed=arguments.seed,
            force=arguments.force,
            say=say,
        )
    sys.stdout.write(pairs.report(made["figures"]))


def _tier1(arguments: argparse.Namespace) -> None:
    from cc_common.db import migrate, open_databases
    from training import tier1

    settings = load_settings()
    with open_databases(settings) as databases:
        migrate(databases.app, "app")
        made = tier1.run(
            settings,
            databases.app,
            _window(arguments),
            arguments.out,
            seed=arguments.seed,
            minutes=arguments.minutes,
            force=arguments.force,
            say=say,
        )
    sys.stdout.write(json.dumps(made["figures"], indent=2) + "\n")


def _window(arguments: argparse.Namespace) -> Window:
    return Window(start=arguments.start, end=arguments.end)
