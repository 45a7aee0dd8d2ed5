"""python -m cc_common.simulator history|feed: fill the simulated plant's past, or write its minutes as they end."""

from __future__ import annotations

import logging
import signal
import sys
from argparse import ArgumentParser, Namespace
from datetime import UTC, datetime
from threading import Event

from cc_common.catalog.growth import check_simulated
from cc_common.catalog.store import install_catalog
from cc_common.config import Settings, load_settings
from cc_common.db import Database, migrate, open_databases
from cc_common.errors import CommandCenterError
from cc_common.simulator import fill_history, plant_in
from cc_common.simulator.feed import Feed


def main() -> int:
    """The exit status."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    try:
        settings = load_settings()
        arguments = _arguments(settings)
        with open_databases(settings) as databases:
            arguments.command(databases.timeseries, settings, arguments)
    except CommandCenterError as exc:
        print(exc, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def history(timeseries: Database, settings: Settings, arguments: Namespace) -> None:
    """Fill what is missing, saying how far it is."""
    catalog = plant_in(settings.plant_tz)
    migrate(timeseries, "timeseries")
    check_simulated(timeseries)
    install_catalog(timeseries, catalog)
    rows = fill_history(
        timeseries, catalog, days=arguments.days, seed=settings.plant_seed, until=datetime.now(UTC), progress=_say
    )
    print(f"\n{rows:,} rows written.")


def feed(timeseries: Database, settings: Settings, arguments: Namespace) -> None:
    """Write each minute as it ends, until SIGTERM or SIGINT."""
    catalog, stop = plant_in(settings.plant_tz), Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    migrate(timeseries, "timeseries")
    check_simulated(timeseries)
    install_catalog(timeseries, catalog)
    Feed(timeseries=timeseries, catalog=catalog, seed=settings.plant_seed, days=settings.plant_days, stop=stop).run()


def _arguments(settings: Settings) -> Namespace:
    parser = ArgumentParser(prog="python -m cc_common.simulator", description="The simulated plant of 363 machines.")
    commands = parser.add_subparsers(required=True, metavar="history|feed")
    past = commands.add_parser("history", help="fill what is missing of the plant's past")
    past.add_argument("--days", type=int, default=settings.plant_days, help="days of history (default: %(default)s)")
    past.set_defaults(command=history)
    commands.add_parser("feed", help="write each minute as it ends, until stopped").set_defaults(command=feed)
    return parser.parse_args()


def _say(done: int, total: int) -> None:
    print(f"\r{done:,} of {total:,} rows", end="", flush=True)


if __name__ == "__main__":
    sys.exit(main())
