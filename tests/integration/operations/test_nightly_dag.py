"""make nightly: the DAG once, without a scheduler, over this test's databases."""

from __future__ import annotations

import os
import subprocess
import sys

import psycopg

from cc_common.core.settings import PROJECT, Settings
from cc_common.db import Databases, EmbeddedServer
from cc_common.model_registry import training_runs, versions


def night(settings: Settings, server: EmbeddedServer, name: str, *words: str) -> subprocess.CompletedProcess[str]:
    """The command's end, with metadata in a new database."""
    with psycopg.connect(server.dsn("postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    ours = {
        "CC_DATA_DIR": str(settings.data_dir),
        "CC_APP_DSN": settings.app_dsn or "",
        "CC_TIMESERIES_DSN": settings.timeseries_dsn or "",
        "CC_AIRFLOW_DSN": server.dsn(name),
        "AIRFLOW_HOME": str(settings.data_dir / "airflow"),
    }
    command = [sys.executable, "-m", "cc_common", "nightly", *words]
    return subprocess.run(command, env=os.environ | ours, cwd=PROJECT, capture_output=True, text=True)


def test_too_few_ratings_skip_the_night_and_say_so(
    settings: Settings, databases: Databases, server: EmbeddedServer
) -> None:
    versions.register(databases.app, id="served", tier=2, path="served.gguf", sha256="0" * 64)
    versions.promote(databases.app, "served")
    done = night(settings, server, "airflow_of_a_night")
    assert done.returncode == 0, done.stdout + done.stderr
    (found,) = training_runs.newest_nights(databases.app)
    assert (found.state, found.reason) == ("skipped", "0 new ratings since the last night, 20 needed")
    assert "Nothing to do: 0 new ratings" in done.stdout + done.stderr
    assert f"**Night {found.run_id}: skipped**" in done.stdout + done.stderr
