"""The command line of retention: python -m training prune."""

from __future__ import annotations

import argparse
import json
import sys
from datetime import UTC, datetime, timedelta
from typing import Final

from cc_common.core.settings import load_settings
from training.commands.arguments import Stages, count

DAYS: Final = 30


def add_upkeep(stages: Stages) -> None:
    """python -m training prune"""
    prune = stages.add_parser("prune", help="remove old model files (CC_MODELS_KEPT) and folders of nights long over")
    prune.add_argument("--days", type=count, default=DAYS, help="a night's folder stays so long (default %(default)s)")
    prune.set_defaults(stage=_prune)


def _prune(arguments: argparse.Namespace) -> None:
    from cc_common.db import migrate, open_databases
    from training.night import FOLDER
    from training.retention import prune, prune_nights

    settings = load_settings()
    before = datetime.now(UTC) - timedelta(days=arguments.days)
    with open_databases(settings) as databases:
        migrate(databases.app, "app")
        models = prune(settings, databases.app)
        folders = prune_nights(settings.data_dir / FOLDER, databases.app, before)
    sys.stdout.write(json.dumps({"models": models, "nights": folders}) + "\n")
