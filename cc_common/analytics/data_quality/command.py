"""python -m cc_common.analytics.data_quality [--hours N]: the plant's data quality of the last hours, as one line of JSON."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from cc_common.analytics.data_quality.measures import MachineQuality
from cc_common.analytics.data_quality.report import Quality
from cc_common.catalog.store import load_catalog
from cc_common.core.errors import CommandCenterError
from cc_common.core.settings import load_settings
from cc_common.core.windows import Window
from cc_common.db import open_databases


def main(words: list[str] | None = None) -> int:
    """The exit status: 0 however good the readings are."""
    parser = ArgumentParser(prog="python -m cc_common.analytics.data_quality", description=__doc__)
    parser.add_argument("--hours", type=int, choices=range(1, 169), default=24, metavar="N", help="1 to 168 (24)")
    hours = parser.parse_args(words).hours
    try:
        with open_databases(load_settings()) as databases:
            now = datetime.now(UTC).replace(second=0, microsecond=0)
            quality = Quality(databases.timeseries, load_catalog(databases.timeseries))
            print(json.dumps(_told(quality.fleet(Window(start=now - timedelta(hours=hours), end=now)))))
    except CommandCenterError as exc:
        print(exc, file=sys.stderr)
        return 1
    return 0


def _told(machines: Sequence[MachineQuality]) -> dict[str, Any]:
    expected = sum(m.expected for m in machines)
    return {
        "machines": len(machines),
        "completeness": round(sum(m.rows for m in machines) / expected, 4) if expected else None,
        "silent": [m.equipment for m in machines if not m.rows],
        "stuck": {m.equipment: m.stuck for m in machines if m.stuck},
        "out_of_range": {m.equipment: m.out_of_range for m in machines if m.out_of_range},
    }


if __name__ == "__main__":
    sys.exit(main())
