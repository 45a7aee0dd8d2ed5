"""What integration tests share: the API over this test's databases, with a stand-in for the model."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from pathlib import Path
from typing import Any, Final

import pytest
from flask.testing import FlaskClient
from flask_openapi3.openapi import OpenAPI

from api.app import create_app, start, stop
from api.engine import EngineHealth, PlanReply, PlanRequest
from cc_common.core.settings import PROJECT, Settings
from cc_common.db import Database, EmbeddedServer
from tests.conftest import copied, template_with_readings

WEEKS_OF: Final = frozenset(
    ["chiller_001", "chiller_002", "chiller_003", "cooling_tower_001", "ahu_001", "transformer_001"]
)


class StubEngine:
    """Says `line` of any question that names a machine, else that it is off the topic; or raises `error`."""

    def __init__(self) -> None:
        self.line = "latest 1 a: kpi trend"
        self.error: Exception | None = None
        self.asked: list[PlanRequest] = []

    def plan(self, request: PlanRequest, *, cache_scope: str, gone: object) -> PlanReply:
        if self.error is not None:
            raise self.error
        cached = request in self.asked
        self.asked.append(request)
        line = self.line if "\n1 " in request.messages[-1]["content"] else "out_of_scope topic"
        counts = {"prefill_tokens": 1, "forced_tokens": 1, "sampled_tokens": 1}
        times = {"prefill_ms": 0.1, "decode_ms": 0.1, "queue_ms": 0.0}
        return PlanReply(text=line, model_id="stub", sha256="0" * 64, cached=cached, **counts, **times)

    def health(self) -> EngineHealth:
        why = str(self.error or "")
        return EngineHealth(
            ready=not why, reason=why, model=None, queue=0, worker_pid=None, restarts=0, resident_bytes=0
        )

    def stop(self) -> None:
        return


@pytest.fixture(scope="session")
def _stub() -> StubEngine:
    return StubEngine()


@pytest.fixture
def stub(_stub: StubEngine) -> StubEngine:
    """What stands in for the model; a test may change its words."""
    _stub.__init__()  # type: ignore[misc]
    return _stub


@contextmanager
def running(settings: Settings, engine: StubEngine) -> Iterator[OpenAPI]:
    """The started application."""
    app = create_app(settings)
    start(app, engine=engine)
    yield app
    stop(app)


@pytest.fixture(scope="session")
def shared_api(
    server: EmbeddedServer, app_template: str, plant: Database, _stub: StubEngine, tmp_path_factory: Any
) -> Iterator[OpenAPI]:
    """One application for all tests that do not mind each other's questions."""
    dsns = {"app_dsn": copied(server, "test_api", app_template).dsn, "timeseries_dsn": plant.dsn}
    with running(Settings(_env_file=None, data_dir=tmp_path_factory.mktemp("api"), **dsns), _stub) as app:
        yield app


@pytest.fixture
def client(shared_api: OpenAPI, stub: StubEngine) -> FlaskClient:
    """Speaks HTTP with the shared application."""
    return shared_api.test_client()


@pytest.fixture
def own_client(app_db: Database, plant: Database, stub: StubEngine, tmp_path: Path) -> Iterator[FlaskClient]:
    """Speaks HTTP with an application of this test's own, with an empty app database."""
    dsns = {"app_dsn": app_db.dsn, "timeseries_dsn": plant.dsn}
    with running(Settings(_env_file=None, data_dir=tmp_path, **dsns), stub) as app:
        yield app.test_client()


@pytest.fixture(scope="session")
def weeks(server: EmbeddedServer, catalog_template: str) -> str:
    """A template database with four weeks of a few machines."""
    return template_with_readings(server, "template_weeks", catalog_template, days=28, only=WEEKS_OF)


@pytest.fixture(scope="session")
def base_once(gguf: Path) -> Iterator[None]:
    """The base is read back by transformers once, and each who loads it gets a copy: reading takes many seconds."""
    from training import base
    from training.tier2 import training_phase

    loaded = base.load_base(gguf)
    with pytest.MonkeyPatch.context() as patched:
        for module in (base, training_phase):
            patched.setattr(module, "load_base", lambda path: deepcopy(loaded))
        yield


@pytest.fixture(scope="session")
def starter_gguf(gguf: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The base with the starter adapter, which knows the plan language."""
    from training.gguf import build_gguf
    from training.starter import ADAPTER

    return build_gguf(gguf, [ADAPTER], tmp_path_factory.mktemp("models") / "starter.gguf")


@pytest.fixture
def example(tmp_path: Path) -> Path:
    """A copy of the worked example, to be changed."""
    return Path(shutil.copytree(PROJECT / "docs" / "example", tmp_path / "example"))
