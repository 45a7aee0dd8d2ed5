"""Probes, learning status, models, counts, and the description of the API."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families

from api.schemas.common import Reply
from cc_common.core.errors import ModelUnavailable


def test_healthz_says_ok(client: FlaskClient) -> None:
    assert client.get("/healthz").json == {"status": "ok"}


def test_ready_names_every_part(client: FlaskClient) -> None:
    ready = client.get("/readyz")
    parts = {p["name"]: p for p in ready.json["parts"]}
    assert ready.status_code == 200
    assert parts.keys() == {"app database", "time-series database", "model", "feed"}
    assert not parts["feed"]["ready"]  # the test plant's history ended long ago, and readiness does not need it
    assert not parts["feed"]["needed"]


def test_not_ready_says_which_part_and_why(client: FlaskClient, stub: Any) -> None:
    stub.error = ModelUnavailable("The file is damaged.")
    response = client.get("/readyz")
    assert (response.status_code, response.content_type) == (503, "application/problem+json")
    (missing,) = [p for p in response.json["parts"] if p["needed"] and not p["ready"]]
    assert (missing["name"], missing["reason"]) == ("model", "The file is damaged.")


@pytest.mark.parametrize("path", ["/api/v1/rl/status", "/api/layer2/rl-status/", "/api/layer2/rl-status"])
def test_learning_status_has_both_tiers_buffer_and_engine(client: FlaskClient, path: str) -> None:
    status = client.get(path).json
    assert status.keys() == {"tier1", "buffer", "tier2", "engine"}
    assert 0 < status["tier1"]["parameters"] <= 7000
    assert status["tier1"]["explores"] is True
    assert status["tier2"]["ready"] is False


def test_models_name_the_served_ones(client: FlaskClient) -> None:
    assert client.get("/api/v1/models").json == {"items": [], "total": 0, "next": None, "served": {}}


def test_metrics_count_questions_by_intent_and_outcome(own_client: FlaskClient) -> None:
    for question in ("Show chiller 1 power", "Show chiller 1 power", "Show chiller 99 power"):
        own_client.post("/api/v1/query", json={"query": question})
    own_client.get("/nowhere")
    found = scraped(own_client)
    assert found["cc_questions_total", "latest", "answered"] == 2
    assert found["cc_questions_total", "out_of_scope", "refused"] == 1
    assert found["cc_plan_cache_hits_total",] == 1
    assert found["cc_errors_total", "404"] == 1
    assert found["cc_query_part_seconds_count", "data"] == 3
    assert found["cc_experiences",] == 3
    assert found["cc_feed_lag_seconds",] > 0


def test_the_description_is_complete(client: FlaskClient) -> None:
    description = client.get("/openapi.json").json
    assert description["openapi"].startswith("3.1")
    for path, operation in operations(description):
        assert operation["summary"], path
        assert {"422", "500"} <= operation["responses"].keys(), path
        problem = operation["responses"]["500"]["content"]["application/problem+json"]
        assert problem["schema"] == {"$ref": "#/components/schemas/Problem"}


def test_every_reference_of_the_description_leads_somewhere(client: FlaskClient) -> None:
    description = client.get("/openapi.json").json
    known = {f"#/components/schemas/{name}" for name in description["components"]["schemas"]}
    assert {reference for reference in references(description) if reference.startswith("#/components")} <= known


def test_every_route_is_described(client: FlaskClient) -> None:
    described = client.get("/openapi.json").json["paths"].keys()
    pages = "console."  # are no API
    ours = [rule for rule in client.application.url_map.iter_rules() if not rule.endpoint.startswith(pages)]
    rules = {r.rule.replace("<", "{").replace(">", "}") for r in ours}
    assert {rule for rule in rules if not rule.startswith("/openapi")} == set(described)


def test_the_page_needs_no_network(client: FlaskClient) -> None:
    page = client.get("/openapi", follow_redirects=True)
    assert b"swagger-ui" in page.data
    assert b"http://" not in page.data
    assert b"https://" not in page.data
    with client.get("/openapi/swagger/js/swagger-ui-bundle.js") as script:
        assert script.status_code == 200


def operations(description: Any) -> Iterator[tuple[str, Any]]:
    for path, methods in description["paths"].items():
        yield from ((f"{method} {path}", operation) for method, operation in methods.items())


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        yield from [node["$ref"]] if isinstance(node.get("$ref"), str) else []
        node = list(node.values())
    for child in node if isinstance(node, list) else ():
        yield from references(child)


def scraped(client: FlaskClient) -> dict[tuple[str, ...], float]:
    families = text_string_to_metric_families(client.get("/metrics").text)
    return {(s.name, *s.labels.values()): s.value for family in families for s in family.samples}


def test_no_two_schemas_bear_one_name() -> None:
    """The description keeps one of them, and the other's answers breach it."""
    replies = [reply for reply in _subclasses(Reply) if reply.__module__.startswith("api.")]
    names = [reply.__name__ for reply in replies]
    assert len(set(names)) == len(names)


def _subclasses(of: type) -> set[type]:
    return {found for child in of.__subclasses__() for found in (child, *_subclasses(child))}
