"""PostgreSQL dies under load: requests fail clearly, come back by themselves, and no acknowledged rating is lost."""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event

import psycopg
import pytest
from flask_openapi3.openapi import OpenAPI

from api.app import create_app, start, stop
from cc_common.catalog.store import install_catalog
from cc_common.core.settings import Settings
from cc_common.db import EmbeddedServer, migrate, open_databases
from cc_common.simulator import PLANT, fill_history

SMALL = replace(PLANT, equipment=PLANT.equipment[:2])
UNTIL = datetime(2026, 3, 4, tzinfo=UTC)


@pytest.fixture
def own_server() -> Iterator[EmbeddedServer]:
    """A durable PostgreSQL of this test's own, with two machines."""
    with TemporaryDirectory(prefix="cc-recovery-") as folder, EmbeddedServer(Path(folder), own=True) as server:
        with open_databases(settings_of(server, Path(folder))) as databases:
            migrate(databases.timeseries, "timeseries")
            install_catalog(databases.timeseries, SMALL)
            fill_history(databases.timeseries, SMALL, days=1, seed=1, until=UNTIL)
        yield server


@pytest.fixture
def api(own_server: EmbeddedServer, stub: object, tmp_path: Path) -> Iterator[OpenAPI]:
    app = create_app(settings_of(own_server, tmp_path))
    start(app, engine=stub)  # type: ignore[arg-type]
    yield app
    stop(app)


def settings_of(server: EmbeddedServer, folder: Path) -> Settings:
    dsns = {"app_dsn": server.dsn("cc_app"), "timeseries_dsn": server.dsn("cc_timeseries")}
    return Settings(_env_file=None, data_dir=folder, db_timeout_s=2.0, **dsns)


class Load:
    """Operators who ask and rate until they are told to stop."""

    def __init__(self, app: OpenAPI) -> None:
        self.app, self.ended = app, Event()
        self.acknowledged: set[int] = set()
        self.statuses: Counter[int] = Counter()

    @contextmanager
    def running(self, operators: int) -> Iterator[None]:
        with ThreadPoolExecutor(operators) as pool:
            for _ in range(operators):
                pool.submit(self.run)
            try:
                yield
            finally:
                self.ended.set()

    def run(self) -> None:
        client = self.app.test_client()
        while not self.ended.is_set():
            asked = client.post("/api/v1/query", json={"query": "Show chiller 1 power"})
            self.statuses[asked.status_code] += 1
            if asked.status_code == 200:
                rated = client.post("/api/v1/ratings", json={"response_id": asked.json["response_id"], "rating": "up"})
                self.statuses[rated.status_code] += 1
                self.acknowledged |= {rated.json["rating_id"]} if rated.status_code == 201 else set()


def test_a_killed_database_costs_no_acknowledged_rating(own_server: EmbeddedServer, api: OpenAPI) -> None:
    load = Load(api)
    with load.running(operators=4):
        reach(load, 201, 20)
        assert own_server.pid
        os.kill(own_server.pid, signal.SIGKILL)
        reach(load, 503, load.statuses[503] + 4)
        own_server.ensure_running()
        reach(load, 201, load.statuses[201] + 20)
    assert load.statuses.keys() == {200, 201, 503}
    assert load.acknowledged <= stored(own_server)
    assert api.test_client().get("/readyz").status_code == 200


def reach(load: Load, status: int, count: int) -> None:
    until = time.monotonic() + 60
    while load.statuses[status] < count:
        assert time.monotonic() < until, load.statuses
        time.sleep(0.05)


def stored(server: EmbeddedServer) -> set[int]:
    with psycopg.connect(server.dsn("cc_app")) as connection:
        return {row[0] for row in connection.execute("SELECT id FROM rating")}
