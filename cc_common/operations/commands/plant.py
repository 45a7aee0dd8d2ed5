"""Commands of the plant and its readings: simulator, import, quality."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from cc_common.operations.commands import INTERRUPTED, MOMENT, log_to_stderr, show_error, show_line, stop_event

if TYPE_CHECKING:
    from cc_common.analytics.data_quality.measures import MachineQuality

PROGRESS_EVERY_S: Final = 2.0


@click.group()
def simulator() -> None:
    """Write the simulated plant's readings.

    The plant has 363 machines; CC_PLANT_SEED chooses its readings, CC_PLANT_TZ its time zone. Both commands are
    refused when a plant was imported.

    \b
    Example:
      python -m cc_common simulator history --days 30
    """


@simulator.command()
@click.option("--days", type=click.IntRange(1), help="Days of history (default: CC_PLANT_DAYS).")
@click.option(
    "--years", type=click.IntRange(1), help="Years up to the plant's last midnight instead; 3 are 572,901,120 rows."
)
@click.option("--until", type=MOMENT, help="Where history ends, such as 2026-11-23T18:30Z (default: now).")
def history(days: int | None, years: int | None, until: datetime | None) -> None:
    """Write what is missing of the plant's past.

    It writes one row a minute and machine, and shows the rows written, rows a second and the time left. A run that was
    killed goes on where it was.

    \b
    Examples:
      python -m cc_common simulator history --days 30
      python -m cc_common simulator history --years 3
    """
    if days and years:
        raise click.UsageError("--days and --years exclude each other: give one of them.")
    from cc_common.catalog.growth import check_simulated
    from cc_common.catalog.store import install_catalog
    from cc_common.core.settings import load_settings
    from cc_common.db import migrate, open_databases
    from cc_common.simulator.plant import plant_in
    from cc_common.simulator.plant_build import build_history, days_of_years, last_midnight

    log_to_stderr()
    settings = load_settings()
    catalog, days, end = plant_in(settings.plant_tz), days or settings.plant_days, until or datetime.now(UTC)
    if years:
        days, end = days_of_years(years), until or last_midnight(end, settings.plant_tz)
    folder = settings.data_dir if settings.timeseries_dsn is None else None
    with open_databases(settings) as databases:
        plant = databases.timeseries
        migrate(plant, "timeseries")
        check_simulated(plant)
        install_catalog(plant, catalog)
        size = build_history(
            plant, catalog, days=days, seed=settings.plant_seed, until=end, folder=folder, say=click.echo
        )
    click.echo(str(size))


@simulator.command()
def feed() -> None:
    """Write each minute as it ends, until stopped.

    Minutes that were missed since the last stop are written first.

    \b
    Example:
      python -m cc_common simulator feed
    """
    from cc_common.catalog.growth import check_simulated
    from cc_common.catalog.store import install_catalog
    from cc_common.core.settings import load_settings
    from cc_common.db import migrate, open_databases
    from cc_common.simulator.feed import Feed
    from cc_common.simulator.plant import plant_in

    log_to_stderr()
    settings, stop = load_settings(), stop_event()
    catalog = plant_in(settings.plant_tz)
    with open_databases(settings) as databases:
        plant = databases.timeseries
        migrate(plant, "timeseries")
        check_simulated(plant)
        install_catalog(plant, catalog)
        Feed(timeseries=plant, catalog=catalog, seed=settings.plant_seed, days=settings.plant_days, stop=stop).run()


@click.command("import")
@click.argument("mapping", type=click.Path(path_type=Path), metavar="[MAPPING.toml]", required=False)
@click.option("--check", is_flag=True, help="Read everything and report, but write no row.")
@click.option("--only", multiple=True, metavar="ID", help="Only this machine; may be repeated.")
@click.option(
    "--draft", type=click.Path(path_type=Path), metavar="FOLDER", help="Write a first mapping from the files in FOLDER."
)
def import_plant(mapping: Path | None, check: bool, only: tuple[str, ...], draft: Path | None) -> int:
    """Import a plant of your own from files.

    Files are CSV or Parquet. MAPPING.toml describes the plant, its machines and its files;
    docs/howto/connect-a-plant.md explains it. --draft writes a first one, with comments, to standard output when no
    MAPPING.toml is named. Rows that cannot be read are kept aside and reported, and the status stays 0. A run that was
    stopped goes on where it was.

    \b
    Examples:
      python -m cc_common import plant.toml --draft /data/exports
      python -m cc_common import plant.toml --check
      python -m cc_common import plant.toml --only boiler_1 --only boiler_2
    """
    if draft:
        return _draft(draft, mapping)
    if mapping is None:
        raise click.UsageError("Name a MAPPING.toml; --draft FOLDER writes a first one from the files in FOLDER.")
    try:
        _import(mapping, check, only)
    except KeyboardInterrupt:
        show_error("Stopped; the same command goes on from here.")
        return INTERRUPTED
    return 0


def _import(mapping: Path, check: bool, only: Sequence[str]) -> None:
    from cc_common.connectors.importer import Import
    from cc_common.core.settings import load_settings
    from cc_common.db import migrate, open_databases

    settings = load_settings()
    folder = settings.data_dir / "imports" / datetime.now(UTC).strftime("%Y-%m-%dT%H-%M-%S")
    with open_databases(settings) as databases:
        migrate(databases.timeseries, "timeseries")
        report = Import(
            database=databases.timeseries,
            mapping=mapping,
            folder=folder,
            only=frozenset(only),
            check=check,
            progress=ImportProgress(),
        ).run()
    click.echo(f"\n{report.as_text()}\nThe report and the rows kept aside: {folder}")


def _draft(folder: Path, mapping: Path | None) -> int:
    from cc_common.connectors.draft import draft_mapping

    text = draft_mapping(folder, mapping.parent if mapping else folder)
    if mapping is None:
        click.echo(text)
    elif mapping.exists():
        show_error(f"{mapping} is there already; a draft never writes over it. Name another file.")
        return 1
    else:
        mapping.write_text(text, "utf-8")
        click.echo(f"A first mapping is in {mapping}. Read it, put it right, then run it with --check.")
    return 0


class ImportProgress:
    """Shows every two seconds the share of bytes read, rows a second, and the time left."""

    def __init__(self) -> None:
        self._began = self._shown_at = time.monotonic()
        self._first: float | None = None

    def __call__(self, share: float, rows: int) -> None:
        """Takes the share of all bytes that is read, and the rows of this run."""
        now = time.monotonic()
        self._first = share if self._first is None else self._first
        if now - self._shown_at < PROGRESS_EVERY_S:
            return
        self._shown_at, spent = now, now - self._began
        left = spent * (1 - share) / max(share - self._first, 1e-6) if share > self._first else 0.0
        time_left = f"  {left:,.0f} s left" if left else ""
        show_line(f"  {share:4.0%}  {rows:,} rows  {rows / spent:,.0f} a second{time_left}")


@click.command()
@click.option("--hours", type=click.IntRange(1, 168), default=24, help="The last so many hours.")
def quality(hours: int) -> None:
    """Print the plant's data quality.

    One line of JSON names completeness, machines without readings, stuck sensors and readings outside their limits. The
    status is 0 however good the readings are.

    \b
    Example:
      python -m cc_common quality --hours 48
    """
    import json

    from cc_common.analytics.data_quality.report import DataQuality
    from cc_common.catalog.store import load_catalog
    from cc_common.core.settings import load_settings
    from cc_common.core.windows import Window
    from cc_common.db import open_databases

    with open_databases(load_settings()) as databases:
        now = datetime.now(UTC).replace(second=0, microsecond=0)
        report = DataQuality(databases.timeseries, load_catalog(databases.timeseries))
        machines = report.fleet(Window(start=now - timedelta(hours=hours), end=now))
    click.echo(json.dumps(_summary(machines)))


def _summary(machines: Sequence[MachineQuality]) -> dict[str, Any]:
    expected = sum(m.expected for m in machines)
    return {
        "machines": len(machines),
        "completeness": round(sum(m.rows for m in machines) / expected, 4) if expected else None,
        "silent": [m.equipment for m in machines if not m.rows],
        "stuck": {m.equipment: m.stuck for m in machines if m.stuck},
        "out_of_range": {m.equipment: m.out_of_range for m in machines if m.out_of_range},
    }
