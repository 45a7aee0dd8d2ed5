"""python -m cc_common.feedback.rl_data sample|trajectories|pairs|batches|statistics --out FILE.parquet --seed N"""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import pandas as pd

from cc_common.catalog.store import load_catalog
from cc_common.core.errors import CommandCenterError, InvalidInput
from cc_common.core.settings import load_settings
from cc_common.core.windows import Window
from cc_common.db import open_databases
from cc_common.feedback.rl_data.providers import RlData

DEFAULT_DAYS: Final = 7


def main(words: list[str] | None = None) -> int:
    """The exit status."""
    arguments = _parser().parse_args(words)
    try:
        with open_databases(load_settings()) as databases:
            data = RlData(databases, load_catalog(databases.timeseries))
            frame = arguments.provider(data, _window(data, arguments), arguments)
        _write(frame, arguments.out)
    except (CommandCenterError, OSError) as exc:
        print(exc, file=sys.stderr)
        return 1
    print(f"{len(frame):,} rows, {len(frame.columns)} columns: {arguments.out}")
    return 0


def _sample(data: RlData, window: Window, asked: Namespace) -> pd.DataFrame:
    return data.states(window, count=asked.count, seed=asked.seed, equipment_type=asked.type)


def _trajectories(data: RlData, window: Window, asked: Namespace) -> pd.DataFrame:
    given = {"count": asked.count, "steps": asked.steps, "step_minutes": asked.step_minutes, "seed": asked.seed}
    return data.trajectories(window, **given, equipment_type=asked.type)


def _pairs(data: RlData, window: Window, asked: Namespace) -> pd.DataFrame:
    return data.pairs(window, seed=asked.seed, synthetic=asked.synthetic)


def _batches(data: RlData, window: Window, asked: Namespace) -> pd.DataFrame:
    given = {"count": asked.count, "share": asked.share, "seed": asked.seed, "truth": asked.truth}
    return data.batch(window, **given, equipment_type=asked.type)


def _statistics(data: RlData, window: Window, asked: Namespace) -> pd.DataFrame:
    return data.statistics(window, equipment_type=asked.type)


def _parser() -> ArgumentParser:
    parser = ArgumentParser(prog="python -m cc_common.feedback.rl_data", description="Data for reinforcement learning.")
    providers = parser.add_subparsers(required=True, metavar="sample|trajectories|pairs|batches|statistics")
    shared = _shared()
    several = ArgumentParser(add_help=False)
    several.add_argument("--count", type=int, default=1000, help="how many (default %(default)s)")
    typed = ArgumentParser(add_help=False)
    typed.add_argument("--type", help="only machines of this type (default: all)")
    sample = providers.add_parser("sample", parents=[shared, several, typed], help="states of random machines")
    sample.set_defaults(provider=_sample)
    runs = providers.add_parser("trajectories", parents=[shared, several, typed], help="consecutive states")
    runs.add_argument("--steps", type=int, default=60, help="states of each (default %(default)s)")
    runs.add_argument("--step-minutes", type=int, default=1, help="minutes between two (default %(default)s)")
    runs.set_defaults(provider=_trajectories)
    pairs = providers.add_parser("pairs", parents=[shared], help="preference pairs of the window's ratings")
    pairs.add_argument("--synthetic", type=int, default=0, help="made-up pairs for a cold start (default none)")
    pairs.set_defaults(provider=_pairs)
    batches = providers.add_parser("batches", parents=[shared, several, typed], help="states enriched with anomalies")
    batches.add_argument("--share", type=float, default=0.5, help="of them, from anomalies (default %(default)s)")
    batches.add_argument(
        "--truth", choices=("detector", "labels"), default="detector", help="who says what was wrong (default detector)"
    )
    batches.set_defaults(provider=_batches)
    statistics = providers.add_parser("statistics", parents=[shared, typed], help="what there is to draw from")
    statistics.set_defaults(provider=_statistics)
    return parser


def _shared() -> ArgumentParser:
    shared = ArgumentParser(add_help=False)
    shared.add_argument("--out", type=Path, required=True, help="the Parquet file to write")
    shared.add_argument("--seed", type=int, default=1, help="the same seed, the same data (default %(default)s)")
    shared.add_argument("--start", type=_moment, help=f"ISO 8601 with a zone (default: {DEFAULT_DAYS} days before end)")
    shared.add_argument("--end", type=_moment, help="not included (default: after the newest row; of pairs: now)")
    return shared


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a time without a time zone")
    return moment


def _window(data: RlData, asked: Namespace) -> Window:
    length = timedelta(days=DEFAULT_DAYS)
    end = asked.end or (datetime.now(UTC) if asked.provider is _pairs else data.newest(length).end)
    return Window(start=asked.start or end - length, end=end)


def _write(frame: pd.DataFrame, out: Path) -> None:
    """Whole or not at all."""
    if out.suffix != ".parquet":
        raise InvalidInput(f"--out names a Parquet file, such as states.parquet, not {out.name!r}.")
    beside = out.with_suffix(".parquet.part")
    frame.to_parquet(beside, index=False)
    beside.replace(out)


if __name__ == "__main__":
    sys.exit(main())
