"""Ratings over HTTP: acknowledged once, learned from at once, safe to send again."""

from __future__ import annotations

from typing import Any

from flask.testing import FlaskClient

RATINGS = "/api/v1/ratings"


def asked(client: FlaskClient) -> dict[str, Any]:
    return dict(client.post("/api/v1/query", json={"query": "Show chiller 1 power"}).json)


def rate(client: FlaskClient, key: str | None = None, **body: Any) -> Any:
    headers = {"Idempotency-Key": key} if key else {}
    return client.post(RATINGS, json={"rating": "up", **body}, headers=headers)


def status(client: FlaskClient) -> dict[str, Any]:
    return dict(client.get("/api/v1/rl/status").json)


def test_a_rating_is_counted_and_teaches_at_once(own_client: FlaskClient) -> None:
    answer = asked(own_client)
    receipt = rate(own_client, response_id=answer["response_id"], rating="down", comment="wrong machine")
    assert receipt.status_code == 201
    assert receipt.json["tier1_version"] == answer["tier1"]["version"] + 1
    assert asked(own_client)["tier1"]["version"] == receipt.json["tier1_version"]
    buffer = status(own_client)["buffer"]
    assert (buffer["experiences"], buffer["rated"], buffer["up"], buffer["down"]) == (2, 1, 0, 1)


def test_one_widget_can_be_rated(client: FlaskClient) -> None:
    answer = asked(client)
    receipt = rate(client, response_id=answer["response_id"], widget_id="w2")
    assert (receipt.status_code, receipt.json["widget_id"]) == (201, "w2")
    missing = rate(client, response_id=answer["response_id"], widget_id="w9")
    assert (missing.status_code, "w1, w2" in missing.json["detail"]) == (404, True)


def test_the_same_key_gives_the_same_receipt(own_client: FlaskClient) -> None:
    body = {"response_id": asked(own_client)["response_id"], "comment": "good"}
    first, again = (rate(own_client, "key-1", **body) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json == again.json
    assert status(own_client)["buffer"]["ratings"] == 1


def test_the_same_key_for_something_else_is_a_conflict(client: FlaskClient) -> None:
    answer = asked(client)
    rate(client, "key-2", response_id=answer["response_id"])
    other = rate(client, "key-2", response_id=answer["response_id"], rating="down")
    assert (other.status_code, other.json["title"]) == (409, "Conflict")


def test_without_a_key_each_rating_is_kept(own_client: FlaskClient) -> None:
    answer = asked(own_client)
    receipts = [rate(own_client, response_id=answer["response_id"]) for _ in range(2)]
    assert [r.status_code for r in receipts] == [201, 201]
    assert status(own_client)["buffer"]["ratings"] == 2


def test_a_correction_is_part_of_a_plan_that_the_plant_could_answer(client: FlaskClient) -> None:
    answer = asked(client)
    better = {"equipment": ["chiller_002"], "window": {"start": "2026-03-03T00:00:00Z"}, "widgets": ["gauge"]}
    assert rate(client, response_id=answer["response_id"], rating="down", correction=better).status_code == 201
    for foreign in ({"equipment": ["chiller_999"]}, {"metrics": ["colour"]}, {"equipment_type": "ship"}, {}):
        assert rate(client, response_id=answer["response_id"], correction=foreign).status_code == 422
