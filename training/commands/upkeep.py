"""The retention command: prune."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import click

from training.commands.arguments import COUNT, print_json


@click.command()
@click.option("--days", type=COUNT, default=30, help="Days to keep a night's folder.")
def prune(days: int) -> None:
    """Remove old model files and folders of nights.

    The newest CC_MODELS_KEPT model files, adapters and served models are kept.

    \b
    Example:
      python -m training prune --days 30
    """
    from cc_common.core.settings import load_settings
    from cc_common.db import migrate, open_databases
    from training.night import FOLDER
    from training.retention import prune as prune_models
    from training.retention import prune_nights

    settings = load_settings()
    before = datetime.now(UTC) - timedelta(days=days)
    with open_databases(settings) as databases:
        migrate(databases.app, "app")
        models = prune_models(settings, databases.app)
        folders = prune_nights(settings.data_dir / FOLDER, databases.app, before)
    print_json({"models": models, "nights": folders})
