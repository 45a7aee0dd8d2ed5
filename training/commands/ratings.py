"""Commands of the stages that learn from ratings: pairs and tier1."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from cc_common.operations.commands import MOMENT, show_line
from training.commands.arguments import COUNT, MINUTES, STRATEGIES, options, print_json

if TYPE_CHECKING:
    from cc_common.feedback.pairs import Strategy

FIRST: Final = datetime(2000, 1, 1, tzinfo=UTC)  # before any rating
_END = click.option(
    "--end", type=MOMENT, required=True, help="End of the ratings, exclusive, such as 2026-03-05T00:00+05:30."
)
_OUT = click.option(
    "--out",
    type=click.Path(path_type=Path),
    required=True,
    help="Folder to fill; its manifest.json is written last.",
)
_SEED = click.option("--seed", type=COUNT, default=1, help="Seed of all random draws.")
_FORCE = click.option("--force", is_flag=True, help="Make the output again, even when it is valid.")


@click.command()
@click.option("--start", type=MOMENT, required=True, help="Ratings from this time on.")
@click.option("--strategy", type=STRATEGIES, default="default", help="product: up x down, for comparison only.")
@click.option("--cap", type=COUNT, help="Most transplants per prompt (default: training.pairs.CAP).")
@options(_END, _OUT, _SEED, _FORCE)
def pairs(
    start: datetime, end: datetime, out: Path, strategy: Strategy, cap: int | None, seed: int, force: bool
) -> None:
    """Make preference pairs from a window's ratings.

    \b
    Example:
      python -m training pairs --start 2026-03-04T00:00Z --end 2026-03-05T00:00Z --out data/nights/one/pairs
    """
    from cc_common.catalog.store import load_catalog
    from cc_common.core.settings import load_settings
    from cc_common.core.windows import Window
    from cc_common.db import migrate, open_databases
    from training import pairs as stage

    window = Window(start=start, end=end)
    with open_databases(load_settings()) as databases:
        migrate(databases.app, "app")
        made = stage.run(
            databases.app,
            load_catalog(databases.timeseries),
            window,
            out,
            strategy=strategy,
            cap=stage.CAP if cap is None else cap,
            seed=seed,
            force=force,
            say=show_line,
        )
    click.echo(stage.report(made["figures"]), nl=False)


@click.command()
@click.option("--start", type=MOMENT, default=FIRST, help="Ratings from this time on.", show_default="the whole buffer")
@click.option("--minutes", type=MINUTES, default=5.0, help="Time limit in minutes.")
@options(_END, _OUT, _SEED, _FORCE)
def tier1(start: datetime, end: datetime, out: Path, minutes: float, seed: int, force: bool) -> None:
    """Retrain the ranker and serve the better one.

    The ranker trained on the window is compared with the one that learned online.

    \b
    Example:
      python -m training tier1 --end 2026-03-05T00:00Z --out data/nights/one/tier1
    """
    from cc_common.core.settings import load_settings
    from cc_common.core.windows import Window
    from cc_common.db import migrate, open_databases
    from training import tier1 as stage

    settings, window = load_settings(), Window(start=start, end=end)
    with open_databases(settings) as databases:
        migrate(databases.app, "app")
        made = stage.run(settings, databases.app, window, out, seed=seed, minutes=minutes, force=force, say=show_line)
    print_json(made["figures"], indent=2)
