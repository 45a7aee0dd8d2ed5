"""Commands that write data for reinforcement learning to Parquet files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from cc_common.operations.commands import MOMENT

if TYPE_CHECKING:
    import pandas as pd

    from cc_common.core.windows import Window
    from cc_common.feedback.rl_data import RlData, Truth

DEFAULT_DAYS: Final = 7
Command = TypeVar("Command", bound=Callable[..., Any])


def _options(*options: Callable[[Command], Command]) -> Callable[[Command], Command]:
    """Combines option decorators; the first is listed first in --help."""

    def decorate(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


_OUT = click.option(
    "--out", type=click.Path(path_type=Path), required=True, metavar="FILE.parquet", help="The Parquet file to write."
)
_SEED = click.option("--seed", type=int, default=1, help="The same seed over the same rows is the same data.")
_START = click.option("--start", type=MOMENT, help=f"Rows from this time on (default: {DEFAULT_DAYS} days before end).")
_END = click.option("--end", type=MOMENT, help="Rows before this time (default: after the newest row; of pairs: now).")
_COUNT = click.option("--count", type=int, default=1000, help="How many.")
_TYPE = click.option("--type", "equipment_type", metavar="TYPE", help="Only machines of this type (default: all).")


@click.group("rl-data")
def rl_data() -> None:
    """Write data for reinforcement learning.

    Each command writes one Parquet file, which is the same for the same seed and rows.

    \b
    Example:
      python -m cc_common rl-data sample --seed 7 --out states.parquet
    """


@rl_data.command()
@_options(_OUT, _COUNT, _TYPE, _SEED, _START, _END)
def sample(out: Path, count: int, equipment_type: str | None, seed: int, **times: datetime | None) -> None:
    """Draw states of random machines at random times.

    \b
    Example:
      python -m cc_common rl-data sample --count 1000 --seed 7 --out states.parquet
    """
    with _opened(times) as (data, window):
        _write(data.states(window, count=count, seed=seed, equipment_type=equipment_type), out)


@rl_data.command()
@click.option("--steps", type=int, default=60, help="States of each trajectory.")
@click.option("--step-minutes", type=int, default=1, help="Minutes between two states.")
@_options(_OUT, _COUNT, _TYPE, _SEED, _START, _END)
def trajectories(
    out: Path,
    count: int,
    steps: int,
    step_minutes: int,
    equipment_type: str | None,
    seed: int,
    **times: datetime | None,
) -> None:
    """Draw runs of consecutive states.

    \b
    Example:
      python -m cc_common rl-data trajectories --count 50 --steps 24 --step-minutes 60 --out days.parquet
    """
    size = {"count": count, "steps": steps, "step_minutes": step_minutes}
    with _opened(times) as (data, window):
        _write(data.trajectories(window, **size, seed=seed, equipment_type=equipment_type), out)


@rl_data.command()
@click.option("--synthetic", type=int, default=0, help="So many made-up pairs for a start without ratings.")
@_options(_OUT, _SEED, _START, _END)
def pairs(out: Path, synthetic: int, seed: int, **times: datetime | None) -> None:
    """Make preference pairs of the window's ratings.

    \b
    Example:
      python -m cc_common rl-data pairs --start 2026-03-01T00:00Z --out pairs.parquet
    """
    with _opened({**times, "end": times["end"] or datetime.now(UTC)}) as (data, window):
        _write(data.pairs(window, seed=seed, synthetic=synthetic), out)


@rl_data.command()
@click.option("--share", type=click.FloatRange(0, 1), default=0.5, help="The share drawn from anomalies.")
@click.option(
    "--truth",
    type=click.Choice(("detector", "labels")),
    default="detector",
    help="What says where anomalies are: the detector, or the simulator's labels.",
)
@_options(_OUT, _COUNT, _TYPE, _SEED, _START, _END)
def batches(
    out: Path,
    count: int,
    share: float,
    truth: Truth,
    equipment_type: str | None,
    seed: int,
    **times: datetime | None,
) -> None:
    """Draw states enriched with anomalies.

    \b
    Example:
      python -m cc_common rl-data batches --count 500 --share 0.3 --out batch.parquet
    """
    with _opened(times) as (data, window):
        _write(data.batch(window, count=count, share=share, seed=seed, truth=truth, equipment_type=equipment_type), out)


@rl_data.command()
@_options(_OUT, _TYPE, _START, _END)
def statistics(out: Path, equipment_type: str | None, **times: datetime | None) -> None:
    """Write statistics of the readings, one row a metric.

    \b
    Example:
      python -m cc_common rl-data statistics --type chiller --out statistics.parquet
    """
    with _opened(times) as (data, window):
        _write(data.statistics(window, equipment_type=equipment_type), out)


@contextmanager
def _opened(times: dict[str, datetime | None]) -> Iterator[tuple[RlData, Window]]:
    """Opens the data and the window: as given, else the DEFAULT_DAYS before the newest row."""
    from cc_common.catalog.store import load_catalog
    from cc_common.core.settings import load_settings
    from cc_common.core.windows import Window
    from cc_common.db import open_databases
    from cc_common.feedback.rl_data import RlData

    length = timedelta(days=DEFAULT_DAYS)
    with open_databases(load_settings()) as databases:
        data = RlData(databases, load_catalog(databases.timeseries))
        end = times["end"] or data.newest(length).end
        yield data, Window(start=times["start"] or end - length, end=end)


def _write(frame: pd.DataFrame, out: Path) -> None:
    """Writes the file atomically."""
    from cc_common.core.errors import InvalidInput

    if out.suffix != ".parquet":
        raise InvalidInput(f"--out names a Parquet file, such as states.parquet, not {out.name!r}.")
    beside = out.with_suffix(".parquet.part")
    try:
        frame.to_parquet(beside, index=False)
        beside.replace(out)
    except OSError as exc:
        raise InvalidInput(f"{out} cannot be written: {exc.strerror or exc}. Name another file with --out.") from exc
    click.echo(f"{len(frame):,} rows, {len(frame.columns)} columns: {out}")
