"""Who may call: tokens, roles, limits, other sites' pages; the audit log; a query path that cannot write readings."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psycopg
import pytest
from flask.testing import FlaskClient

from api.security.roles import Role
from api.security.tokens import admin_token, open_tokens
from cc_common import alerts
from cc_common.alerts import NewAlert
from cc_common.core.errors import Conflict
from cc_common.core.settings import Settings
from cc_common.db import Database
from cc_common.model_registry import versions
from tests.conftest import UNTIL
from tests.integration.conftest import StubEngine, running

LATEST = "/api/v1/equipment/chiller_001/latest"
QUESTION = {"query": "Show chiller 1 power"}
Opened = Callable[..., FlaskClient]


@pytest.fixture
def opened(app_db: Database, plant: Database, stub: StubEngine, tmp_path: Path) -> Iterator[Opened]:
    """An application of this test's own with these settings."""
    with ExitStack() as stack:

        def open_(**given: Any) -> FlaskClient:
            dsns = {"app_dsn": app_db.dsn, "timeseries_dsn": plant.dsn}
            settings = Settings(_env_file=None, data_dir=tmp_path, **dsns, **given)  # type: ignore[call-arg]
            return stack.enter_context(running(settings, stub)).test_client()

        yield open_


def bearer(client: FlaskClient, role: Role) -> dict[str, str]:
    return {"Authorization": f"Bearer {open_tokens(client.application.config['SETTINGS']).by_role[role]}"}


def test_bound_wider_every_call_needs_a_token_but_the_probes(opened: Opened) -> None:
    client = opened(host="192.0.2.1")
    for path in ("/healthz", "/readyz"):
        assert client.get(path).status_code == 200
    for path in (LATEST, "/metrics", "/openapi.json", "/nowhere"):
        refused = client.get(path)
        assert (refused.status_code, refused.content_type) == (401, "application/problem+json")
        assert refused.headers["WWW-Authenticate"].startswith("Bearer")
    assert client.get(LATEST, headers={"Authorization": "Bearer wrong"}).status_code == 401
    for role in Role:
        assert client.get(LATEST, headers=bearer(client, role)).status_code == 200


def test_a_role_too_low_is_forbidden(opened: Opened) -> None:
    client = opened(operator_token="operators-only-0123456789")
    for role, status in ((Role.OPERATOR, 403), (Role.ENGINEER, 403), (Role.ADMIN, 409)):
        assert client.post("/api/v1/models/rollback", headers=bearer(client, role)).status_code == status
        assert client.get("/api/v1/audit", headers=bearer(client, role)).status_code == (403, 200)[role is Role.ADMIN]


def test_on_loopback_only_admin_calls_need_a_token(opened: Opened) -> None:
    client = opened()
    assert client.get(LATEST).status_code == 200
    assert client.get("/api/v1/audit").status_code == 401
    assert client.get(LATEST, headers={"Authorization": "Bearer stale"}).status_code == 401


def test_a_rebound_name_is_refused(opened: Opened) -> None:
    assert opened().get(LATEST, headers={"Host": "evil.example:8100"}).status_code == 400
    assert opened().get(LATEST, headers={"Host": "[::1]:8100"}).status_code == 200


def test_a_quick_client_is_reported_how_long_to_wait(opened: Opened) -> None:
    client = opened(rate_limit=1.0)
    statuses = [client.get(LATEST) for _ in range(3)]
    assert [r.status_code for r in statuses] == [200, 200, 429]
    assert statuses[-1].headers["Retry-After"] == "1"
    assert client.get("/healthz").status_code == 200
    assert client.get(LATEST, environ_base={"REMOTE_ADDR": "127.0.0.2"}).status_code == 200


def test_clients_behind_a_proxy_are_distinguished_only_if_it_is_trusted(opened: Opened) -> None:
    def last(client: FlaskClient) -> int:
        return [client.get(LATEST, headers={"X-Forwarded-For": f"10.0.0.{n}"}).status_code for n in range(3)][-1]

    assert last(opened(rate_limit=1.0)) == 429
    assert last(opened(rate_limit=1.0, proxies=1)) == 200


def test_other_sites_pages_may_call_only_if_named(opened: Opened) -> None:
    client = opened(cors_origins="https://desk.example, https://two.example/")
    asking = {"Origin": "https://desk.example", "Access-Control-Request-Method": "POST"}
    allowed = client.options("/api/v1/query", headers=asking)
    assert allowed.headers["Access-Control-Allow-Origin"] == "https://desk.example"
    assert "Authorization" in allowed.headers["Access-Control-Allow-Headers"]
    foreign = client.get(LATEST, headers={"Origin": "https://evil.example"})
    assert "Access-Control-Allow-Origin" not in foreign.headers
    assert "Access-Control-Allow-Origin" not in opened().get(LATEST, headers=asking).headers


def test_no_token_reaches_a_log(opened: Opened, caplog: pytest.LogCaptureFixture, capfd: Any) -> None:
    client, secret = opened(host="192.0.2.1", operator_token="hunter2-hunter2-hunter2"), "hunter2"
    with caplog.at_level(logging.DEBUG):
        client.get(f"{LATEST}?token=hunter2-hunter2", headers={"Authorization": "Bearer hunter2-hunter2-x"})
        client.get(f"/nowhere?token={secret}", headers={"Authorization": f"Bearer {secret}-hunter2-hunter2"})
        body = client.get(f"{LATEST}?token={secret}", headers={"Authorization": "Bearer hunter2-hunter2-hunter2"})
    assert body.status_code == 200
    assert secret not in caplog.text + "".join(capfd.readouterr()) + body.text
    assert secret not in repr(client.application.config["SETTINGS"])


def test_every_act_is_in_the_audit_log(opened: Opened, app_db: Database) -> None:
    client = opened(operator_token="operators-only-0123456789")
    ask = client.post("/api/v1/query", json=QUESTION, headers=bearer(client, Role.OPERATOR)).json
    rating = {"response_id": ask["response_id"], "rating": "down", "rater": "asha"}
    headers = bearer(client, Role.ENGINEER) | {"X-Request-Id": "desk-7", "Idempotency-Key": "once"}
    for _ in range(2):
        assert client.post("/api/v1/ratings", json=rating, headers=headers).status_code in (200, 201)
    alert = alerts.raise_alert(
        app_db, NewAlert(equipment="ahu_001", metric=None, kind="gap", severity="info", message="Gap.", raised_at=UNTIL)
    ).id
    for verb in ("acknowledge", "clear"):
        client.post(f"/api/v1/alerts/{alert}/{verb}", json={"who": "ravi"}, headers=bearer(client, Role.OPERATOR))
    for name in "ab":
        versions.register(app_db, id=name, tier=1, path=name, sha256=name * 64)
        assert client.post(f"/api/v1/models/{name}/activate", headers=bearer(client, Role.ADMIN)).status_code == 200
    assert client.post("/api/v1/models/rollback?tier=1", headers=bearer(client, Role.ADMIN)).status_code == 200
    versions.promote(app_db, "b")
    page = client.get("/api/v1/audit?limit=4", headers=bearer(client, Role.ADMIN)).json
    rest = client.get(f"/api/v1/audit?cursor={page['next']}", headers=bearer(client, Role.ADMIN)).json
    found = [*page["items"], *rest["items"]]
    assert [(e["action"], e["role"], e["who"], e["subject"]) for e in found] == [
        ("activated", "system", None, "b"),
        ("rolled back", "admin", None, "a"),
        ("activated", "admin", None, "b"),
        ("activated", "admin", None, "a"),
        ("cleared", "operator", "ravi", alert),
        ("acknowledged", "operator", "ravi", alert),
        ("rated", "engineer", "asha", ask["response_id"]),
    ]
    assert (found[-1]["client"], found[-1]["request_id"], found[-1]["what"]["rating"]) == (
        "127.0.0.1",
        "desk-7",
        "down",
    )
    assert page["total"] == 7


def test_the_audit_log_is_never_changed(app_db: Database) -> None:
    for statement in ("DELETE FROM audit", "UPDATE audit SET who = 'me'", "TRUNCATE audit"):
        with pytest.raises(Conflict, match="append-only"), app_db.transaction() as connection:
            connection.execute(statement)


@pytest.mark.parametrize("escape", ["", "SET default_transaction_read_only = off", "SET transaction_read_only = off"])
def test_the_query_path_cannot_write_readings(opened: Opened, escape: str) -> None:
    readings = opened().application.extensions["command_center"].databases.timeseries
    with readings.connection() as connection, connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM chiller_001")
        if escape:
            cursor.execute(escape)
        for statement in (
            "INSERT INTO chiller_001 (ts) VALUES (now())",
            "DELETE FROM chiller_001",
            "DROP TABLE chiller_001",
        ):
            with pytest.raises((psycopg.errors.InsufficientPrivilege, psycopg.errors.ReadOnlySqlTransaction)):
                cursor.execute(statement)


def test_admin_token_is_the_landed_one(tmp_path: Path) -> None:
    settings = Settings(_env_file=None, data_dir=tmp_path)  # type: ignore[call-arg]
    assert admin_token(settings) == (tmp_path / "admin_token").read_text()
