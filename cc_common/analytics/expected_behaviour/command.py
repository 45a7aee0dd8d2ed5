"""python -m cc_common.analytics.expected_behaviour fit|watch|show|rollback|batches: models of single machines."""

from __future__ import annotations

import json
import logging
import os
import signal
import sys
from argparse import ArgumentParser, Namespace
from threading import Event
from typing import Final

from cc_common.analytics.expected_behaviour.expectations import Machines
from cc_common.analytics.expected_behaviour.fitting import Fitted, Nightly, fit
from cc_common.analytics.expected_behaviour.model_store import counts
from cc_common.catalog.store import Catalog, load_catalog
from cc_common.core.errors import CommandCenterError
from cc_common.core.settings import load_settings
from cc_common.db import Databases, migrate, open_databases

_REASONS: Final = 5  # of a kind are enough
_NICENESS: Final = 15  # whoever waits for an answer goes first


def main(words: list[str] | None = None) -> int:
    """The exit status."""
    arguments = _parser().parse_args(words)
    try:
        with open_databases(load_settings()) as databases:
            migrate(databases.app, "app")
            _COMMANDS[arguments.command](arguments, databases, load_catalog(databases.timeseries))
    except CommandCenterError as exc:
        print(exc, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _parser() -> ArgumentParser:
    parser = ArgumentParser(prog="python -m cc_common.analytics.expected_behaviour", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    fitting = commands.add_parser("fit", help="learn up to the last midnight, judge, keep; ends with a line of JSON")
    fitting.add_argument("--type", action="append", metavar="TYPE", help="only this type of machine; may be repeated")
    commands.add_parser("watch", help="fit when there are no models yet, and once a night, until stopped")
    showing = commands.add_parser("show", help="how many machines have a model; of one machine its versions")
    showing.add_argument("equipment", nargs="?", help="such as chiller_001")
    back = commands.add_parser("rollback", help="serve a machine's version before the one served now")
    back.add_argument("equipment", help="such as chiller_001")
    commands.add_parser("batches", help="what `fit --type` can be told, as one line of JSON")
    return parser


def _fit(arguments: Namespace, databases: Databases, catalog: Catalog) -> None:
    found = fit(databases, catalog, arguments.type, on_progress=_say)
    print(file=sys.stderr)
    for machine, why in list(found.reasons.items())[:_REASONS]:
        print(f"{machine}: {why}", file=sys.stderr)
    print(json.dumps(_told(found)))


def _watch(_arguments: Namespace, databases: Databases, _catalog: Catalog) -> None:
    """Until SIGTERM or SIGINT."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    os.nice(_NICENESS)
    Nightly(databases=databases, stop=stop).run()


def _told(found: Fitted) -> dict[str, int]:
    return {n: getattr(found, n) for n in ("machines", "adopted", "rejected", "short")}


def _show(arguments: Namespace, databases: Databases, catalog: Catalog) -> None:
    if arguments.equipment is None:
        for kind, machines, oldest in counts(databases.app):
            print(f"{kind:20}{machines:5} of {len(catalog.of_type(kind)):3}, trained until {oldest:%Y-%m-%d} or later")
        return
    for row in Machines(databases.app, databases.timeseries, catalog).versions(arguments.equipment):
        until, score = f"{row.trained_until:%Y-%m-%d %H:%M}", row.gate["score"]
        shown = "" if score is None else f", error {score:.3f}"
        print(f"{row.version:4}  {row.state:9} trained until {until}{shown}: {row.gate['reason']}")


def _roll_back(arguments: Namespace, databases: Databases, catalog: Catalog) -> None:
    row = Machines(databases.app, databases.timeseries, catalog).roll_back(arguments.equipment)
    print(f"{row.equipment} is served by version {row.version} again.")


def _batches(_arguments: Namespace, _databases: Databases, catalog: Catalog) -> None:
    print(json.dumps([kind.name for kind in catalog.types if catalog.of_type(kind.name)]))


def _say(done: int, total: int) -> None:
    print(f"\r{done} of {total} machines", end="", flush=True, file=sys.stderr)


_COMMANDS: Final = {"fit": _fit, "watch": _watch, "show": _show, "rollback": _roll_back, "batches": _batches}

if __name__ == "__main__":
    sys.exit(main())
