"""Airflow in parts, as docker/compose.yaml runs it: a real Redis, a Celery worker, a night with nothing to learn."""

from __future__ import annotations

import os
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Final

import psycopg
import pytest

from cc_common.core.settings import PROJECT, Settings
from cc_common.db import EmbeddedServer
from cc_common.operations.airflow_settings import Client
from tests.programs import needs
from tests.support.compose import command, environment
from tests.support.compose_services import Part, eventually, free_port, make_databases

PACKAGES: Final = PROJECT / ".venv" / "celery"  # a folder of its own: .venv stays as requirements.txt pins it
SERVICES: Final = ("api-server", "scheduler", "dag-processor", "worker")
READY_S, NIGHT_S = 240.0, 240.0

pytestmark = [
    pytest.mark.timeout(900),
    needs("redis-server"),
    pytest.mark.skipif(
        not (PACKAGES / "ready").exists(), reason=f"needs the packages that `make test` puts into {PACKAGES}"
    ),
]


@pytest.fixture
def folder() -> Iterator[Path]:
    """Not pytest's own: the account that runs PostgreSQL must reach it."""
    with tempfile.TemporaryDirectory(prefix="cc-tests-") as path:
        Path(path).chmod(0o755)
        yield Path(path)


@pytest.fixture
def dsns(folder: Path) -> Iterator[dict[str, str]]:
    """The three databases."""
    with EmbeddedServer(folder / "database", durable=False) as server:
        yield make_databases(server)


@pytest.fixture
def broker(folder: Path) -> Iterator[str]:
    """The address of a Redis with compose.yaml's options."""
    port, words = free_port(), command("redis")
    options = ["--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder)]
    with (folder / "redis.log").open("wb") as log:
        process = subprocess.Popen([*words, *options], stdout=log, stderr=log)
    yield f"redis://:{words[2]}@127.0.0.1:{port}/0"
    process.terminate()
    process.wait(10)


@pytest.fixture
def airflow(folder: Path, dsns: dict[str, str], broker: str) -> Iterator[tuple[Client, dict[str, Part]]]:
    """Every part of it, each by its own command; the API, logged in."""
    port = free_port()
    ours = {f"CC_{name.removeprefix('cc_').upper()}_DSN": dsn for name, dsn in dsns.items()}
    ours |= {"CC_PLANT_DAYS": "1", "CC_AIRFLOW_PORT": str(port), "AIRFLOW__CELERY__BROKER_URL": broker}
    for name, value in environment("airflow-worker").items():
        if "airflow-api-server:8080" in value:
            ours[name] = value.replace("airflow-api-server:8080", f"127.0.0.1:{port}")
    ours |= {"AIRFLOW__API__HOST": "127.0.0.1", "AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT": str(free_port())}
    ours |= {"AIRFLOW_HOME": str(folder / "data" / "airflow"), "HOSTNAME": socket.gethostname()}
    ours["PYTHONPATH"] = os.pathsep.join((str(PROJECT), str(PACKAGES)))
    for service in ("prepare", "airflow-prepare"):
        Part(service, folder, ours, folder / f"{service}.log").run()
    parts = {name: Part(f"airflow-{name}", folder, ours, folder / f"{name}.log") for name in SERVICES}
    with ExitStack() as stack:
        for part in parts.values():
            stack.callback(part.kill)
            part.start()
        for part in parts.values():
            eventually(part.healthy, part, READY_S)
        yield Client(Settings(_env_file=None, data_dir=folder / "data", airflow_port=port)), parts  # type: ignore[call-arg]


def test_a_night_runs_on_a_celery_worker(airflow: tuple[Client, dict[str, Part]], dsns: dict[str, str]) -> None:
    client, parts = airflow
    client.call("PATCH", "/api/v2/dags/nightly_retraining", {"is_paused": False})
    run = client.trigger("nightly_retraining", {"dry_run": True})
    ended, tasks = client.wait(run, NIGHT_S), client.tasks(run)
    assert ended["state"] == "success", (tasks, str(parts["worker"]))
    done = {name for name, state in tasks.items() if state == "success"}
    assert done == {"begin", "enough", "close", "report"} and set(tasks.values()) == {"success", "skipped"}
    assert "skipped" in ended["note"]
    eventually(lambda: _by_celery(dsns["cc_airflow"]) == ["SUCCESS"] * len(done), "a task was not Celery's")


def _by_celery(dsn: str) -> list[str]:
    """How each task ended that a worker took from Redis."""
    with closing(psycopg.connect(dsn)) as connection:
        return [status for (status,) in connection.execute("SELECT status FROM celery_taskmeta")]
