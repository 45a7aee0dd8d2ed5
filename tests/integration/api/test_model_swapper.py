"""A promoted model is taken up beside the old one; one that fails never takes over and is withdrawn."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic, sleep

import pytest
from flask.testing import FlaskClient

from api.app import create_app, start, stop
from api.security import admin_token
from cc_common.core.settings import Settings
from cc_common.db import Database
from cc_common.model_registry import versions
from cc_common.model_registry.versions import MODELS, sha256


def until(condition: Callable[[], object], seconds: float = 60) -> None:
    end = monotonic() + seconds
    while not condition():
        assert monotonic() < end, "it did not come about in time"
        sleep(0.05)


QUESTION = {"query": "Show chiller 1 power"}


def twin(gguf: Path, name: str, folder: Path) -> Path:
    """The same model under another name in its header: another file, another sha256, the same plans."""
    data = bytearray(gguf.read_bytes())
    at = data.index(b"general.name") + len(b"general.name") + 4 + 8
    data[at] = ord("T") if data[at] != ord("T") else ord("U")
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


@pytest.fixture
def api(app_db: Database, plant: Database, gguf: Path, tmp_path: Path) -> Iterator[FlaskClient]:
    """The API with the real engine on the base model, and a twin of it as a candidate."""
    settings = Settings(_env_file=None, data_dir=tmp_path, app_dsn=app_db.dsn, timeseries_dsn=plant.dsn, base_gguf=gguf)
    app = create_app(settings)
    start(app)
    client = app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {admin_token(settings)}"
    until(lambda: client.get("/readyz").status_code == 200)
    other = twin(gguf, "twin.gguf", tmp_path / MODELS)
    versions.register(app_db, id="twin", tier=2, path=other.name, sha256=sha256(other))
    yield client
    stop(app)


def answered_by(client: FlaskClient) -> str:
    answer = client.post("/api/v1/query", json=QUESTION)
    assert answer.status_code == 200, answer.json
    return str(answer.json["model"]["id"])


def test_activate_and_roll_back(api: FlaskClient) -> None:
    first = answered_by(api)
    assert api.post("/api/v1/models/twin/activate").json["id"] == "twin"
    assert answered_by(api) == "twin"
    assert api.post("/api/v1/models/rollback").json["id"] == first
    assert answered_by(api) == first


def test_a_promotion_elsewhere_is_followed(api: FlaskClient, app_db: Database) -> None:
    versions.promote(app_db, "twin")
    until(lambda: answered_by(api) == "twin")


@pytest.mark.parametrize("damage", ["missing", "truncated", "not a model"])
def test_a_damaged_file_never_takes_over(api: FlaskClient, app_db: Database, tmp_path: Path, damage: str) -> None:
    before, bad = answered_by(api), tmp_path / MODELS / "bad.gguf"
    whole = (tmp_path / MODELS / "twin.gguf").read_bytes()
    bad.write_bytes(whole[: len(whole) // 2] if damage == "truncated" else b"GGUF and nothing more")
    versions.register(app_db, id="bad", tier=2, path=bad.name, sha256=sha256(bad))
    if damage == "missing":
        bad.unlink()
    response = api.post("/api/v1/models/bad/activate")
    assert (response.status_code, response.content_type) == (503, "application/problem+json")
    assert answered_by(api) == before
    assert versions.get(app_db, "bad").state == "rejected"
    assert versions.served(app_db, 2).id == before  # type: ignore[union-attr]


@pytest.mark.parametrize("header", [None, "Bearer wrong", "Basic YTpi", "Bearer "])
@pytest.mark.parametrize("path", ["models/twin/activate", "models/rollback"])
def test_only_an_admin_activates_or_rolls_back(own_client: FlaskClient, path: str, header: str | None) -> None:
    headers = {"Authorization": header} if header else {}
    response = own_client.post(f"/api/v1/{path}", headers=headers)
    assert (response.status_code, "Bearer" in response.headers["WWW-Authenticate"]) == (401, True)


def test_unknown_and_nothing_to_go_back_to(api: FlaskClient) -> None:
    assert api.post("/api/v1/models/nobody/activate").status_code == 404
    assert api.post("/api/v1/models/rollback").status_code == 409
