"""The report of a night in markdown: its pairs, the gate's table, the plot and the result; and a short run note."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote
from urllib.request import Request, urlopen

MAX_NOTE: Final = 1000  # characters, Airflow's limit
PATIENCE_S: Final = 10.0


def report(night: Mapping[str, Any]) -> str:
    """The report of a night, from the JSON of `python -m training`."""
    folder = Path(night["folder"])
    return _joined(_title(night), _counts(night["figures"]), _plot(folder), _gate(folder))


def note(night: Mapping[str, Any]) -> str:
    """The report shortened to a run's note: the table without its title, whole lines only."""
    folder, kept = Path(night["folder"]), list[str]()
    table = _gate(folder).partition("\n\n")[2]
    whole = _joined(_title(night), _counts(night["figures"]), _plot(folder), table)
    if len(whole) <= MAX_NOTE:
        return whole
    rest = "... more in the log of the task `report`"
    left = MAX_NOTE - len(rest)
    for line in whole.splitlines():
        left -= len(line) + 1
        if left < 0:
            break
        kept.append(line)
    return "\n".join([*kept, rest])


def put_note(dag_id: str, run_id: str, text: str) -> None:
    """Writes the note through Airflow's REST API; OSError when no API server runs."""
    user, password = _login()
    token = _call("POST", "/auth/token", {"username": user, "password": password})["access_token"]
    _call("PATCH", f"/api/v2/dags/{dag_id}/dagRuns/{quote(run_id, safe='')}", {"note": text}, token)


def _joined(*parts: str) -> str:
    return "\n\n".join(part for part in parts if part)


def _title(night: Mapping[str, Any]) -> str:
    about = f"ratings from {night['start']} to {night['end']}, on top of {night['parent']}"
    return f"**Night {night['run_id']}: {night['state']}** ({night['reason'] or night['stage']})\n\n{about}"


def _counts(figures: Mapping[str, Any]) -> str:
    found = figures.get("pairs")
    if not found:
        return ""
    counts = [f"{name} {count}" for name, count in found["counts"].items() if count]
    left_out = sum(found["left_out"].values())
    return f"Pairs: {', '.join(counts) or 'none'}; left out {left_out}"


def _gate(folder: Path) -> str:
    table = folder / "gate" / "verdict.md"
    return table.read_text().strip() if table.is_file() else ""


def _plot(folder: Path) -> str:
    plot = folder / "tier2" / "margins.png"
    return f"Plot: `{plot}`" if plot.is_file() else ""


def _login() -> tuple[str, str]:
    path = os.environ.get("AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE", "")
    if not path:
        raise FileNotFoundError("no file with the passwords of Airflow's API is set")
    passwords: dict[str, str] = json.loads(Path(path).read_text())
    return next(iter(passwords.items()))


def _call(verb: str, path: str, body: Mapping[str, Any], token: str = "") -> Any:
    base = os.environ.get("AIRFLOW__API__BASE_URL", "http://127.0.0.1:8080").rstrip("/")
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    request = Request(base + path, json.dumps(body).encode(), headers, method=verb)  # noqa: S310
    with urlopen(request, timeout=PATIENCE_S) as response:  # noqa: S310
        return json.load(response)
