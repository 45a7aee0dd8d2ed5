"""python -m cc_common.analytics.anomalies [watch]: learn every machine's baseline up to the plant's last midnight.

watch: now, and again whenever a plant day has ended, until stopped.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
from argparse import ArgumentParser
from threading import Event
from typing import Final

from cc_common.analytics.anomalies.fitting import fit
from cc_common.catalog.store import load_catalog
from cc_common.core.errors import CommandCenterError, DatabaseUnavailable
from cc_common.core.settings import load_settings
from cc_common.db import Database, open_databases

LOG: Final = logging.getLogger(__name__)
_LOOK_EVERY_S: Final = 600.0
_NICENESS: Final = 15  # whoever waits for an answer goes first


def main() -> int:
    """The exit status."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    parser = ArgumentParser(prog="python -m cc_common.analytics.anomalies", description=__doc__)
    parser.add_argument("command", nargs="?", choices=["watch"], help="go on until stopped")
    watching = parser.parse_args().command == "watch"
    try:
        with open_databases(load_settings()) as databases:
            if watching:
                watch(databases.timeseries)
            else:
                catalog = load_catalog(databases.timeseries)
                print(f"\n{fit(databases.timeseries, catalog, on_progress=_say)} machines learned.")
    except CommandCenterError as exc:
        print(exc, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def watch(timeseries: Database) -> None:
    """Learn now, after each plant midnight and what was imported meanwhile, until SIGTERM or SIGINT.

    A database that is away is waited for.
    """
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    os.nice(_NICENESS)
    while not stop.is_set():
        try:
            if learned := fit(timeseries, load_catalog(timeseries), stop=stop):
                LOG.info("%d machines learned.", learned)
        except DatabaseUnavailable as exc:
            LOG.warning("%s", exc)
        stop.wait(_LOOK_EVERY_S)


def _say(done: int, total: int) -> None:
    print(f"\r{done} of {total} machines", end="", flush=True)


if __name__ == "__main__":
    sys.exit(main())
