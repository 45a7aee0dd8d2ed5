"""Anomalies over HTTP: lists in pages, each item with its rows, and what makes no sense refused."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

DAY = "start=2026-03-03T00:00:00Z&end=2026-03-04T00:00:00Z"


def test_the_plants_anomalies_come_in_pages_that_cover_the_list_once(client: FlaskClient) -> None:
    everything = client.get("/api/v1/anomalies?start=2026-03-02T09:30:00Z&end=2026-03-04T09:30:00Z").json
    seen, cursor = [], "0"
    while cursor is not None:
        window = "start=2026-03-02T09:30:00Z&end=2026-03-04T09:30:00Z"
        page = client.get(f"/api/v1/anomalies?{window}&limit=2&cursor={cursor}").json
        seen += page["items"]
        cursor = page["next"]
    assert seen == everything["items"] and len(seen) == everything["total"]
    assert all(item["evidence"]["table"] == item["equipment"] for item in seen)


def test_one_machines_anomalies_are_its_own(client: FlaskClient) -> None:
    found = client.get(f"/api/v1/equipment/chiller_001/anomalies?{DAY}&metric=vibration_mm_s")
    assert found.status_code == 200
    assert all(
        item["equipment"] == "chiller_001" and "vibration_mm_s" in item["metrics"] for item in found.json["items"]
    )


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("equipment/chiller_999/anomalies", 404),
        ("equipment/chiller_001/anomalies?metric=nothing", 404),
        ("anomalies?type=spaceship", 404),
        ("anomalies?start=2026-03-04T00:00:00Z&end=2026-03-03T00:00:00Z", 422),
        ("anomalies?start=2026-01-01T00:00:00Z&end=2026-03-03T00:00:00Z", 422),
        ("anomalies?start=2026-03-03T00:00:00", 422),
        ("anomalies?cursor=-1", 422),
    ],
)
def test_what_makes_no_sense_is_refused(client: FlaskClient, query: str, status: int) -> None:
    assert client.get(f"/api/v1/{query}").status_code == status


def test_a_window_in_the_future_has_no_anomalies(client: FlaskClient) -> None:
    found = client.get("/api/v1/anomalies?start=2090-01-01T00:00:00Z&end=2090-01-02T00:00:00Z")
    assert (found.status_code, found.json) == (200, {"items": [], "total": 0, "next": None})
