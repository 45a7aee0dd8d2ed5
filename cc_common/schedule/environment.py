"""Airflow's settings as environment variables: one machine, loopback, PostgreSQL, few processes."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Final

from cc_common.config import PROJECT, Settings
from cc_common.db import url_of

HOST: Final = "127.0.0.1"
USER: Final = "admin"
TASKS_AT_ONCE: Final = 4


def environment(settings: Settings, dsn: str) -> dict[str, str]:
    """Airflow's settings with metadata in `dsn`, and what its tasks need; its folder is made when missing."""
    home = settings.data_dir.resolve() / "airflow"
    home.mkdir(parents=True, exist_ok=True)
    return {
        **_of_project(settings, home),
        **_of_metadata(dsn),
        **_of_api(settings, home),
        **_of_scheduler(),
    }


def password(settings: Settings) -> str:
    """The admin's password for the UI; made once, kept 0600."""
    passwords = _kept(settings.data_dir.resolve() / "airflow" / "passwords.json", _new_password)
    return str(json.loads(passwords)[USER])


def _of_project(settings: Settings, home: Path) -> dict[str, str]:
    return {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(PROJECT / "dags"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DEFAULT_TIMEZONE": settings.plant_tz,
        "AIRFLOW__CORE__FERNET_KEY": "",  # nothing secret is kept in its metadata
        "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(home / "logs"),
        "PYTHONPATH": str(PROJECT),
        "CC_DATA_DIR": str(settings.data_dir.resolve()),
        "CC_PLANT_TZ": settings.plant_tz,  # the DAGs' clock, also where only .env sets it
    }


def _of_metadata(dsn: str) -> dict[str, str]:
    """psycopg 3 for both of SQLAlchemy's ways in; otherwise it asks for asyncpg."""
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
    """An outage of the API server (a restart) must not end a training: heartbeats may fail for ten minutes."""
    return {
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__CORE__PARALLELISM": str(TASKS_AT_ONCE),  # it starts so many processes beforehand
        "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.2",
        "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "30",
        "AIRFLOW__WORKERS__MAX_FAILED_HEARTBEATS": "60",
        "AIRFLOW__WORKERS__EXECUTION_API_RETRIES": "10",
    }


def _new_password() -> str:
    return json.dumps({USER: secrets.token_urlsafe(12)})


def _kept(path: Path, make: Callable[[], str]) -> str:
    """The file's text; made now, readable by its owner only, when there is none."""
    if not path.exists():
        fresh = path.with_suffix(".new")
        fresh.touch(mode=0o600)
        fresh.write_text(make())
        fresh.replace(path)
    return path.read_text().strip()
