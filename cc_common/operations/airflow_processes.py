"""Runs Airflow for this system: scheduler, DAG processor and UI; a single night without them; or a single command."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from http.client import HTTPConnection, HTTPException
from typing import Final, NoReturn

from cc_common.core.errors import SetupError
from cc_common.core.settings import PROJECT, Settings
from cc_common.db import EmbeddedServer
from cc_common.operations import children
from cc_common.operations.airflow_settings import HOST, USER, environment, password
from cc_common.operations.children import Child
from cc_common.operations.preparation import check_data_dir, check_port_of
from cc_common.operations.terminal import print_line, stop_on_signals

DATABASE: Final = "cc_airflow"
PARTS: Final = ("dag-processor", "scheduler", "api-server")
PATIENCE_S: Final = 180.0
LOOK_EVERY_S: Final = 0.5
NIGHT: Final = "nightly_retraining"
POOL: Final = "training"


def become(settings: Settings, words: Sequence[str]) -> NoReturn:
    """Replaces this process by `airflow WORDS` with this system's settings; SetupError without CC_AIRFLOW_DSN."""
    if not settings.airflow_dsn:
        raise SetupError("A part of Airflow by itself needs CC_AIRFLOW_DSN: the embedded server ends with its owner.")
    _set(settings, settings.airflow_dsn)
    os.chdir(PROJECT)
    os.execv(sys.executable, [sys.executable, "-m", "airflow", *words])  # noqa: S606


def _set(settings: Settings, dsn: str) -> None:
    """Sets Airflow's settings in the environment of this process and its children."""
    check_data_dir(settings.data_dir)
    for name, value in environment(settings, dsn).items():
        os.environ.setdefault(name, value)  # settings of the user have priority


@contextmanager
def prepared(settings: Settings) -> Iterator[None]:
    """Migrates Airflow's metadata database and sets its settings, for the length of a `with` block."""
    with database(settings) as dsn:
        _set(settings, dsn)
        _prepare()
        yield


@contextmanager
def database(settings: Settings) -> Iterator[str]:
    """The DSN of Airflow's metadata; joins the embedded server, or starts it and stops it at exit."""
    with ExitStack() as stack:
        if settings.airflow_dsn:
            yield settings.airflow_dsn
        else:
            yield stack.enter_context(EmbeddedServer(settings.data_dir)).dsn(DATABASE)


def _prepare() -> None:
    """Migrates Airflow's database, and creates the pool that limits training to one run at a time."""
    print_line("airflow", "its database, brought up to date")
    for words in (("db", "migrate"), ("pools", "set", POOL, "1", "Trainings: one at a time")):
        done = _airflow(*words, capture=True)
        if done.returncode != 0:
            raise SetupError(f"Airflow cannot set up its database:\n{(done.stderr or done.stdout)[-2000:]}")


def run_night(conf: str) -> int:
    """Runs the DAG once, in this process, without a scheduler."""
    return _airflow("dags", "test", NIGHT, "--conf", conf).returncode


def _airflow(*words: str, capture: bool = False) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "airflow", *words]
    return subprocess.run(command, cwd=PROJECT, capture_output=capture, text=True, check=False)


def serve(settings: Settings) -> NoReturn:
    """Supervises Airflow's processes until a signal."""
    check_port_of(HOST, settings.airflow_port, "CC_AIRFLOW_PORT")
    logs = settings.data_dir.resolve() / "logs"
    parts = [Child(name, ["airflow", name], logs / f"airflow-{name}.log") for name in PARTS]
    stop_on_signals(partial(_kill, parts))
    try:
        for part in parts:
            part.start()
            print_line(part.name, f"process {part.pid}, log {part.log}")
        _wait_healthy(settings, parts)
        while True:
            _keep_up(parts)
            time.sleep(LOOK_EVERY_S)
    finally:
        children.stop(parts)


def _kill(parts: list[Child]) -> None:
    for part in parts:
        part.kill()


def _wait_healthy(settings: Settings, parts: list[Child]) -> None:
    began = time.monotonic()
    while not _healthy(settings.airflow_port):
        if time.monotonic() - began > PATIENCE_S:
            raise SetupError(f"Airflow is not healthy after {PATIENCE_S:.0f} s; its logs are beside {parts[0].log}")
        _keep_up(parts)
        time.sleep(LOOK_EVERY_S)
    print_line("ready", f"after {time.monotonic() - began:.0f} s on http://{HOST}:{settings.airflow_port}")
    print_line("login", f"{USER} / {password(settings)}")


def _keep_up(parts: list[Child]) -> None:
    for part in parts:
        part.keep_up()


def _healthy(port: int) -> bool:
    connection = HTTPConnection(HOST, port, timeout=5)
    try:
        connection.request("GET", "/api/v2/monitor/health")
        found = json.loads(connection.getresponse().read())
    except (OSError, HTTPException, ValueError):
        return False
    finally:
        connection.close()
    return all(
        found.get(part, {}).get("status") == "healthy" for part in ("metadatabase", "scheduler", "dag_processor")
    )
