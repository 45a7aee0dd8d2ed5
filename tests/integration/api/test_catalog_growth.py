"""A plant that grows while the API runs: new machines and metrics are asked for and answered without a restart."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from cc_common import alerts
from cc_common.alerts.watcher import SETTLES, Watcher
from cc_common.catalog.store import catalog_digest, install_catalog, load_catalog
from cc_common.core.settings import Settings
from cc_common.db import Database, Databases, queries
from tests.integration.conftest import StubEngine, running
from tests.integration.connectors.test_importer import NOW, change, load, rows

PUMP_102 = """[[machines]]
id = "pump_102"
type = "pump"
name = "Pump 102"
location = "Pumpenraum"
called = ["P-102"]
"""
PRESSURE = """[types.pump.metrics.discharge_pressure_bar]
label = "discharge pressure"
unit = "bar"
high = 6
decimals = 2
aliases = ["pressure"]
"""
PSI = 'pressure_psi = { metric = "discharge_pressure_bar", unit = "psi" }\n'


@pytest.fixture
def whole(example: Path) -> Path:
    """The worked example; what lies in it as plant.toml knows one pump, and no pressure."""
    folder = example
    whole = (folder / "plant.toml").read_text("utf-8")
    for part in (PUMP_102, PRESSURE, PSI):
        change(folder, part, "")
    change(folder, 'ignore = ["note"]', 'ignore = ["note", "pressure_psi"]')
    (folder / "whole.toml").write_text(whole, "utf-8")
    return folder


@pytest.fixture
def client(app_db: Database, timeseries_db: Database, whole: Path, stub: StubEngine) -> Iterator[FlaskClient]:
    """Speaks HTTP with an API that was started before the plant grew."""
    load(timeseries_db, whole)
    dsns = {"app_dsn": app_db.dsn, "timeseries_dsn": timeseries_db.dsn}
    with running(Settings(_env_file=None, data_dir=whole, **dsns), stub) as app:  # type: ignore[arg-type]
        yield app.test_client()


def test_a_new_machine_and_a_new_metric_are_answered_without_a_restart(
    client: FlaskClient, timeseries_db: Database, whole: Path
) -> None:
    before = client.get("/api/v1/plant").get_json()
    assert client.get("/api/v1/equipment/pump_102/latest").status_code == 404
    assert not ask(client, "Show pump 102 power")["values"]
    load(timeseries_db, whole, mapping=whole / "whole.toml")
    until(lambda: client.get("/api/v1/plant").get_json()["version"] != before["version"])
    assert ask(client, "Show pump 102 power")["values"][0]["equipment"] == "pump_102"
    assert ask(client, "Show pump 101 discharge pressure")["values"][0]["metric"] == "discharge_pressure_bar"
    for path in ("pump_101/anomalies", "pump_102/statistics?metric=discharge_pressure_bar", "pump_101/quality"):
        assert client.get(f"/api/v1/equipment/{path}").status_code == 200, path


def test_a_plant_that_is_installed_again_unchanged_is_not_taken_up_anew(
    client: FlaskClient, timeseries_db: Database
) -> None:
    known, digest = client.application.extensions["command_center"], catalog_digest(timeseries_db)
    install_catalog(timeseries_db, load_catalog(timeseries_db))
    time.sleep(0.3)
    assert catalog_digest(timeseries_db) == digest
    assert client.application.extensions["command_center"] is known


def test_an_import_is_watched_without_a_restart(app_db: Database, timeseries_db: Database, whole: Path) -> None:
    load(timeseries_db, whole)
    databases, now = Databases(app=app_db, timeseries=timeseries_db), NOW
    watcher = Watcher(databases=databases, catalog=load_catalog(timeseries_db), clock=lambda: now)
    watcher.watch()
    assert "gap" not in {alert.kind for alert in alerts.find(app_db).items}
    load(timeseries_db, whole, mapping=whole / "whole.toml")
    watcher.watch()
    assert watcher.catalog.measures("pump_102", "discharge_pressure_bar")
    now += SETTLES
    watcher.watch()
    silent = {alert.equipment for alert in alerts.find(app_db).items if alert.kind == "gap"}
    assert silent == {"plant"}  # all of it: the files end in October


def test_what_was_learned_of_fewer_metrics_is_forgotten(timeseries_db: Database, whole: Path) -> None:
    load(timeseries_db, whole)
    learned = {"start": NOW - timedelta(days=28), "end": NOW, "version": 1, "data": b""}
    for machine in ("pump_101", "chiller_1"):
        with timeseries_db.connection() as connection:
            connection.execute(queries("anomalies")["save_baseline"], {"equipment": machine, **learned})
    load(timeseries_db, whole, mapping=whole / "whole.toml")
    assert rows(timeseries_db, "SELECT equipment_id FROM baseline") == [("chiller_1",)]


def ask(client: FlaskClient, question: str) -> dict[str, list[dict[str, object]]]:
    found = client.post("/api/v1/query", json={"query": question})
    assert found.status_code == 200
    return found.get_json()


def until(holds: Callable[[], bool], patience_s: float = 10.0) -> None:
    """Announced, it takes no second; the poll would take one."""
    ends = time.monotonic() + patience_s
    while not holds():
        assert time.monotonic() < ends
        time.sleep(0.05)
