"""python -m cc_common.simulator history|feed: fill the simulated plant's past, or write its minutes as they end."""

from __future__ import annotations

import logging
import signal
import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from datetime import UTC, datetime
from threading import Event

from cc_common.catalog.growth import check_simulated
from cc_common.catalog.store import install_catalog
from cc_common.core.errors import CommandCenterError
from cc_common.core.settings import Settings, load_settings
from cc_common.db import Database, migrate, open_databases
from cc_common.simulator.feed import Feed
from cc_common.simulator.plant import plant_in
from cc_common.simulator.plant_build import build_history, days_of_years, last_midnight


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
    """Fill what is missing, saying how far it is, and how large it has become."""
    catalog, days, until = plant_in(settings.plant_tz), arguments.days, arguments.until or datetime.now(UTC)
    if arguments.years:
        days, until = days_of_years(arguments.years), arguments.until or last_midnight(until, settings.plant_tz)
    migrate(timeseries, "timeseries")
    check_simulated(timeseries)
    install_catalog(timeseries, catalog)
    folder = settings.data_dir if settings.timeseries_dsn is None else None
    size = build_history(
        timeseries, catalog, days=days, seed=settings.plant_seed, until=until, folder=folder, say=print
    )
    print(size)


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
    span = past.add_mutually_exclusive_group()
    span.add_argument("--days", type=int, default=settings.plant_days, help="days of history (default: %(default)s)")
    span.add_argument("--years", type=_years, help="years up to the plant's last midnight; 3 are 572,901,120 rows")
    past.add_argument("--until", type=_moment, help="where history ends, such as 2026-11-23T18:30Z (default: now)")
    past.set_defaults(command=history)
    commands.add_parser("feed", help="write each minute as it ends, until stopped").set_defaults(command=feed)
    return parser.parse_args()


def _years(text: str) -> int:
    if (years := int(text)) < 1:
        raise ArgumentTypeError("history has at least one year")
    return years


def _moment(text: str) -> datetime:
    if (moment := datetime.fromisoformat(text)).tzinfo is None:
        raise ArgumentTypeError(f"{text} has no time zone")
    return moment


if __name__ == "__main__":
    sys.exit(main())
