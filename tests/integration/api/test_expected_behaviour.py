"""Models of single machines over HTTP."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from api.services import KEY
from cc_common.analytics import expected_behaviour
from cc_common.core.settings import Settings
from cc_common.db import Database, Databases, EmbeddedServer
from cc_common.simulator import PLANT
from tests.conftest import UNTIL, _copy
from tests.integration.analytics.test_expected_behaviour import DAY, LAST_DAY
from tests.integration.conftest import StubEngine, running

AT = "/api/v1/equipment/transformer_001"


@pytest.fixture
def client(
    server: EmbeddedServer, weeks: str, app_db: Database, stub: StubEngine, tmp_path: object
) -> Iterator[FlaskClient]:
    """Of an API on four weeks of a few machines, of which transformers have two tries behind them."""
    for database in _copy(server, weeks):
        databases = Databases(app=app_db, timeseries=database)
        for days in (14, 7, 0):
            expected_behaviour.fit_plant_models(databases, PLANT, ["transformer"], until=UNTIL - days * DAY)
        dsns = {"app_dsn": app_db.dsn, "timeseries_dsn": database.dsn}
        with running(Settings(_env_file=None, data_dir=tmp_path, **dsns), stub) as app:  # type: ignore[call-arg,arg-type]
            yield app.test_client()


def asked(client: FlaskClient, path: str, status: int = 200, **query: str) -> dict[str, object]:
    found = client.get(path, query_string=query)
    assert found.status_code == status, found.json
    return dict(found.json or {})


def window() -> dict[str, str]:
    return {"start": LAST_DAY.start.isoformat(), "end": LAST_DAY.end.isoformat()}


def test_the_model_and_what_it_expects(client: FlaskClient) -> None:
    model = asked(client, f"{AT}/model")
    assert model["served"]["gate"]["metrics"]["oil_temp_c"]["model"] > 0  # type: ignore[index]
    found = asked(client, f"{AT}/expected", metric="oil_temp_c", **window())
    assert found["version"] == model["served"]["version"] and found["level"] == 0.9  # type: ignore[index]
    points = [p for p in found["points"] if p["expected"] is not None]  # type: ignore[attr-defined]
    assert len(points) >= 23 and all(p["low"] < p["expected"] < p["high"] for p in points)


def test_what_there_is_not_is_404_with_the_reason(client: FlaskClient) -> None:
    none = asked(client, "/api/v1/equipment/pump_009/expected", 404, metric="flow_m3h", **window())
    assert "needs 7 days" in str(none["detail"])
    assert asked(client, "/api/v1/equipment/pump_009/model")["served"] is None
    asked(client, f"{AT}/expected", 404, metric="no_such", **window())
    asked(client, "/api/v1/equipment/rocket_001/model", 404)


def test_an_admin_turns_a_version_back(client: FlaskClient) -> None:
    parts = client.application.extensions[KEY]
    assert client.post(f"{AT}/model/rollback").status_code in (401, 403)
    token = (parts.settings.data_dir / "admin_token").read_text().strip()
    bearer = {"Authorization": f"Bearer {token}"}
    served = asked(client, f"{AT}/model")["served"]["version"]  # type: ignore[index]
    back = client.post(f"{AT}/model/rollback", headers=bearer)
    assert back.status_code == 200 and back.json and back.json["version"] < served
    (entry,) = client.get("/api/v1/audit", headers=bearer).json["items"]  # type: ignore[index]
    assert (entry["action"], entry["role"]) == ("rolled back", "admin")


def test_by_day_the_hours_of_each_are_one_mean(client: FlaskClient) -> None:
    both = {**window(), "metric": "oil_temp_c"}
    hours, days = (asked(client, f"{AT}/expected", step=step, **both)["points"] for step in ("PT1H", "P1D"))
    told = [h for h in hours if h["expected"] is not None and h["start"] >= days[1]["start"]]  # type: ignore[index,attr-defined]
    assert len(days) == 2 and days[1]["state"] == "on"  # type: ignore[arg-type,index]
    assert days[1]["expected"] == pytest.approx(sum(h["expected"] for h in told) / len(told))  # type: ignore[index]
    asked(client, f"{AT}/expected", 422, step="PT5M", **both)
