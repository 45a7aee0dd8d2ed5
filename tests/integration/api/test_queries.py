"""A question over HTTP: the whole response of the design, whatever the model says."""

from __future__ import annotations

import math
from datetime import datetime, timedelta, tzinfo
from typing import Any

import pytest
from flask.testing import FlaskClient

QUERY = "/api/v1/query"
PARTS = {"resolve", "plan", "data", "compose", "total"}


def ask(client: FlaskClient, question: str, path: str = QUERY) -> dict[str, Any]:
    response = client.post(path, json={"query": question})
    assert response.status_code == 200, response.json
    return dict(response.json)


def test_an_answer_has_every_field_of_the_contract(client: FlaskClient) -> None:
    answer = ask(client, "  Show chiller 1 power ")
    assert answer["query"] == "Show chiller 1 power"
    assert answer["plan"]["intent"] == "latest"
    assert answer["plan"]["equipment"] == ["chiller_001"]
    assert answer["plan"]["window"] is None
    assert answer["model"] == {"id": "stub", "sha256": "0" * 64}
    assert answer["timings_ms"].keys() == PARTS
    assert answer["timings_ms"]["total"] >= sum(answer["timings_ms"][p] for p in PARTS - {"total"}) - 0.01
    assert f"{answer['values'][0]['value']:.1f} kilowatts" in answer["spoken"]


def test_every_value_has_its_evidence(client: FlaskClient) -> None:
    answer = ask(client, "Show chiller 1 power")
    assert [e["value_index"] for e in answer["evidence"]] == list(range(len(answer["values"])))
    for value, rows in zip(answer["values"], answer["evidence"], strict=True):
        assert (rows["table"], rows["column"], rows["statistic"]) == tuple(
            value[key] for key in ("equipment", "metric", "statistic")
        )
        assert value["at"] == rows["start"]
        assert minutes(rows["start"], rows["end"]) == 1
        assert rows["rows"] == 1


def test_widgets_come_in_tier_1s_order_with_propensities(client: FlaskClient, stub: Any) -> None:
    stub.line = "latest 1 a: kpi trend gauge table"
    widgets = ask(client, "Show chiller 1 power")["widgets"]
    assert [(w["widget_id"], w["position"]) for w in widgets] == [(f"w{n}", n) for n in (1, 2, 3, 4)]
    assert {w["type"] for w in widgets} == {"kpi", "trend", "gauge", "table"}
    assert all(0 < w["propensity"] <= 1 and math.isfinite(w["score"]) for w in widgets)
    assert widgets[-1]["propensity"] == 1


@pytest.mark.parametrize("path", ["/api/layer2/orchestrate/", "/api/layer2/orchestrate"])
def test_the_references_path_takes_its_body(client: FlaskClient, path: str) -> None:
    body = {"transcript": "Show chiller 1 power", "session_id": "s", "user_id": "u", "context": {"a": 1}}
    answer = client.post(path, json=body).json
    assert answer.keys() == ask(client, "Show chiller 1 power").keys()
    assert answer["values"]


def test_an_unknown_machine_is_refused_with_the_nearest_and_without_the_model(client: FlaskClient, stub: Any) -> None:
    answer = ask(client, "Show chiller 99 power")
    assert answer["plan"]["intent"] == "out_of_scope"
    assert "Chiller" in answer["text"]
    assert (answer["values"], answer["widgets"], answer["model"], stub.asked) == ([], [], None, [])


class NextMinute(datetime):
    """The clock, a minute on."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:
        return datetime.now(tz) + timedelta(minutes=1)


def test_a_question_asked_again_is_cached_and_its_window_is_not(
    client: FlaskClient, stub: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    stub.line = "trend 1 a avg: trend"
    first = ask(client, "chiller 1 power over the last 3 hours")
    monkeypatch.setattr("api.query_pipeline.datetime", NextMinute)
    second = ask(client, "chiller 1 power over the last 3 hours")
    assert (first["cached"], second["cached"]) == (False, True)
    assert second["plan"]["window"]["label"] == "PT3H"
    assert second["plan"]["window"]["end"] > first["plan"]["window"]["end"]


def test_a_line_cut_short_is_the_models_failure(client: FlaskClient, stub: Any) -> None:
    stub.line = "late"
    response = client.post(QUERY, json={"query": "Show chiller 1 power"})
    assert (response.status_code, response.json["type"]) == (503, "urn:command-center:problem:model-unavailable")


def test_get_bodies_are_ignored(client: FlaskClient) -> None:
    assert client.get("/api/v1/equipment/chiller_001", data=b"{", content_type="application/json").status_code == 200


def test_a_request_id_is_kept_when_it_is_plain(client: FlaskClient) -> None:
    ids = [client.get("/healthz", headers={"X-Request-Id": given}).headers["X-Request-Id"] for given in ("a-1", "a b")]
    assert ids[0] == "a-1"
    assert ids[1] != "a b"


def minutes(start: str, end: str) -> float:
    return (datetime.fromisoformat(end) - datetime.fromisoformat(start)) / timedelta(minutes=1)
