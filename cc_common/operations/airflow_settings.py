"""Airflow's settings as environment variables (one machine, loopback, PostgreSQL), and a client of its REST API."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote
from urllib.request import Request, urlopen

from cc_common.core.settings import PROJECT, Settings
from cc_common.db import url_of

HOST: Final = "127.0.0.1"
USER: Final = "admin"
TASKS_AT_ONCE: Final = 4


def environment(settings: Settings, dsn: str) -> dict[str, str]:
    """Airflow's settings with metadata in `dsn`, and those of its tasks; creates its folder if missing."""
    home = settings.data_dir.resolve() / "airflow"
    home.mkdir(parents=True, exist_ok=True)
    return {
        **_of_project(settings, home),
        **_of_metadata(dsn),
        **_of_api(settings, home),
        **_of_scheduler(),
    }


def password(settings: Settings) -> str:
    """The admin's password for the UI; generated once, stored with mode 0600."""
    passwords = _kept(settings.data_dir.resolve() / "airflow" / "passwords.json", _new_password)
    return str(json.loads(passwords)[USER])


def _of_project(settings: Settings, home: Path) -> dict[str, str]:
    return {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(PROJECT / "dags"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DEFAULT_TIMEZONE": settings.plant_tz,
        "AIRFLOW__CORE__FERNET_KEY": "",  # its metadata contain no secrets
        "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(home / "logs"),
        "PYTHONPATH": str(PROJECT),
        "CC_DATA_DIR": str(settings.data_dir.resolve()),
        "CC_PLANT_TZ": settings.plant_tz,  # the DAGs' time zone, also when only .env sets it
    }


def _of_metadata(dsn: str) -> dict[str, str]:
    """The URL of a DSN for psycopg 3, synchronous and asynchronous; without it Airflow needs asyncpg."""
    return {
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": url_of(dsn, "postgresql+psycopg"),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_ASYNC": url_of(dsn, "postgresql+psycopg_async"),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_POOL_SIZE": "3",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_MAX_OVERFLOW": "5",
    }


def _of_api(settings: Settings, home: Path) -> dict[str, str]:
    password(settings)
    return {
        "AIRFLOW__API__HOST": HOST,
        "AIRFLOW__API__PORT": str(settings.airflow_port),
        "AIRFLOW__API__WORKERS": "1",
        "AIRFLOW__API__BASE_URL": f"http://{HOST}:{settings.airflow_port}",
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"http://{HOST}:{settings.airflow_port}/execution/",
        "AIRFLOW__API_AUTH__JWT_SECRET": _kept(home / "jwt_secret", lambda: secrets.token_urlsafe(48)),
        "AIRFLOW__API__SECRET_KEY": _kept(home / "secret_key", lambda: secrets.token_urlsafe(48)),
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": f"{USER}:admin",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(home / "passwords.json"),
    }


def _of_scheduler() -> dict[str, str]:
    """A restart of the API server must not end a training: heartbeats may fail for ten minutes."""
    return {
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__CORE__PARALLELISM": str(TASKS_AT_ONCE),  # the number of processes it starts in advance
        "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.2",
        "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "30",
        "AIRFLOW__WORKERS__MAX_FAILED_HEARTBEATS": "60",
        "AIRFLOW__WORKERS__EXECUTION_API_RETRIES": "10",
    }


def _new_password() -> str:
    return json.dumps({USER: secrets.token_urlsafe(12)})


def _kept(path: Path, make: Callable[[], str]) -> str:
    """The file's text; creates it, readable by its owner only, when it is missing."""
    if not path.exists():
        fresh = path.with_suffix(".new")
        fresh.touch(mode=0o600)
        fresh.write_text(make())
        fresh.replace(path)
    return path.read_text().strip()


RUNS: Final = "/api/v2/dags/{dag}/dagRuns"
ENDED: Final = ("success", "failed")
PATIENCE_S: Final = 60.0
LOOK_EVERY_S: Final = 1.0


class Client:
    """A client with the admin's token. HTTPError for a refused request, another OSError without a response."""

    def __init__(self, settings: Settings) -> None:
        self._base = f"http://{HOST}:{settings.airflow_port}"
        login = {"username": USER, "password": password(settings)}
        self._token = ""
        self._token = self.call("POST", "/auth/token", login)["access_token"]

    def call(self, verb: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """Calls the API and returns its JSON."""
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self._token}"}
        data = None if body is None else json.dumps(body).encode()
        request = Request(self._base + path, data, headers, method=verb)  # noqa: S310
        with urlopen(request, timeout=PATIENCE_S) as response:  # noqa: S310
            return json.load(response)

    def trigger(self, dag: str, conf: Mapping[str, Any]) -> str:
        """Triggers a run with these parameters; returns its path."""
        runs = RUNS.format(dag=dag)
        made = self.call("POST", runs, {"logical_date": None, "conf": dict(conf)})
        return f"{runs}/{quote(made['dag_run_id'], safe='')}"

    def wait(self, run: str, within_s: float, watch: Callable[[], None] = lambda: None) -> dict[str, Any]:
        """Waits for the run to end, or for the timeout, and returns it; calls `watch` repeatedly."""
        until = time.monotonic() + within_s
        while (found := self.call("GET", run))["state"] not in ENDED and time.monotonic() < until:
            watch()
            time.sleep(LOOK_EVERY_S)
        return dict(found)

    def tasks(self, run: str) -> dict[str, str | None]:
        """The state of each task of a run."""
        found = self.call("GET", f"{run}/taskInstances")["task_instances"]
        return {task["task_id"]: task["state"] for task in found}
