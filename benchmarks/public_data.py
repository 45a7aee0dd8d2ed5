"""The anomaly detector on public data that you have downloaded: SKAB's or NAB's folder layout.

    .venv/bin/python -m benchmarks.public_data FOLDER

SKAB: CSV files with ';', a column datetime, sensors, and anomaly (0 or 1); fitted on each file's first third.
NAB: data/**/*.csv with timestamp,value and labels/combined_windows.json; fitted on each file's first 15 %.

Limits: the detector is designed for hours of minutes and for sibling machines. Here a bin of readings stands for an
hour, there are no siblings (to separate weather from faults), and no catalogue defines the harmful side of a
metric. It detects by bins, not by readings; the scores are F1 of readings and of events, and rates of
false alarms (FAR) and misses (MAR), not NAB's weighted profile. None of its parameters was chosen on such data.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, TypeVar

import numpy as np
import numpy.typing as npt

from cc_common.analytics.anomalies import spans
from cc_common.analytics.anomalies.hours import Hours
from cc_common.analytics.anomalies.learning import learn_baseline
from cc_common.analytics.anomalies.operation import find_runs
from cc_common.analytics.anomalies.robust_statistics import Flags, Floats
from cc_common.analytics.anomalies.scoring import score_hours
from cc_common.catalog.equipment import EquipmentType, Metric
from cc_common.core.errors import CommandCenterError, InvalidInput, NotFound

MINUTES: Final = 60  # readings the detector expects per hour
SKAB_BIN: Final = 5  # seconds
SKAB_LEARNED: Final = 1 / 3  # 400 of about 1,200 readings, as SKAB's own notebooks do
NAB_LEARNED: Final = 0.15  # NAB's probation
MIN_BINS: Final = 30  # least number for fitting
HOUR: Final = timedelta(hours=1)
WINDOWS: Final = "labels/combined_windows.json"
_BESIDE: Final = ("datetime", "anomaly", "changepoint")

T = TypeVar("T")
Times = npt.NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class Recording:
    """One file: readings (metrics, n), seconds since 1970, and labels."""

    name: str
    metrics: tuple[str, ...]
    seconds: Times
    values: Floats
    labelled: Flags
    bin_s: int
    learned: float  # share of the bins


@dataclass
class Tally:
    """Readings and events, right and wrong, summed over files."""

    hits: int = 0
    false: int = 0
    missed: int = 0
    quiet: int = 0
    events: int = 0
    events_found: int = 0
    events_false: int = 0

    def row(self, name: str) -> str:
        """Formats one line of the table."""
        f1 = _f1(self.hits, self.false, self.missed)
        event_f1 = _f1(self.events_found, self.events_false, self.events - self.events_found)
        far = self.false / max(self.false + self.quiet, 1)
        mar = self.missed / max(self.hits + self.missed, 1)
        found = f"{self.events_found}/{self.events}"
        return f"{name[:44]:44}{found:>9}{self.events_false:7}{event_f1:9.3f}{f1:9.3f}{far:8.1%}{mar:8.1%}"

    def add(self, other: Tally) -> None:
        """Adds the other's counts."""
        for name, count in vars(other).items():
            setattr(self, name, getattr(self, name) + count)


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns the exit status: 0, or 2 where the folder holds no such data."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="a folder in SKAB's or NAB's layout")
    folder = parser.parse_args(arguments).folder
    try:
        recordings = list(read(folder))
        total = Tally()
        print(f"{'file':44}{'events':>9}{'false':>7}{'eventF1':>9}{'F1':>9}{'FAR':>8}{'MAR':>8}")
        for recording in recordings:
            own = scored(recording)
            total.add(own)
            print(own.row(recording.name))
    except CommandCenterError as exc:
        print(exc, file=sys.stderr)
        return 2
    print(total.row(f"all {len(recordings)} files"))
    return 0


def read(folder: Path) -> Iterator[Recording]:
    """Reads every recording of a folder; NotFound without any, InvalidInput names an invalid file."""
    if not folder.is_dir():
        raise NotFound(f"{folder} is no folder.")
    if (folder / WINDOWS).is_file():
        yield from _nab(folder)
        return
    files = [path for path in sorted(folder.rglob("*.csv")) if _header(path, ";")[:1] == ["datetime"]]
    labelled = [path for path in files if "anomaly" in _header(path, ";")]
    if not labelled:
        raise NotFound(
            f"{folder} holds neither SKAB (*.csv with datetime;...;anomaly) nor NAB ({WINDOWS} and data/**/*.csv)."
        )
    for path in (path for path in files if path not in labelled):
        print(f"left out, it has no labels: {path.relative_to(folder)}")
    yield from (_skab(path, str(path.relative_to(folder))) for path in labelled)


def scored(recording: Recording) -> Tally:
    """Fits the detector on the recording's beginning and scores the rest."""
    hours, places = binned(recording)
    learned = int(len(hours) * recording.learned)
    if learned < MIN_BINS:
        raise InvalidInput(f"{recording.name}: {learned} bins to learn from are too few; it takes {MIN_BINS}.")
    told = np.zeros(len(hours), bool)
    found = detected(hours, learned)
    for first, last in found:
        told[first:last] = True
    rest = places >= learned
    said, true = told[places][rest], recording.labelled[rest]
    bins = np.zeros(len(hours), bool)
    bins[np.unique(places[recording.labelled])] = True
    events = [run for run in find_runs(bins) if run[1] > learned]
    return Tally(
        hits=int((said & true).sum()),
        false=int((said & ~true).sum()),
        missed=int((~said & true).sum()),
        quiet=int((~said & ~true).sum()),
        events=len(events),
        events_found=sum(any(a < last and b > first for a, b in found) for first, last in events),
        events_false=sum(not any(a < last and b > first for first, last in events) for a, b in found),
    )


def detected(hours: Hours, learned: int) -> list[tuple[int, int]]:
    """Bins [first, last) of each event after the training bins."""
    baseline = learn_baseline(hours.between(0, learned), "UTC")
    scores = score_hours(hours, baseline, "UTC")
    told = [*spans.find_deviations(scores, learned), *spans.find_stuck(hours, learned, baseline.still, scores.astray)]
    flags = np.zeros(len(hours), bool)
    for span in told:
        flags[max(span.first, learned) : span.last] = True
    return find_runs(flags)


def binned(recording: Recording) -> tuple[Hours, Times]:
    """The recording as hours for the detector, and the bin of each reading."""
    places = (recording.seconds - recording.seconds[0]) // recording.bin_s
    count = int(places[-1]) + 1
    full = max(float(np.median(np.bincount(places)[np.unique(places)])), 1.0)
    shape = (1, len(recording.metrics), count)
    low, high, total, known = (np.full(shape, fill) for fill in (np.inf, -np.inf, 0.0, 0.0))
    for at, values in enumerate(recording.values):
        here = np.isfinite(values)
        np.minimum.at(low[0, at], places[here], values[here])
        np.maximum.at(high[0, at], places[here], values[here])
        np.add.at(total[0, at], places[here], values[here])
        np.add.at(known[0, at], places[here], 1.0)
    mean = np.divide(total, known, out=np.full(shape, np.nan), where=known > 0)
    low[known == 0], high[known == 0] = np.nan, np.nan
    hours = Hours(
        kind=_kind(recording.metrics),
        machines=(recording.name,),
        start=0,
        mean=mean,
        low=low,
        high=high,
        count=np.minimum(known * (MINUTES / full), MINUTES),
        rows=np.minimum(known.max(1) * (MINUTES / full), MINUTES),
    )
    return hours, places


def _kind(names: Sequence[str]) -> EquipmentType:
    metrics = tuple(
        Metric(
            name=name, label=name, unit="", unit_spoken="", kind="gauge", low=None, high=None, decimals=6, aliases=()
        )
        for name in names
    )
    return EquipmentType(name="recording", label="recording", plural="recordings", aliases=(), metrics=metrics)


def _skab(path: Path, name: str) -> Recording:
    rows = _rows(path, ";")
    metrics = tuple(column for column in rows[0] if column not in _BESIDE)
    labelled = _numbers(path, rows, "anomaly") > 0
    return Recording(
        name=name,
        metrics=metrics,
        seconds=_seconds(path, [row["datetime"] for row in rows]),
        values=np.stack([_numbers(path, rows, metric) for metric in metrics]),
        labelled=labelled,
        bin_s=SKAB_BIN,
        learned=SKAB_LEARNED,
    )


def _nab(folder: Path) -> Iterator[Recording]:
    windows: dict[str, list[list[str]]] = json.loads((folder / WINDOWS).read_text())
    for name, spanned in sorted(windows.items()):
        path = folder / "data" / name
        if not path.is_file():
            print(f"left out, it is not there: data/{name}")
            continue
        rows = _rows(path, ",")
        seconds = _seconds(path, [row["timestamp"] for row in rows])
        labelled = np.zeros(len(seconds), bool)
        for start, end in (_seconds(folder / WINDOWS, pair) for pair in spanned):
            labelled |= (seconds >= start) & (seconds <= end)
        yield Recording(
            name=name,
            metrics=("value",),
            seconds=seconds,
            values=_numbers(path, rows, "value")[None],
            labelled=labelled,
            bin_s=max(int(HOUR.total_seconds()), int(np.median(np.diff(seconds)))),
            learned=NAB_LEARNED,
        )


def _header(path: Path, delimiter: str) -> list[str]:
    with path.open(newline="", encoding="utf-8", errors="replace") as file:
        return next(csv.reader(file, delimiter=delimiter), [])


def _rows(path: Path, delimiter: str) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8", errors="replace") as file:
        rows = list(csv.DictReader(file, delimiter=delimiter))
    if len(rows) < 2:
        raise InvalidInput(f"{path} holds no readings.")
    return rows


def _numbers(path: Path, rows: Sequence[dict[str, str]], column: str) -> Floats:
    return _parsed(path, lambda: np.array([float(row[column] or "nan") for row in rows]))


def _seconds(path: Path, texts: Sequence[str]) -> Times:
    def parse() -> Times:
        moments = (datetime.fromisoformat(text).replace(tzinfo=UTC) for text in texts)
        return np.array([int(moment.timestamp()) for moment in moments], np.int64)

    return _parsed(path, parse)


def _parsed(path: Path, parse: Callable[[], T]) -> T:
    try:
        return parse()
    except (KeyError, TypeError, ValueError) as exc:
        raise InvalidInput(f"{path} cannot be read: {exc}") from exc


def _f1(right: int, false: int, missed: int) -> float:
    return 2 * right / max(2 * right + false + missed, 1)


if __name__ == "__main__":
    sys.exit(main())
