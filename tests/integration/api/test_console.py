"""The console's pages and files, and the lists that it shows: the plant as a whole, and how learning went."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient

from cc_common import alerts
from cc_common.alerts import NewAlert
from cc_common.core.windows import Window
from cc_common.db import Database
from cc_common.model_registry import training_runs, versions
from tests.conftest import MACHINES, UNTIL

PAGES = ("/", "/plant", "/plant/chiller_001", "/learning")


@pytest.mark.parametrize("path", PAGES)
def test_a_page_and_its_files_come_from_here_and_run_nothing_else(client: FlaskClient, path: str) -> None:
    page = client.get(path)
    assert page.status_code == 200
    assert "unsafe" not in page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert not re.search(r'(?:src|href)="(?:https?:)?//', page.text)
    for link in re.findall(r'(?:src|href)="(/console/[^"]+)"', page.text):
        with client.get(link) as file:
            assert file.status_code == 200, link
            assert "immutable" in file.headers["Cache-Control"]


def test_an_older_version_of_a_file_is_not_kept(client: FlaskClient) -> None:
    with client.get("/console/0/css/base.css") as file:
        assert (file.status_code, file.headers["Cache-Control"]) == (200, "no-cache")
    assert client.get("/console/0/..%2f..%2fapp.py").status_code == 404


def test_every_module_imports_what_is_there() -> None:
    folder = Path("api/static")
    for module in folder.rglob("*.js"):
        for name in re.findall(r'^(?:import|export) [^;]*?from "(\.[^"]+)"', module.read_text(), re.MULTILINE):
            assert (module.parent / name).resolve().is_file(), (module, name)


def test_plant_lists_types_machines_and_units(client: FlaskClient) -> None:
    plant = client.get("/api/v1/plant").json
    assert (plant["tz"], plant["equipment"]) == ("Asia/Kolkata", 363)
    assert sum(kind["count"] for kind in plant["types"]) == 363
    power = next(m for m in plant["types"][0]["metrics"] if m["name"] == "power_consumption_kw")
    assert (power["unit"], power["decimals"]) == ("kW", 1)


def test_latest_has_every_machine_with_its_open_alerts(own_client: FlaskClient, app_db: Database) -> None:
    raised = alerts.raise_alert(app_db, alert("chiller_001"))
    alerts.raise_alert(app_db, alert("ahu_080"))
    found = {m["equipment"]: m for m in own_client.get("/api/v1/latest").json["items"]}
    assert len(found) == 363
    assert {name for name, machine in found.items() if machine["at"]} == MACHINES
    assert datetime.fromisoformat(found["chiller_001"]["at"]) <= UNTIL
    assert found["chiller_001"]["readings"]["power_consumption_kw"] is not None
    assert found["chiller_001"]["alerts"] == found["ahu_080"]["alerts"] == {"critical": 1}
    alerts.clear(app_db, raised.id, who="asha")
    only = own_client.get("/api/v1/latest?type=chiller").json["items"]
    assert [len(only), only[0]["alerts"]] == [24, {}]
    assert own_client.get("/api/v1/latest?type=dragon").status_code == 404


def test_ratings_show_in_steps_days_and_placements(own_client: FlaskClient) -> None:
    for thumb in ("up", "down", "up"):
        answer = own_client.post("/api/v1/query", json={"query": "Show chiller 1 power"}).json
        own_client.post("/api/v1/ratings", json={"response_id": answer["response_id"], "rating": thumb})
    steps = listed(own_client, "steps")
    assert [(s["first"], s["last"], s["steps"]) for s in steps] == [(1, 1, 1), (2, 2, 1), (3, 3, 1)]
    (whole,) = listed(own_client, "steps?stretches=1")
    assert (whole["steps"], whole["loss"]) == (3, pytest.approx(sum(s["loss"] for s in steps) / 3))
    days = listed(own_client, "ratings?days=2")
    assert (len(days), days[-1]["up"], days[-1]["down"]) == (2, 2, 1)
    assert days[-1]["day"] == str(datetime.now(ZoneInfo("Asia/Kolkata")).date())
    placed = {p["type"]: p for p in listed(own_client, "placements")}
    assert placed.keys() == {"kpi", "trend"}
    assert sum(p["first"] for p in placed.values()) == 3
    assert all(0 < p["propensity"] <= 1 for p in placed.values())


def test_before_anything_was_learned_the_lists_are_empty(own_client: FlaskClient) -> None:
    assert [listed(own_client, name) for name in ("steps", "placements", "nights")] == [[], [], []]
    assert {(day["up"], day["down"]) for day in listed(own_client, "ratings")} == {(0, 0)}


def test_nights_come_with_their_figures(own_client: FlaskClient, app_db: Database) -> None:
    versions.register(app_db, id="base", tier=2, path="base.gguf", sha256="0" * 64)
    window = Window(start=datetime(2026, 3, 1, tzinfo=UTC), end=datetime(2026, 3, 2, tzinfo=UTC))
    with training_runs.lock_nights(app_db):
        training_runs.begin_night(app_db, "one", window, parent="base")
        training_runs.end_stage(app_db, "one", "pairs", {"counts": {"correction": 3}})
        training_runs.finish_night(app_db, "one", "rejected", "latency: too slow")
    (night,) = listed(own_client, "nights")
    assert (night["state"], night["reason"]) == ("rejected", "latency: too slow")
    assert night["figures"]["pairs"]["counts"] == {"correction": 3}


def listed(client: FlaskClient, name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get(f"/api/v1/rl/{name}").json["items"]
    return found


def alert(equipment: str) -> NewAlert:
    given = {"kind": "gap", "severity": "critical", "message": "No readings.", "raised_by": "test"}
    return NewAlert(equipment=equipment, metric=None, **given)  # type: ignore[arg-type]
