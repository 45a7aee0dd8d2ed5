"""The public-data harness on small folders in SKAB's and NAB's layout: planted events are found, nonsense is named."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from cc_common.core.settings import PROJECT

START = datetime(2020, 3, 9, 10, 0, tzinfo=UTC)


def timestamp(moment: datetime) -> str:
    """The moment without a zone, as both write it."""
    return f"{moment:%Y-%m-%d %H:%M:%S}"


def skab(folder: Path, *, anomaly: bool = True) -> Path:
    """1,200 seconds of three sensors; the pressure jumps from second 700 to 900."""
    rng = np.random.default_rng(1)
    (folder / "valve1").mkdir()
    load = 20 + 3 * np.sin(np.arange(1200) / 80) + rng.normal(0, 0.1, 1200)
    pressure = 0.1 * load + rng.normal(0, 0.02, 1200)
    heat = 60 + 0.5 * load + rng.normal(0, 0.05, 1200)
    label = np.zeros(1200, int)
    label[700:900] = 1
    pressure[700:900] += 0.5
    names = ["datetime", "Load", "Pressure", "Heat", *(["anomaly", "changepoint"] if anomaly else [])]
    lines = [";".join(names)]
    for n in range(1200):
        row = [timestamp(START + timedelta(seconds=n)), f"{load[n]:.5f}", f"{pressure[n]:.5f}", f"{heat[n]:.5f}"]
        lines.append(";".join([*row, *([f"{label[n]}.0", "0.0"] if anomaly else [])]))
    (folder / "valve1" / "0.csv").write_text("\n".join(lines))
    return folder


def nab(folder: Path) -> Path:
    """60 days of five-minute values with a daily course; day 40 is half as high again."""
    rng, n = np.random.default_rng(2), 60 * 288
    value = 100 + 20 * np.sin(2 * np.pi * np.arange(n) / 288) + rng.normal(0, 1.0, n)
    value[40 * 288 : 41 * 288] *= 1.5
    (folder / "data" / "real").mkdir(parents=True)
    (folder / "labels").mkdir()
    rows = (f"{timestamp(START + timedelta(minutes=5 * at))},{v:.3f}" for at, v in enumerate(value))
    (folder / "data" / "real" / "cpu.csv").write_text("\n".join(["timestamp,value", *rows]))
    window = [f"{timestamp(START + timedelta(days=d))}.000000" for d in (39.9, 41.1)]
    labels = {"real/cpu.csv": [window], "real/gone.csv": []}
    (folder / "labels" / "combined_windows.json").write_text(json.dumps(labels))
    return folder


def measure(folder: Path) -> subprocess.CompletedProcess[str]:
    """Runs the program on a folder."""
    program = [sys.executable, "-m", "benchmarks.public_data", str(folder)]
    return subprocess.run(program, cwd=PROJECT, capture_output=True, text=True)


def row_of_all(folder: Path) -> dict[str, str]:
    """The last line of the table by column; the program must succeed."""
    done = measure(folder)
    assert done.returncode == 0, done.stderr
    last = done.stdout.splitlines()[-1]
    assert last.startswith("all 1 files")
    return dict(zip(("found", "false", "event_f1", "f1", "far", "mar"), last.split()[3:], strict=True))


def percent(text: str) -> float:
    return float(text.removesuffix("%"))


def test_skab_finds_the_planted_event(tmp_path: Path) -> None:
    row = row_of_all(skab(tmp_path))
    assert row["found"] == "1/1" and int(row["false"]) <= 1
    assert percent(row["mar"]) < 25 and percent(row["far"]) < 10


def test_nab_finds_the_planted_window_and_names_files_that_are_missing(tmp_path: Path) -> None:
    folder = nab(tmp_path)
    assert "left out, it is not there: data/real/gone.csv" in measure(folder).stdout
    row = row_of_all(folder)
    assert row["found"] == "1/1" and int(row["false"]) <= 1


def test_a_recording_without_anomalies_raises_few_false_alarms(tmp_path: Path) -> None:
    folder = nab(tmp_path)
    (folder / "labels" / "combined_windows.json").write_text(json.dumps({"real/cpu.csv": []}))
    path = folder / "data" / "real" / "cpu.csv"
    path.write_text("\n".join(path.read_text().splitlines()[: 39 * 288]))
    assert percent(row_of_all(folder)["far"]) < 3


def test_a_folder_without_such_data_is_refused_by_name(tmp_path: Path) -> None:
    for folder, words in ((tmp_path / "gone", "is no folder"), (tmp_path, "neither SKAB")):
        done = measure(folder)
        assert done.returncode == 2 and words in done.stderr
    assert measure(skab(tmp_path, anomaly=False)).returncode == 2


@pytest.mark.parametrize(
    ("line", "words"),
    [("2020-03-09 10:00:01;x;1;1;0;0", "cannot be read"), ("never;1;1;1;0;0", "cannot be read"), ("", "no readings")],
)
def test_a_broken_file_is_named(tmp_path: Path, line: str, words: str) -> None:
    header = "datetime;Load;Pressure;Heat;anomaly;changepoint"
    (tmp_path / "0.csv").write_text("\n".join([header, line, line]))
    done = measure(tmp_path)
    assert done.returncode == 2 and words in done.stderr


def test_a_file_too_short_to_learn_from_is_named(tmp_path: Path) -> None:
    path = skab(tmp_path) / "valve1" / "0.csv"
    path.write_text("\n".join(path.read_text().splitlines()[:100]))
    done = measure(tmp_path)
    assert done.returncode == 2 and "too few" in done.stderr
