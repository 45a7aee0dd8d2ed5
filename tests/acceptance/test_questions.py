"""The API as a process, with the real model and a real PostgreSQL: questions answered exactly, ratings never lost."""

from __future__ import annotations

import json
import math
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from http.client import HTTPConnection, HTTPException
from itertools import cycle, islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psutil
import psycopg
import pytest
from psycopg import sql

from api.schemas.queries import QueryReply
from cc_common.catalog.store import install_catalog
from cc_common.core.settings import PROJECT
from cc_common.db import Database, EmbeddedServer, migrate
from cc_common.simulator import PLANT, fill_history

MACHINES = (
    "chiller 1",
    "Chiller two",
    "AHU-3",
    "pump 2",
    "genset 1",
    "meter 2",
    "lift 3",
    "UPS 1",
    "boiler #2",
    "CT 1",
)
QUESTIONS = (
    "Show {} power",
    "how is {} doing?",
    "{} over the last 6 hours by hour",
    "what was the average of {} yesterday",
    "compare {} and {}",
    "highest temperature of {} in the last 3 hours",
    "which chiller uses the most power right now",
    "list the air compressors",
    "Show {} power'; DROP TABLE chiller_001; --",
    "show chiller 99 power",
)
PLAIN = {
    "avg": "avg({c}::float8)",
    "min": "min({c})::float8",
    "max": "max({c})::float8",
    "sum": "sum({c}::float8)",
    "count": "count({c})::float8",
    "last": "(array_agg({c} ORDER BY ts DESC) FILTER (WHERE {c} IS NOT NULL))[1]::float8",
    "delta": "(array_agg({c} ORDER BY ts DESC) FILTER (WHERE {c} IS NOT NULL))[1]::float8"
    " - (array_agg({c} ORDER BY ts) FILTER (WHERE {c} IS NOT NULL))[1]::float8",
}
pytestmark = pytest.mark.timeout(300)


class Running:
    """`python -m api` over a plant with a day of history up to now."""

    def __init__(self, server: EmbeddedServer, folder: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.server, self.folder = server, folder
        ours = {"CC_PORT": str(self.port), "CC_DATA_DIR": str(folder), "CC_PLAN_DEADLINE_S": "60"}
        dsns = {"CC_APP_DSN": server.dsn("cc_app"), "CC_TIMESERIES_DSN": server.dsn("cc_timeseries")}
        self.environment = {**os.environ, **ours, **dsns}

    @contextmanager
    def serving(self) -> Iterator[psutil.Process]:
        log = (self.folder / "api.log").open("a")
        command = [sys.executable, "-m", "api"]
        with log, subprocess.Popen(command, cwd=PROJECT, env=self.environment, stdout=log, stderr=log) as process:
            try:
                self.wait_ready()
                yield psutil.Process(process.pid)
            finally:
                process.send_signal(signal.SIGTERM)

    def wait_ready(self) -> None:
        for _ in range(600):
            with suppress(OSError, HTTPException):
                if self.call("/readyz")[0] == 200:
                    return
            time.sleep(0.1)
        pytest.fail((self.folder / "api.log").read_text())

    def call(self, path: str, body: Any = None) -> tuple[int, Any]:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=60)
        sent = json.dumps(body) if body else None
        connection.request("POST" if body else "GET", path, sent, {"Content-Type": "application/json"})
        response = connection.getresponse()
        answer = json.loads(response.read())
        connection.close()
        return response.status, answer

    def ask(self, question: str) -> Any:
        status, answer = self.call("/api/v1/query", {"query": question})
        assert status == 200, answer
        return answer


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    with TemporaryDirectory(prefix="cc-questions-") as folder, EmbeddedServer(Path(folder), own=True) as server:
        plant = Database(server.dsn("cc_timeseries"), pool_size=2, timeout_s=5.0, name="plant")
        migrate(plant, "timeseries")
        install_catalog(plant, PLANT)
        now = datetime.now(UTC).replace(second=0, microsecond=0)
        some = frozenset(e.id for e in PLANT.equipment if e.number <= 3)
        fill_history(plant, PLANT, days=2, seed=1, until=now, only=some)
        plant.close()
        yield Running(server, Path(folder))


def asked(count: int) -> Iterator[str]:
    machines = cycle(MACHINES)
    for question in islice(cycle(QUESTIONS), count):
        yield question.format(*islice(machines, question.count("{}")))


def check(answer: Any, connection: psycopg.Connection[Any]) -> None:
    """The response is whole, and every value is what plain SQL over its evidence says."""
    QueryReply.model_validate_json(json.dumps(answer))
    assert len(answer["evidence"]) == len(answer["values"])
    for place, (value, rows) in enumerate(zip(answer["values"], answer["evidence"], strict=True)):
        assert rows["value_index"] == place
        query = sql.SQL("SELECT " + PLAIN[rows["statistic"]] + ", count({c}) FROM {t} WHERE ts >= %s AND ts < %s")
        names = {"c": sql.Identifier(rows["column"]), "t": sql.Identifier(rows["table"])}
        found = connection.execute(query.format(**names), (rows["start"], rows["end"])).fetchone()
        assert found is not None
        assert math.isclose(value["value"], found[0], rel_tol=1e-9, abs_tol=1e-12), (answer["query"], value, found)
        assert rows["rows"] == found[1]


def test_every_answer_is_whole_and_equals_plain_sql(running: Running) -> None:
    with running.serving(), psycopg.connect(running.server.dsn("cc_timeseries")) as connection:
        for question in asked(200):
            check(running.ask(question), connection)


def test_the_models_death_costs_no_question(running: Running) -> None:
    with running.serving() as process:
        workers = [p for p in process.children(recursive=True) if "api.engine_worker" in " ".join(p.cmdline())]
        workers[0].kill()
        assert running.ask("Show pump 3 vibration")["plan"]
        running.wait_ready()


def test_acknowledged_ratings_outlive_the_death_of_everything(running: Running) -> None:
    with running.serving() as process:
        answer = running.ask("Show chiller 1 power")
        for n in range(100):
            body = {"response_id": answer["response_id"], "rating": ("up", "down")[n % 2], "rater": f"desk {n}"}
            assert running.call("/api/v1/ratings", body)[0] == 201
        before = running.call("/api/v1/rl/status")[1]
        for victim in [*process.children(recursive=True), process, psutil.Process(running.server.pid)]:
            victim.kill()
    running.server.ensure_running()
    with running.serving():
        after = running.call("/api/v1/rl/status")[1]
    assert after["buffer"]["ratings"] == before["buffer"]["ratings"] == 100
    assert after["tier1"]["version"] == before["tier1"]["version"]
