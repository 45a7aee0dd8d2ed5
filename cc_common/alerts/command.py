"""python -m cc_common.alerts watch: raise and clear alerts as the plant's readings come in, until stopped."""

from __future__ import annotations

import logging
import signal
import sys
from argparse import ArgumentParser
from datetime import timedelta
from threading import Event

from cc_common.alerts.watcher import Watcher
from cc_common.catalog.store import load_catalog
from cc_common.core.errors import CommandCenterError
from cc_common.core.settings import load_settings
from cc_common.db import migrate, open_databases


def main() -> int:
    """The exit status."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    parser = ArgumentParser(prog="python -m cc_common.alerts", description="Alerts of the plant.")
    parser.add_argument("command", choices=["watch"], help="look at the plant each minute, until stopped")
    parser.parse_args()
    try:
        watch()
    except CommandCenterError as exc:
        print(exc, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def watch() -> None:
    """Watch until SIGTERM or SIGINT."""
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    settings = load_settings()
    patience = timedelta(minutes=settings.alert_patience_minutes)
    with open_databases(settings) as databases:
        migrate(databases.app, "app")
        migrate(databases.timeseries, "timeseries")
        catalog = load_catalog(databases.timeseries)
        Watcher(databases=databases, catalog=catalog, stop=stop, patience=patience).run()


if __name__ == "__main__":
    sys.exit(main())
