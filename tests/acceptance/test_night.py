"""A night by Airflow's own scheduler, triggered over REST: from ratings to a verdict, told in the run's note."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Any

import psycopg
import pytest

from cc_common import feedback
from cc_common.core.settings import PROJECT, Settings
from cc_common.db import Databases, EmbeddedServer
from cc_common.feedback import NewRating
from cc_common.model_registry import training_runs, versions
from cc_common.model_registry.training_runs import Night
from cc_common.operations.airflow_settings import Client
from tests.support.rated_answers import answered
from training.starter import install

pytestmark = [pytest.mark.timeout(1200), pytest.mark.night]
READY_S, NIGHT_S, END_S = 240.0, 800.0, 30.0
DAG, ORDERS = "nightly_retraining", ("kpi trend", "trend kpi")


@pytest.fixture
def rated(databases: Databases, settings: Settings) -> str:
    """The starter serves; sixteen answers were rated: a trend comes first."""
    for n in range(16):
        shown = ORDERS[n % 2]
        answer = answered(f"power of pump {n // 2 + 1}", f"latest 1 a: {shown}", shown=tuple(shown.split()))
        answer = replace(answer, id=feedback.new_id())
        feedback.record_experience(databases.app, answer)
        thumb = NewRating(response_id=answer.id, rating="up" if n % 2 else "down", rater="asha")
        feedback.record_rating(databases.app, thumb, learning_rate=settings.tier1_learning_rate)
    return install(settings, databases.app).id


@pytest.fixture
def airflow(settings: Settings, server: EmbeddedServer) -> Iterator[Client]:
    """`python -m cc_common airflow` over this test's databases; ended as Ctrl-C does."""
    with psycopg.connect(server.dsn("postgres"), autocommit=True) as connection:
        connection.execute("CREATE DATABASE airflow_of_the_scheduler")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    ours = settings.model_copy(update={"airflow_port": port, "airflow_dsn": server.dsn("airflow_of_the_scheduler")})
    output = settings.data_dir / "airflow.txt"
    with output.open("wb") as file:
        process = _started(ours, file)
    try:
        while "login" not in (said := output.read_text()):
            assert process.poll() is None, said
            time.sleep(0.5)
        yield Client(ours)
    finally:
        _end(process)


def _started(settings: Settings, output: Any) -> subprocess.Popen[bytes]:
    ours = {"AIRFLOW_HOME": str(settings.data_dir / "airflow")}
    for name in ("data_dir", "app_dsn", "timeseries_dsn", "airflow_dsn", "airflow_port"):
        ours[f"CC_{name.upper()}"] = str(getattr(settings, name))
    command = [sys.executable, "-m", "cc_common", "airflow"]
    return subprocess.Popen(
        command, env=os.environ | ours, cwd=PROJECT, stdout=output, stderr=output, start_new_session=True
    )


def _end(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGINT)
    try:
        process.wait(END_S)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


def test_a_night_by_the_scheduler(rated: str, airflow: Client, databases: Databases) -> None:
    with pytest.raises(urllib.error.HTTPError, match="400"):
        airflow.trigger(DAG, {"minutes": 481})
    run = airflow.trigger(DAG, {"force": True, "minutes": 1})
    ended, tasks = airflow.wait(run, NIGHT_S), airflow.tasks(run)
    night = training_runs.newest_nights(databases.app)[0]
    assert ended["state"] == "success" and night.state in ("promoted", "rejected"), (ended, tasks, night)
    promoted = night.state == "promoted"
    assert tasks.pop("publish") == ("success" if promoted else "skipped")
    assert set(tasks.values()) == {"success"}
    _is_told(ended["note"], night)
    served = versions.served(databases.app, 2)
    assert served and (served.id != rated) is promoted
    events = airflow.call("GET", "/api/v2/assets/events")["asset_events"]
    assert len(events) == 1 + promoted


def _is_told(note: str, night: Night) -> None:
    assert f"**Night {night.run_id}: {night.state}**" in note
    assert "| demand | measured | bound | held |" in note
    assert "margins.png" in note
