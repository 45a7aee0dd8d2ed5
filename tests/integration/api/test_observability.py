"""What is counted, what dashboard and alert rules ask for, and log lines that name their request."""

from __future__ import annotations

import io
import json
import logging
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from flask.testing import FlaskClient

from api.log_format import JsonFormatter
from cc_common import alerts
from cc_common.alerts import NewAlert
from cc_common.core.settings import PROJECT
from cc_common.db import Database
from cc_common.model_registry import versions
from tests.conftest import UNTIL
from tests.integration.api.test_status import scraped

DASHBOARD = PROJECT / "docker/grafana/command-center.json"
RULES = PROJECT / "docker/prometheus/alerts.yml"
QUESTION = {"query": "Show chiller 1 power"}


@pytest.fixture
def busy(own_client: FlaskClient, app_db: Database) -> FlaskClient:
    """An API that was asked and rated, with a model and an alert."""
    asked = own_client.post("/api/v1/query", json=QUESTION).json
    own_client.post("/api/v1/ratings", json={"response_id": asked["response_id"], "rating": "up"})
    versions.register(app_db, id="night", tier=2, path="night.gguf", sha256="a" * 64)
    versions.reject(app_db, "night", {"win_rate": 0.4})
    gap = NewAlert(
        equipment="ahu_001", metric=None, kind="gap", severity="info", message="Gap.", raised_at=UNTIL, raised_by="test"
    )
    alerts.raise_alert(app_db, gap)
    return own_client


def exported(client: FlaskClient) -> set[str]:
    """Every name that a query may use."""
    found = set()
    for name, kind in re.findall(r"^# TYPE (\w+) (\w+)$", client.get("/metrics").text, re.MULTILINE):
        found |= {f"{name}_{part}" for part in ("bucket", "sum", "count")} if kind == "histogram" else {name}
    return found


@pytest.mark.parametrize("path", [DASHBOARD, RULES], ids=lambda path: path.name)
def test_every_metric_that_is_asked_for_exists(busy: FlaskClient, path: Path) -> None:
    asked = set(re.findall(r"\bcc_\w+", path.read_text()))
    assert len(asked) >= 8
    assert asked <= exported(busy)


def test_the_dashboard_shows_everything_there_is(busy: FlaskClient) -> None:
    text = DASHBOARD.read_text()
    ours = {re.sub(r"_(bucket|sum|count|created)$", "", name) for name in exported(busy) if "_created" not in name}
    assert {name for name in ours if name not in text} == set()
    panels = json.loads(text)["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)


def test_every_rule_says_what_is_wrong() -> None:
    (group,) = yaml.safe_load(RULES.read_text())["groups"]
    for rule in group["rules"]:
        assert rule.keys() == {"alert", "expr", "for", "labels", "annotations"}
        assert rule["annotations"]["summary"].endswith(".")


def test_metrics_count_ratings_tokens_models_and_alerts(busy: FlaskClient) -> None:
    found = scraped(busy)
    assert found["cc_ratings_total", "up"] == 1
    assert found["cc_model_tokens_total", "chosen"] == 1
    assert found["cc_models", "rejected"] == 1
    assert found["cc_alerts_open", "raised"] == 1
    assert found["cc_query_part_seconds_count", "model"] == 1
    assert found["cc_tier1_loss",] > 0


def test_a_json_line_names_its_request(own_client: FlaskClient, stub: Any) -> None:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter())
    stub.error = RuntimeError("the cause")
    root, before = logging.getLogger(), logging.getLogger().level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    own_client.post("/api/v1/query?token=hunter2", json=QUESTION, headers={"X-Request-Id": "desk-7"})
    root.removeHandler(handler)
    root.setLevel(before)
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    ours = [line for line in lines if line.get("request_id") == "desk-7"]
    assert {line["path"] for line in ours} == {"/api/v1/query"}
    assert any("the cause" in line.get("exception", "") for line in ours)
    assert any(line.get("status") == 500 and line["ms"] > 0 for line in ours)
    assert "hunter2" not in stream.getvalue()
