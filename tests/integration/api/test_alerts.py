"""Alerts over HTTP: lists in pages; acknowledged and cleared once, safe to send again; problems in one shape."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from cc_common import alerts
from cc_common.alerts import NewAlert
from cc_common.db import Database

NOW = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)
UNKNOWN = "0198c0de-0000-7000-8000-000000000001"
ALERTS = "/api/v1/alerts"


def raised(app: Database, n: int = 1, **changes: Any) -> str:
    given: dict[str, Any] = {"metric": "co2_ppm", "kind": "out_of_range", "severity": "warning", "message": "High."}
    given |= {"equipment": f"ahu_{n:03d}", "raised_at": NOW + timedelta(minutes=n)}
    return alerts.raise_alert(app, NewAlert(**given | changes)).id


def act(client: FlaskClient, alert_id: str, verb: str, **body: Any) -> Any:
    return client.post(f"{ALERTS}/{alert_id}/{verb}", json=body)


def test_pages_cover_the_list_once(own_client: FlaskClient, app_db: Database) -> None:
    ids = [raised(app_db, n) for n in range(1, 8)]
    seen, cursor = [], ""
    while cursor is not None:
        page = own_client.get(f"{ALERTS}?limit=3{cursor and f'&cursor={cursor}'}").json
        seen += [item["id"] for item in page["items"]]
        cursor = page["next"]
    assert (seen, page["total"]) == (ids[::-1], 7)


def test_filters_narrow_the_list(own_client: FlaskClient, app_db: Database) -> None:
    one, two = raised(app_db, 1), raised(app_db, 2, severity="critical")
    act(own_client, two, "acknowledge")
    for query, expected in {
        "state=open": [two, one],
        "state=raised": [one],
        "severity=critical": [two],
        "equipment=ahu_001": [one],
        "equipment=plant": [],
        "equipment=ahu_002&equipment=ahu_001": [two, one],
        "type=ahu": [two, one],
        "type=chiller": [],
        "type=ahu&equipment=ahu_002&equipment=pump_001": [two],
        "start=2026-03-04T09:32:00Z": [two],
        "end=2026-03-04T09:32:00Z": [one],
    }.items():
        assert [item["id"] for item in own_client.get(f"{ALERTS}?{query}").json["items"]] == expected, query


def test_a_machine_there_is_not_is_reported_with_those_that_are_called_so(own_client: FlaskClient) -> None:
    found = own_client.get(f"{ALERTS}?equipment=ahu%201")
    assert found.status_code == 404 and "Did you mean ahu_001" in found.json["detail"]


def test_a_machine_lists_its_own(own_client: FlaskClient, app_db: Database) -> None:
    alert_id = raised(app_db, 1)
    raised(app_db, 2)
    found = own_client.get("/api/v1/equipment/ahu_001/alerts?state=raised").json
    assert [item["id"] for item in found["items"]] == [alert_id]
    assert own_client.get("/api/v1/equipment/ahu_999/alerts").status_code == 404


def test_three_facts_over_http(own_client: FlaskClient, app_db: Database) -> None:
    alert_id = raised(app_db)
    assert own_client.get(f"{ALERTS}/{alert_id}").json["state"] == "raised"
    seen = act(own_client, alert_id, "acknowledge", who="asha", comment="on my way").json
    assert (seen["state"], seen["acknowledged_by"], seen["acknowledged_comment"]) == (
        "acknowledged",
        "asha",
        "on my way",
    )
    over = act(own_client, alert_id, "clear").json
    assert (over["state"], over["cleared_by"], over["acknowledged_by"]) == ("cleared", "operator", "asha")
    assert own_client.get(f"{ALERTS}/{alert_id}").json == over


@pytest.mark.parametrize("verb", ["acknowledge", "clear"])
def test_sent_again_the_first_fact_stands(own_client: FlaskClient, app_db: Database, verb: str) -> None:
    alert_id = raised(app_db)
    first = act(own_client, alert_id, verb, who="asha")
    keyed = own_client.post(f"{ALERTS}/{alert_id}/{verb}", json={"who": "ravi"}, headers={"Idempotency-Key": "k"})
    assert (first.status_code, keyed.status_code) == (200, 200)
    assert keyed.json == first.json


def test_cleared_unseen_it_cannot_be_acknowledged(own_client: FlaskClient, app_db: Database) -> None:
    alert_id = raised(app_db)
    act(own_client, alert_id, "clear", who="asha")
    refused = act(own_client, alert_id, "acknowledge")
    assert (refused.status_code, refused.content_type) == (409, "application/problem+json")
    assert "cleared by asha" in refused.json["detail"]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"{ALERTS}?state=odd", 422),
        (f"{ALERTS}?severity=red", 422),
        (f"{ALERTS}?limit=0", 422),
        (f"{ALERTS}?cursor={UNKNOWN}", 422),
        (f"{ALERTS}?start=2026-03-04T00:00:00", 422),
        (f"{ALERTS}?start=2026-03-05T00:00:00Z&end=2026-03-04T00:00:00Z", 422),
        (f"{ALERTS}?colour=red", 422),
        (f"{ALERTS}?equipment=a%00b", 404),
        (f"{ALERTS}?type=dragon", 404),
        (f"{ALERTS}?equipment=spaceship", 404),
        (f"{ALERTS}/{UNKNOWN}", 404),
        (f"{ALERTS}/x%27%3B--", 404),
    ],
)
def test_a_bad_parameter_is_a_problem(client: FlaskClient, path: str, status: int) -> None:
    response = client.get(path)
    assert (response.status_code, response.content_type) == (status, "application/problem+json"), response.text


@pytest.mark.parametrize("body", [{"who": ""}, {"who": 7}, {"comment": "a\0b"}, {"comment": "a" * 2001}, {"why": "x"}])
@pytest.mark.parametrize("verb", ["acknowledge", "clear"])
def test_a_bad_act_is_refused(own_client: FlaskClient, app_db: Database, verb: str, body: dict[str, Any]) -> None:
    alert_id = raised(app_db)
    assert act(own_client, alert_id, verb, **body).status_code == 422
    assert own_client.get(f"{ALERTS}/{alert_id}").json["state"] == "raised"
    assert act(own_client, UNKNOWN, verb).status_code == 404


def test_many_operators_at_once_agree(own_client: FlaskClient, app_db: Database) -> None:
    alert_id, app = raised(app_db), own_client.application
    with ThreadPoolExecutor(8) as pool:
        seen = list(pool.map(lambda n: act(app.test_client(), alert_id, "acknowledge", who=f"o{n}").json, range(16)))
    assert all(each == seen[0] for each in seen)


def test_ten_thousand_open_alerts_are_listed_at_once(own_client: FlaskClient, app_db: Database) -> None:
    with app_db.connection() as connection:
        connection.execute(
            "INSERT INTO alert (id, equipment, metric, kind, severity, message, unit, raised_at, raised_by)"
            " SELECT gen_random_uuid(), 'ahu_' || n % 80, 'm' || n, 'gap', 'info', '', '', now(), 'system'"
            " FROM generate_series(1, 10000) n"
        )
    own_client.get(f"{ALERTS}?state=open")
    began = time.perf_counter()
    page = own_client.get(f"{ALERTS}?state=open").json
    assert (page["total"], len(page["items"])) == (10_000, 100)
    assert time.perf_counter() - began < 0.25
