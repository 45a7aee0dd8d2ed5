"""An earlier ranker served again over HTTP orders the widgets again; what was rated since is taught to it, too."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from flask.testing import FlaskClient

from api.security import admin_token
from cc_common.core.settings import Settings
from cc_common.db import Database
from cc_common.model_registry import versions
from cc_common.model_registry.versions import MODELS
from cc_common.ranking import Scorer, from_bytes, to_bytes
from cc_common.ranking.scorer import initial_table


def ranker(app: Database, models: Path, name: str, shift: float) -> Scorer:
    """A registered and promoted ranker of its own weights."""
    table = initial_table()
    table += np.float32(shift)
    content = to_bytes(Scorer(table))
    models.mkdir(exist_ok=True)
    (models / name).write_bytes(content)
    digest = sha256(content).hexdigest()
    versions.register(app, id=name, tier=1, path=name, sha256=digest, trained_on={"last_rating": 0})
    versions.promote(app, name)
    return Scorer(table)


@pytest.fixture
def admin(own_client: FlaskClient) -> FlaskClient:
    settings: Settings = own_client.application.config["SETTINGS"]
    own_client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {admin_token(settings)}"
    return own_client


def test_a_rolled_back_ranker_orders_again(admin: FlaskClient, app_db: Database, tmp_path: Path) -> None:
    first = ranker(app_db, tmp_path / MODELS, "first", 0.125)
    ranker(app_db, tmp_path / MODELS, "second", 0.25)
    assert admin.post("/api/v1/models/rollback?tier=1").json["id"] == "first"
    with app_db.connection() as connection:
        kept = connection.execute("SELECT weights FROM tier1_state").fetchone()
    assert np.array_equal(from_bytes(kept.weights).table, first.table)


def test_a_ranker_whose_file_is_gone_is_refused(admin: FlaskClient, app_db: Database, tmp_path: Path) -> None:
    ranker(app_db, tmp_path / MODELS, "gone", 0.125)
    ranker(app_db, tmp_path / MODELS, "there", 0.25)
    (tmp_path / MODELS / "gone").unlink()
    assert admin.post("/api/v1/models/rollback?tier=1").status_code == 503
