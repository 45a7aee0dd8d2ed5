"""Commands of a night: nightly, or begin and its stages one by one. Take ids and times, print one line of JSON."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cc_common.operations.commands import MOMENT, show_line
from training.commands.arguments import MINUTES, STRATEGIES, options, print_json

if TYPE_CHECKING:
    from cc_common.core.settings import Settings
    from cc_common.core.windows import Window
    from cc_common.db import Databases
    from cc_common.model_registry.training_runs import Night

STAGES = ("pairs", "tier1", "tier2", "gguf", "gate", "publish")
_RUN_ID = click.option("--run-id", required=True, help="Id of an open night.")
_TRAINING_MINUTES = click.option(
    "--minutes", type=MINUTES, help="Time limit of Tier 2's training in minutes (default: CC_TIER2_MINUTES)."
)
_WHOLE = options(
    click.option("--run-id", help="Lower-case id of the night (default: the interrupted one's, else the time)."),
    click.option("--start", type=MOMENT, help="Start of the ratings (default: the end of the last promoted night)."),
    click.option(
        "--end", type=MOMENT, help="End of the ratings, exclusive, such as 2026-03-05T00:00+05:30 (default: now)."
    ),
    click.option("--strategy", type=STRATEGIES, default="default", help="How pairs are made from ratings."),
    _TRAINING_MINUTES,
    click.option("--dry-run", is_flag=True, help="Stop after the gate's verdict."),
    click.option("--force", is_flag=True, help="Run even with few new ratings."),
)


@contextmanager
def _opened() -> Iterator[tuple[Settings, Databases]]:
    from cc_common.core.settings import load_settings
    from cc_common.db import migrate, open_databases

    settings = load_settings()
    with open_databases(settings) as databases:
        migrate(databases.app, "app")
        yield settings, databases


@click.command()
@_WHOLE
def nightly(run_id: str | None, start: datetime | None, end: datetime | None, **wishes: Any) -> None:
    """Run a whole night.

    An interrupted night is resumed: finished stages are skipped.

    \b
    Examples:
      python -m training nightly
      python -m training nightly --force --minutes 5 --dry-run
    """
    from training.night import RunOptions
    from training.night import nightly as run

    with _opened() as (settings, databases):
        window = _window(databases, start, end)
        night = run(settings, databases, run_id=run_id, window=window, wishes=RunOptions(**wishes), say=show_line)
        print_json(_summary(settings, night))


@click.command()
@_WHOLE
def begin(run_id: str | None, start: datetime | None, end: datetime | None, **wishes: Any) -> None:
    """Open a night whose stages are run one by one.

    The state in its JSON says whether the night is skipped.

    \b
    Example:
      python -m training begin --run-id one --force
    """
    from training.night import RunOptions, open_night

    with _opened() as (settings, databases):
        night, _ = open_night(settings, databases, run_id, _window(databases, start, end), RunOptions(**wishes))
        print_json(_summary(settings, night))


@click.command()
@click.argument("name", type=click.Choice(STAGES))
@_RUN_ID
@click.option("--strategy", type=STRATEGIES, default="default", help="Strategy of the pairs stage.")
@click.option("--force", is_flag=True, help="Pairs stage: make the pairs again.")
@_TRAINING_MINUTES
def stage(name: str, run_id: str, strategy: str, force: bool, minutes: float | None) -> None:
    """Run one stage of an open night.

    \b
    Example:
      python -m training stage pairs --run-id one
    """
    _run_stage(run_id, name, strategy=strategy, force=force, minutes=minutes)


@click.command()
@_RUN_ID
@_TRAINING_MINUTES
def tier2(run_id: str, minutes: float | None) -> None:
    """Train an adapter on a night's pairs and unpaired ratings.

    \b
    Example:
      python -m training tier2 --run-id one --minutes 10
    """
    _run_stage(run_id, "tier2", minutes=minutes)


@click.command()
@_RUN_ID
def gate(run_id: str) -> None:
    """Compare a night's model with the served one.

    \b
    Example:
      python -m training gate --run-id one
    """
    _run_stage(run_id, "gate")


@click.command()
@_RUN_ID
def publish(run_id: str) -> None:
    """Serve or reject a night's model by its verdict.

    \b
    Example:
      python -m training publish --run-id one
    """
    _run_stage(run_id, "publish")


@click.command()
@click.option("--run-id", help="Id of an open night; or give --adapter and --out.")
@click.option(
    "--adapter",
    "adapters",
    type=click.Path(path_type=Path),
    multiple=True,
    help="Folder of an adapter; may be repeated.",
)
@click.option("--out", type=click.Path(path_type=Path), help="The GGUF to write.")
@click.option("--quantisation", default="Q8_0", help="Q8_0, Q4_0, Q4_1, Q5_1, Q6_K or F16.")
def gguf(run_id: str | None, adapters: tuple[Path, ...], out: Path | None, quantisation: str) -> None:
    """Merge adapters into the base GGUF, and quantise.

    \b
    Examples:
      python -m training gguf --run-id one
      python -m training gguf --adapter models/starter --out model.gguf
    """
    if run_id:
        _run_stage(run_id, "gguf")
        return
    if not adapters or not out:
        raise click.UsageError("gguf needs --run-id, or --adapter and --out.")
    from cc_common.core.settings import load_settings
    from cc_common.model_registry.versions import base_gguf
    from training.gguf import build_gguf

    path = build_gguf(base_gguf(load_settings()), list(adapters), out, quantisation=quantisation)
    print_json({"path": str(path)})


@click.command()
@_RUN_ID
def learnable(run_id: str) -> None:
    """End a night as skipped if its pairs contain nothing to learn.

    \b
    Example:
      python -m training learnable --run-id one
    """
    from training.night import skip_unless_learnable

    with _opened() as (settings, databases):
        print_json(_summary(settings, skip_unless_learnable(settings, databases, run_id)))


@click.command()
@_RUN_ID
@click.option("--skipped", is_flag=True, help="End the night as skipped instead of failed.")
@click.option("--reason", default="abandoned", help="The reason, stored with the night.")
def abandon(run_id: str, skipped: bool, reason: str) -> None:
    """End an open night as failed.

    A night that has ended is not changed.

    \b
    Example:
      python -m training abandon --run-id one --reason "the disk was full"
    """
    from cc_common.model_registry import training_runs

    with _opened() as (settings, databases):
        if training_runs.get_night(databases.app, run_id).state == "running":
            training_runs.finish_night(databases.app, run_id, "skipped" if skipped else "failed", reason)
        print_json(_summary(settings, training_runs.get_night(databases.app, run_id)))


def _run_stage(run_id: str, name: str, **wishes: Any) -> None:
    from training.night import RunOptions, run_stage

    given = {key: value for key, value in wishes.items() if value is not None}
    with _opened() as (settings, databases):
        figures = run_stage(settings, databases, run_id, name, RunOptions(**given), show_line)
        print_json({"run_id": run_id, "stage": name, "figures": figures})


def _window(databases: Databases, start: datetime | None, end: datetime | None) -> Window | None:
    """The window given; a missing end is filled with the default, None where neither is given."""
    from cc_common.core.windows import Window
    from cc_common.model_registry import training_runs

    if start is None and end is None:
        return None
    end = end or datetime.now(UTC)
    return Window(start=start or training_runs.next_window(databases.app, end).start, end=end)


def _summary(settings: Settings, night: Night) -> dict[str, Any]:
    from cc_common.core.windows import iso
    from training.night import folder_of

    return {
        "run_id": night.run_id,
        "state": night.state,
        "stage": night.stage,
        "reason": night.reason,
        "start": iso(night.window_start),
        "end": iso(night.window_end),
        "parent": night.parent,
        "folder": str(folder_of(settings, night.run_id)),
        "figures": dict(night.figures),
    }
