"""`python -m api` as a process: what it says when it cannot start, and how it ends."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import psutil
import pytest

from cc_common.core.settings import PROJECT
from cc_common.db import Database


@pytest.fixture
def environment(app_db: Database, plant: Database, tmp_path: Path) -> dict[str, str]:
    """For an API on a free port, over real databases, whose model file is missing."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    ours = {"PORT": str(port), "DATA_DIR": str(tmp_path), "BASE_GGUF": str(tmp_path / "missing.gguf")}
    ours |= {"APP_DSN": app_db.dsn, "TIMESERIES_DSN": plant.dsn}
    return {**os.environ, **{f"CC_{name}": value for name, value in ours.items()}}


@contextmanager
def api(environment: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    pipe = subprocess.PIPE
    command = [sys.executable, "-m", "api"]
    with subprocess.Popen(command, cwd=PROJECT, env=environment, text=True, stdout=pipe, stderr=pipe) as process:
        yield process
        process.kill()


def ask(environment: dict[str, str], path: str, body: Any = None) -> tuple[int, Any]:
    connection = HTTPConnection("127.0.0.1", int(environment["CC_PORT"]), timeout=10)
    method, sent = ("POST", json.dumps(body)) if body else ("GET", None)
    connection.request(method, path, sent, {"Content-Type": "application/json"})
    response = connection.getresponse()
    answer = json.loads(response.read())
    connection.close()
    return response.status, answer


def wait(environment: dict[str, str]) -> None:
    for _ in range(300):
        try:
            ask(environment, "/healthz")
        except ConnectionError:
            time.sleep(0.1)
        else:
            return
    pytest.fail("the API did not come up")


def test_without_a_model_it_runs_and_says_so(environment: dict[str, str]) -> None:
    with api(environment) as process:
        wait(environment)
        status, ready = ask(environment, "/readyz")
        assert (status, "missing.gguf" in ready["detail"]) == (503, True)
        status, problem = ask(environment, "/api/v1/query", {"query": "Show chiller 1 power"})
        assert (status, "missing.gguf" in problem["detail"]) == (503, True)
        assert ask(environment, "/api/v1/equipment/chiller_001/latest")[0] == 200
        children = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0
        assert not psutil.wait_procs(children, timeout=5)[1]


def test_a_busy_port_is_named(environment: dict[str, str]) -> None:
    with socket.create_server(("127.0.0.1", int(environment["CC_PORT"]))), api(environment) as process:
        _, said = process.communicate(timeout=30)
    assert process.returncode == 1
    assert f"Port {environment['CC_PORT']} on 127.0.0.1 is already in use" in said
    assert "Traceback" not in said


def test_a_database_without_a_plant_is_named(environment: dict[str, str], timeseries_db: Database) -> None:
    with api(environment | {"CC_TIMESERIES_DSN": timeseries_db.dsn}) as process:
        _, said = process.communicate(timeout=30)
    assert process.returncode == 3
    assert "No plant is installed" in said
    assert "Traceback" not in said


def test_wrong_settings_are_named(environment: dict[str, str]) -> None:
    with api(environment | {"CC_API_THREADS": "none"}) as process:
        _, said = process.communicate(timeout=30)
    assert (process.returncode, "CC_API_THREADS" in said, "Traceback" in said) == (1, True, False)


def test_the_admin_token_is_made_once_for_its_owner_alone(environment: dict[str, str]) -> None:
    path = Path(environment["CC_DATA_DIR"]) / "admin_token"
    tokens = []
    for _ in range(2):
        with socket.create_server(("127.0.0.1", int(environment["CC_PORT"]))), api(environment) as process:
            assert str(path) in process.communicate(timeout=30)[0]
        tokens.append(path.read_text())
    assert tokens[0] == tokens[1]
    assert len(tokens[0]) >= 32
    assert path.stat().st_mode & 0o777 == 0o600


def test_every_log_line_is_json_when_asked_for(environment: dict[str, str]) -> None:
    with api(environment | {"CC_LOG_FORMAT": "json", "CC_LOG_LEVEL": "DEBUG"}) as process:
        wait(environment)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=30)
    lines = [json.loads(line) for line in said.splitlines()]
    assert {"gunicorn.error", "api.log_format"} <= {line["logger"] for line in lines}
    assert any(line.get("path") == "/healthz" and line["status"] == 200 and line["request_id"] for line in lines)


def test_bound_wider_it_names_three_token_files_and_asks_for_one(environment: dict[str, str]) -> None:
    with api(environment | {"CC_HOST": "0.0.0.0"}) as process:  # noqa: S104
        wait(environment)
        status, problem = ask(environment, "/api/v1/equipment")
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=30)
    assert (status, problem["title"]) == (401, "Unauthorized")
    files = [Path(environment["CC_DATA_DIR"]) / f"{role}_token" for role in ("operator", "engineer", "admin")]
    assert all(str(file) in said and file.read_text() not in said for file in files)
