"""The plant over HTTP: lists in pages, and figures that equal what the rows say."""

from __future__ import annotations

from typing import Any

from flask.testing import FlaskClient

POWER = "metric=power_consumption_kw"
DAY = "start=2026-03-03T00:00:00Z&end=2026-03-04T00:00:00Z"


def test_pages_cover_the_list_once(client: FlaskClient) -> None:
    everything = client.get("/api/v1/equipment?limit=1000").json
    seen, cursor = [], ""
    while cursor is not None:
        page = client.get(f"/api/v1/equipment?limit=70{cursor and f'&cursor={cursor}'}").json
        seen += page["items"]
        cursor = page["next"]
    assert seen == everything["items"]
    assert everything["total"] == len(seen)


def test_filters_narrow_the_list(client: FlaskClient) -> None:
    chillers = client.get("/api/v1/equipment?type=chiller").json
    assert {e["type"] for e in chillers["items"]} == {"chiller"}
    assert [e["id"] for e in client.get("/api/v1/equipment?q=CHILLER 1").json["items"]][:1] == ["chiller_001"]
    assert client.get("/api/v1/equipment?type=spaceship").json == {"items": [], "total": 0, "next": None}


def test_a_machine_tells_what_it_measures(client: FlaskClient) -> None:
    machine = client.get("/api/v1/equipment/chiller_001").json
    assert machine["name"] == "Chiller 1"
    assert "power_consumption_kw" in {m["name"] for m in machine["metrics"]}


def test_latest_values_carry_their_rows(client: FlaskClient) -> None:
    found = client.get("/api/v1/equipment/chiller_001/latest").json
    assert len(found["values"]) == len(found["evidence"]) > 5
    assert [e["value_index"] for e in found["evidence"]] == list(range(len(found["values"])))
    assert all(v["at"].endswith("Z") and v["statistic"] == "last" for v in found["values"])


def test_a_series_agrees_with_the_statistics_of_its_window(client: FlaskClient) -> None:
    series = client.get(f"/api/v1/equipment/chiller_001/series?{POWER}&{DAY}&step=PT1H").json
    statistics = by_statistic(client.get(f"/api/v1/equipment/chiller_001/statistics?{POWER}&{DAY}").json)
    assert sum(p["rows"] for p in series["points"]) == statistics["count"] == series["evidence"]["rows"]
    hourly = [p["value"] for p in series["points"] if p["rows"]]
    assert statistics["min"] <= min(hourly) <= statistics["avg"] <= max(hourly) <= statistics["max"]


def test_a_window_without_rows_is_empty(client: FlaskClient) -> None:
    window = "start=1990-01-01T00:00:00Z&end=1990-01-02T00:00:00Z"
    found = client.get(f"/api/v1/equipment/chiller_001/statistics?{POWER}&{window}")
    assert (found.status_code, found.json) == (200, {"values": [], "evidence": []})


def test_compare_uses_the_statistic_that_suits(client: FlaskClient) -> None:
    found = client.get(f"/api/v1/compare?equipment=chiller_001&equipment=chiller_002&{POWER}&{DAY}").json
    assert [(v["equipment"], v["statistic"]) for v in found["values"]] == [
        ("chiller_001", "avg"),
        ("chiller_002", "avg"),
    ]


def test_a_rank_is_in_order_and_agrees_with_the_comparison(client: FlaskClient) -> None:
    window = "start=2026-03-03T00:17:00Z&end=2026-03-04T00:05:00Z"
    ranked = client.get(f"/api/v1/rank?type=energy_meter&metric=energy_kwh&limit=2&{window}").get_json()
    values = [(v["equipment"], v["statistic"], v["value"]) for v in ranked["values"]]
    assert len(values) == 2 and values[0][2] >= values[1][2] and values[0][1] == "delta"
    machines = "&".join(f"equipment={machine}" for machine, _, _ in values)
    compared = client.get(f"/api/v1/compare?metric=energy_kwh&{machines}&{window}").get_json()
    assert compared["values"] == ranked["values"] and compared["evidence"] == ranked["evidence"]


def test_a_rank_without_a_window_is_of_the_newest_readings(client: FlaskClient) -> None:
    path = "/api/v1/rank?type=chiller&metric=chw_supply_temp_c&statistic=last&order=asc"
    found = client.get(path).get_json()["values"]
    newest = {v["equipment"]: client.get(f"/api/v1/equipment/{v['equipment']}/latest").get_json() for v in found}
    assert [v["value"] for v in found] == sorted(v["value"] for v in found) and len(found) == 3
    assert all(v in newest[v["equipment"]]["values"] for v in found)


def test_a_summary_holds_the_newest_and_the_last_day(client: FlaskClient) -> None:
    summary = client.get("/api/v1/equipment/chiller_001/summary").json
    assert summary["equipment"]["id"] == "chiller_001"
    assert summary["latest"]["values"]
    assert summary["statistics"].keys() == {"values", "evidence"}


def by_statistic(found: Any) -> dict[str, float]:
    return {v["statistic"]: v["value"] for v in found["values"]}
