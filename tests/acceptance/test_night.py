"""A night by Airflow's own scheduler, triggered over REST API: from ratings to a verdict, told in the run's note."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import psycopg
import pytest

from cc_common import experience, nights, registry
from cc_common.config import PROJECT, Settings
from cc_common.db import Databases, EmbeddedServer
from cc_common.experience import NewRating
from tests.unit.answers import answered
from training.starter import install

pytestmark = pytest.mark.timeout(1200)
READY_S, NIGHT_S, END_S = 240.0, 900.0, 30.0
ORDERS = ("kpi trend", "trend kpi")
DONE = {"success", "failed"}


class Airflow:
    """A running `python -m cc_common.schedule`, and its REST API."""

    def __init__(self, settings: Settings, dsn: str) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.output = settings.data_dir / "airflow.txt"
        self.token = ""
        ours = {
            "CC_DATA_DIR": str(settings.data_dir),
            "CC_APP_DSN": settings.app_dsn or "",
            "CC_TIMESERIES_DSN": settings.timeseries_dsn or "",
            "CC_AIRFLOW_DSN": dsn,
            "CC_AIRFLOW_PORT": str(self.port),
            "AIRFLOW_HOME": str(settings.data_dir / "airflow"),
        }
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "cc_common.schedule"],
                env=os.environ | ours,
                cwd=PROJECT,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    @property
    def text(self) -> str:
        """All that it has said."""
        return self.output.read_text(errors="replace")

    def login(self) -> None:
        """Waits for the printed login and uses it."""
        eventually(lambda: bool(re.search(r"login .*/ \S+", self.text)), READY_S, self)
        found = re.search(r"login\s+(\S+) / (\S+)", self.text)
        assert found
        words = {"username": found[1], "password": found[2]}
        self.token = self.call("POST", "/auth/token", words)["access_token"]

    def call(self, verb: str, path: str, body: Any = None) -> Any:
        """The JSON it answers."""
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self.token}"}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", data, headers, method=verb)
        with urllib.request.urlopen(request, timeout=60) as response:  # noqa: S310
            return json.load(response)

    def trigger(self, conf: dict[str, Any]) -> str:
        """The path of a new run of the night."""
        runs = "/api/v2/dags/nightly_retraining/dagRuns"
        made = self.call("POST", runs, {"logical_date": None, "conf": conf})
        return f"{runs}/{quote(made['dag_run_id'], safe='')}"

    def stop(self) -> None:
        """As Ctrl-C does."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGINT)
        try:
            self.process.wait(END_S)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)


def eventually(holds: Callable[[], bool], within_s: float, airflow: Airflow) -> None:
    until = time.monotonic() + within_s
    while not holds():
        assert airflow.process.poll() is None and time.monotonic() < until, airflow.text
        time.sleep(0.5)


@pytest.fixture
def airflow(settings: Settings, server: EmbeddedServer) -> Iterator[Airflow]:
    """Airflow over this test's databases, logged in."""
    with psycopg.connect(server.dsn("postgres"), autocommit=True) as connection:
        connection.execute("CREATE DATABASE airflow_of_the_scheduler")
    running = Airflow(settings, server.dsn("airflow_of_the_scheduler"))
    try:
        running.login()
        yield running
    finally:
        running.stop()


@pytest.fixture
def rated(databases: Databases, settings: Settings) -> str:
    """The starter serves; sixteen answers were rated: a trend comes first."""
    for n in range(16):
        shown = ORDERS[n % 2]
        answer = answered(f"power of pump {n // 2 + 1}", f"latest 1 a: {shown}", shown=tuple(shown.split()))
        answer = replace(answer, id=experience.new_id())
        experience.record(databases.app, answer)
        thumb = NewRating(response_id=answer.id, rating="up" if n % 2 else "down", rater="asha")
        experience.rate(databases.app, thumb, learning_rate=settings.tier1_learning_rate)
    return install(settings, databases.app).id


def test_a_night_by_the_scheduler(rated: str, airflow: Airflow, databases: Databases) -> None:
    with pytest.raises(urllib.error.HTTPError, match="400"):
        airflow.trigger({"minutes": 481})
    run = airflow.trigger({"force": True, "minutes": 1})
    eventually(lambda: airflow.call("GET", run)["state"] in DONE, NIGHT_S, airflow)
    (night,) = nights.newest(databases.app)
    ended = airflow.call("GET", run)
    tasks = {t["task_id"]: t["state"] for t in airflow.call("GET", f"{run}/taskInstances")["task_instances"]}
    assert ended["state"] == "success" and night.state in ("promoted", "rejected"), (tasks, night, airflow.text)
    published = "success" if night.state == "promoted" else "skipped"
    assert tasks.pop("publish") == published
    assert set(tasks.values()) == {"success"}
    assert f"**Night {night.run_id}: {night.state}**" in ended["note"]
    assert "| demand | measured | bound | held |" in ended["note"] and "margins.png" in ended["note"]
    served = registry.served(databases.app, 2)
    assert served and (served.id != rated) is (night.state == "promoted")
    events = airflow.call("GET", "/api/v2/assets/events")["asset_events"]
    assert len(events) == (2 if night.state == "promoted" else 1)
