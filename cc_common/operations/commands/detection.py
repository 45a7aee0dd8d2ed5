"""Commands of the analytics and alerts of readings: alerts, anomalies, models."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import click

from cc_common.operations.commands import log_to_stderr, progress, show_line, stop_event

if TYPE_CHECKING:
    from cc_common.db import Databases

MAX_REASONS: Final = 5
COUNTS: Final = ("machines", "adopted", "rejected", "short")


@contextmanager
def _opened() -> Iterator[Databases]:
    """Opens both databases, with the application's schema migrated."""
    from cc_common.core.settings import load_settings
    from cc_common.db import migrate, open_databases

    with open_databases(load_settings()) as databases:
        migrate(databases.app, "app")
        yield databases


@click.group()
def alerts() -> None:
    """Raise and clear alerts.

    \b
    Example:
      python -m cc_common alerts watch
    """


@alerts.command("watch")
def watch_alerts() -> None:
    """Evaluate the alert rules each minute until stopped.

    A condition must hold for CC_ALERT_PATIENCE_MINUTES before its alert is raised.

    \b
    Example:
      python -m cc_common alerts watch
    """
    from datetime import timedelta

    from cc_common.alerts.watcher import Watcher
    from cc_common.catalog.store import load_catalog
    from cc_common.core.settings import load_settings
    from cc_common.db import migrate

    log_to_stderr()
    stop, patience = stop_event(), timedelta(minutes=load_settings().alert_patience_minutes)
    with _opened() as databases:
        migrate(databases.timeseries, "timeseries")
        catalog = load_catalog(databases.timeseries)
        Watcher(databases=databases, catalog=catalog, stop=stop, patience=patience).run()


@click.group()
def anomalies() -> None:
    """Learn the baseline of every machine.

    A baseline is what is normal by hour of the week; anomalies are judged by it.

    \b
    Example:
      python -m cc_common anomalies fit
    """


@anomalies.command("fit")
def fit_baselines() -> None:
    """Learn from readings up to the plant's last midnight.

    Baselines that are up to date are not changed.

    \b
    Example:
      python -m cc_common anomalies fit
    """
    from cc_common.analytics.anomalies.fitting import fit_plant_baselines
    from cc_common.catalog.store import load_catalog
    from cc_common.core.settings import load_settings
    from cc_common.db import open_databases

    with open_databases(load_settings()) as databases:
        catalog = load_catalog(databases.timeseries)
        learned = fit_plant_baselines(databases.timeseries, catalog, on_progress=progress("machines"))
    click.echo(f"{learned} machines learned.")


@anomalies.command("watch")
def watch_baselines() -> None:
    """Learn each night until stopped.

    It learns now, and again after each midnight of the plant and each import.

    \b
    Example:
      python -m cc_common anomalies watch
    """
    from cc_common.analytics.anomalies.fitting import refit_until
    from cc_common.core.settings import load_settings
    from cc_common.db import open_databases

    log_to_stderr()
    stop = stop_event()
    _lower_priority()
    with open_databases(load_settings()) as databases:
        refit_until(stop, databases.timeseries)


@click.group()
def models() -> None:
    """Fit, show and roll back models of machines.

    A model predicts the expected value of each reading of its machine.

    \b
    Example:
      python -m cc_common models show
    """


@models.command("fit")
@click.option("--type", "types", multiple=True, metavar="TYPE", help="Only machines of this type; may be repeated.")
def fit_models(types: tuple[str, ...]) -> None:
    """Learn a new version of every machine's model.

    It learns up to the plant's last midnight. Each version is judged on the newest days, which it has not seen, and
    served only if it is no worse than the one before. The last line is JSON with the counts.

    \b
    Examples:
      python -m cc_common models fit
      python -m cc_common models fit --type chiller --type pump
    """
    import json

    from cc_common.analytics.expected_behaviour.fitting import fit_plant_models
    from cc_common.catalog.store import load_catalog

    with _opened() as databases:
        catalog = load_catalog(databases.timeseries)
        found = fit_plant_models(databases, catalog, list(types) or None, on_progress=progress("machines"))
    for machine, why in list(found.reasons.items())[:MAX_REASONS]:
        show_line(f"{machine}: {why}")
    click.echo(json.dumps({name: getattr(found, name) for name in COUNTS}))


@models.command("watch")
def watch_models() -> None:
    """Fit each night until stopped.

    It fits at once when there are no models yet.

    \b
    Example:
      python -m cc_common models watch
    """
    from cc_common.analytics.expected_behaviour.fitting import NightlyFit

    log_to_stderr()
    stop = stop_event()
    _lower_priority()
    with _opened() as databases:
        NightlyFit(databases=databases, stop=stop).run()


@models.command()
@click.argument("equipment", required=False)
def show(equipment: str | None) -> None:
    """List the models.

    Without EQUIPMENT it counts the machines of each type that have a model; with EQUIPMENT it lists that machine's
    versions.

    \b
    Examples:
      python -m cc_common models show
      python -m cc_common models show chiller_001
    """
    from cc_common.analytics.expected_behaviour.expectations import ExpectedBehaviour
    from cc_common.analytics.expected_behaviour.model_store import counts
    from cc_common.catalog.store import load_catalog

    with _opened() as databases:
        catalog = load_catalog(databases.timeseries)
        if equipment is None:
            for kind, machines, oldest in counts(databases.app):
                total = len(catalog.of_type(kind))
                click.echo(f"{kind:20}{machines:5} of {total:3}, trained until {oldest:%Y-%m-%d} or later")
            return
        for row in ExpectedBehaviour(databases.app, databases.timeseries, catalog).versions(equipment):
            until, score = f"{row.trained_until:%Y-%m-%d %H:%M}", row.gate["score"]
            error = "" if score is None else f", error {score:.3f}"
            click.echo(f"{row.version:4}  {row.state:9} trained until {until}{error}: {row.gate['reason']}")


@models.command()
@click.argument("equipment")
def rollback(equipment: str) -> None:
    """Roll back a machine's model to the previous version.

    \b
    Example:
      python -m cc_common models rollback chiller_001
    """
    from cc_common.analytics.expected_behaviour.expectations import ExpectedBehaviour
    from cc_common.catalog.store import load_catalog

    with _opened() as databases:
        catalog = load_catalog(databases.timeseries)
        row = ExpectedBehaviour(databases.app, databases.timeseries, catalog).roll_back(equipment)
    click.echo(f"{row.equipment} is served by version {row.version} again.")


@models.command()
def batches() -> None:
    """Print the types `models fit --type` takes.

    They come as one line of JSON.

    \b
    Example:
      python -m cc_common models batches
    """
    import json

    from cc_common.catalog.store import load_catalog

    with _opened() as databases:
        catalog = load_catalog(databases.timeseries)
        click.echo(json.dumps([kind.name for kind in catalog.types if catalog.of_type(kind.name)]))


def _lower_priority() -> None:
    """Lowers the process's priority below that of answers."""
    import os

    os.nice(15)
