"""Reading of time expressions on the public English cases of Microsoft Recognizers-Text (MIT licence).

    .venv/bin/python -m benchmarks.time_expressions [--cases FILE] [--wrong]

Scored are the cases with one result of type date, daterange, datetime, datetimerange or timerange that begins before
the reference time. Exact: one window is found, and it equals a listed one (a date is its whole day, a datetime its
minute). Wrong: another window. Nothing: no window, so that an answer asks back or says so. The cases are read from
outside the repository; without them the program says so and exits 0. The floor beside it finds nothing at all.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from cc_common.core.settings import PROJECT
from cc_common.core.windows import Window
from cc_common.understanding.time_expressions import find_windows

CASES: Final = PROJECT.parent / "shared" / "recognizers" / "english_datetime.json"
TYPES: Final = ("date", "daterange", "datetime", "datetimerange", "timerange")
LENGTHS: Final = {"date": timedelta(days=1), "datetime": timedelta(minutes=1)}
# Cases that are left out, by their index in the file, with the reason.
LEFT_OUT: Final[dict[int, str]] = {}
Span = tuple[datetime, datetime]


def main() -> None:
    """Prints the shares by type; with --wrong the index of every case that was read as another window."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=Path, default=CASES, help="the JSON file of cases")
    parser.add_argument("--wrong", action="store_true", help="list cases that were read wrongly, by index")
    arguments = parser.parse_args()
    if not arguments.cases.exists():
        print(f"No cases at {arguments.cases}: nothing is measured.")
        return
    outcomes: dict[str, Counter[str]] = {}
    for index, kind, outcome in _scored(json.loads(arguments.cases.read_text())):
        outcomes.setdefault(kind, Counter())[outcome] += 1
        if arguments.wrong and outcome == "wrong":
            print(f"wrong: case {index}, {kind}")
    print(f"{'type':16}{'cases':>7}{'exact':>9}{'wrong':>9}{'nothing':>9}")
    for kind in TYPES:
        _print_row(kind, outcomes.get(kind, Counter()))
    _print_row("all", sum(outcomes.values(), Counter()))
    print(f"left out: {len(LEFT_OUT)} cases; floor (finds nothing): 0.0 % exact, 0.0 % wrong")


def _scored(cases: list[dict[str, Any]]) -> Iterator[tuple[int, str, str]]:
    for index, case in enumerate(cases):
        if index in LEFT_OUT or len(case["Results"]) != 1 or "Context" not in case:
            continue
        kind = case["Results"][0]["TypeName"].removeprefix("datetimeV2.")
        now = datetime.fromisoformat(case["Context"]["ReferenceDateTime"]).replace(tzinfo=UTC)
        expected = [span for value in _values(case) if (span := _span(kind, value, now))]
        if kind in TYPES and any(start < now for start, _ in expected):
            yield index, kind, _outcome(find_windows(case["Input"], now=now, tz="UTC"), expected)


def _values(case: dict[str, Any]) -> list[dict[str, str]]:
    return list((case["Results"][0].get("Resolution") or {}).get("values", ()))


def _span(kind: str, value: dict[str, str], now: datetime) -> Span | None:
    """A listed resolution as [start, end); None where it is open or no moment."""
    texts = [value["value"]] if "value" in value else [value.get("start"), value.get("end")]
    if kind == "timerange":
        texts = [f"{now:%Y-%m-%d} {text}" if text else None for text in texts]
    try:
        times = [datetime.fromisoformat(text).replace(tzinfo=UTC) for text in texts if text]
    except ValueError:
        return None
    if len(times) == 1 and kind in LENGTHS:
        return times[0], times[0] + LENGTHS[kind]
    return (times[0], times[1]) if len(times) == 2 else None


def _outcome(found: tuple[Any, ...], expected: list[Span]) -> str:
    windows: list[Window] = [each.window for each in found]
    if not windows:
        return "nothing"
    return "exact" if len(windows) == 1 and (windows[0].start, windows[0].end) in expected else "wrong"


def _print_row(kind: str, counts: Counter[str]) -> None:
    total = counts.total()
    shares = "".join(f"{counts[name] / total:9.1%}" if total else f"{'-':>9}" for name in ("exact", "wrong", "nothing"))
    print(f"{kind:16}{total:7}{shares}")


if __name__ == "__main__":
    main()
