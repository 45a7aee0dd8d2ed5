"""python -m cc_common.anomalies: learn every machine's baseline anew where the plant's last midnight has moved on."""

from __future__ import annotations

import sys

from cc_common.anomalies import fit
from cc_common.catalog.store import load_catalog
from cc_common.config import load_settings
from cc_common.db import open_databases
from cc_common.errors import CommandCenterError


def main() -> int:
    """The exit status."""
    try:
        with open_databases(load_settings()) as databases:
            catalog = load_catalog(databases.timeseries)
            learned = fit(databases.timeseries, catalog, on_progress=_say)
    except CommandCenterError as exc:
        print(exc, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    print(f"\n{learned} machines learned.")
    return 0


def _say(done: int, total: int) -> None:
    print(f"\r{done} of {total} machines", end="", flush=True)


if __name__ == "__main__":
    sys.exit(main())
