"""The public-data harness on small folders in SKAB's and NAB's layout: planted events are found, nonsense is named."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from benchmarks.public_data import main, read, scored

START = datetime(2020, 3, 9, 10, 0, tzinfo=UTC)


def said(moment: datetime) -> str:
    """As both write it: without a zone."""
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
        row = [said(START + timedelta(seconds=n)), f"{load[n]:.5f}", f"{pressure[n]:.5f}", f"{heat[n]:.5f}"]
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
    rows = (f"{said(START + timedelta(minutes=5 * at))},{v:.3f}" for at, v in enumerate(value))
    (folder / "data" / "real" / "cpu.csv").write_text("\n".join(["timestamp,value", *rows]))
    window = [f"{said(START + timedelta(days=d))}.000000" for d in (39.9, 41.1)]
    labels = {"real/cpu.csv": [window], "real/gone.csv": []}
    (folder / "labels" / "combined_windows.json").write_text(json.dumps(labels))
    return folder


def test_skab_finds_the_planted_event(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (recording,) = read(skab(tmp_path))
    assert recording.metrics == ("Load", "Pressure", "Heat") and recording.labelled.sum() == 200
    found = scored(recording)
    assert (found.events, found.events_found) == (1, 1) and found.events_false <= 1
    assert found.hits > 150 and found.false < 60
    assert main([str(tmp_path)]) == 0
    assert "all 1 files" in capsys.readouterr().out


def test_nab_finds_the_planted_window(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (recording,) = read(nab(tmp_path))
    assert "left out, it is not there: data/real/gone.csv" in capsys.readouterr().out
    found = scored(recording)
    assert (found.events, found.events_found) == (1, 1) and found.events_false <= 2


def test_a_recording_without_trouble_is_quiet(tmp_path: Path) -> None:
    folder = nab(tmp_path)
    (folder / "labels" / "combined_windows.json").write_text(json.dumps({"real/cpu.csv": []}))
    path = folder / "data" / "real" / "cpu.csv"
    path.write_text("\n".join(path.read_text().splitlines()[: 39 * 288]))
    (recording,) = read(folder)
    assert scored(recording).false < 0.03 * len(recording.seconds)


def test_what_is_no_such_folder_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "gone")]) == 2
    assert "is no folder" in capsys.readouterr().err
    assert main([str(tmp_path)]) == 2
    assert "neither SKAB" in capsys.readouterr().err
    skab(tmp_path, anomaly=False)
    assert main([str(tmp_path)]) == 2


@pytest.mark.parametrize(
    ("line", "words"),
    [("2020-03-09 10:00:01;x;1;1;0;0", "cannot be read"), ("never;1;1;1;0;0", "cannot be read"), ("", "no readings")],
)
def test_a_broken_file_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str], line: str, words: str) -> None:
    header = "datetime;Load;Pressure;Heat;anomaly;changepoint"
    (tmp_path / "0.csv").write_text("\n".join([header, line, line]))
    assert main([str(tmp_path)]) == 2
    assert words in capsys.readouterr().err


def test_a_file_too_short_to_learn_from_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = skab(tmp_path) / "valve1" / "0.csv"
    path.write_text("\n".join(path.read_text().splitlines()[:100]))
    assert main([str(tmp_path)]) == 2
    assert "too few" in capsys.readouterr().err
