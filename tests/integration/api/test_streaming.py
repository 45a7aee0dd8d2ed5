"""A streamed answer: plan, widgets, text, done; recorded before done; what fails is told in the shape of a problem."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask.testing import FlaskClient

from cc_common import answers
from cc_common.core.errors import Overloaded, UnverifiedFigure
from cc_common.db import Database

QUERY = "/api/v1/query"
EVENTS = {"Accept": "text/event-stream"}
QUESTION = {"query": "Show chiller 1 power"}


def streamed(client: FlaskClient, **body: Any) -> list[tuple[str, Any]]:
    response = client.post(QUERY, json=QUESTION | body, headers=EVENTS)
    assert (response.status_code, response.mimetype) == (200, "text/event-stream")
    blocks = response.get_data(as_text=True).strip().split("\n\n")
    lines = [block.split("\n") for block in blocks]
    return [(name.removeprefix("event: "), json.loads(data.removeprefix("data: "))) for name, data in lines]


def test_the_parts_come_in_order_and_are_those_of_the_whole(client: FlaskClient) -> None:
    events = streamed(client)
    assert [name for name, _ in events] == ["plan", "widgets", "text", "done"]
    done = events[-1][1]
    assert events[0][1] == done["plan"]
    for part in events[1][1] | events[2][1]:
        assert (events[1][1] | events[2][1])[part] == done[part]
    plain = client.post(QUERY, json=QUESTION).json
    assert plain.keys() == done.keys()


def test_it_is_on_record_before_done(own_client: FlaskClient, app_db: Database) -> None:
    response = own_client.post(QUERY, json=QUESTION, headers=EVENTS)
    counts = []
    for chunk in response.iter_encoded():
        with app_db.connection() as connection:
            counts.append((chunk.split(b"\n")[0], connection.execute("SELECT count(*) FROM experience").fetchone()[0]))  # type: ignore[index]
    assert counts == [(b"event: plan", 0), (b"event: widgets", 0), (b"event: text", 0), (b"event: done", 1)]


def test_what_fails_before_the_plan_has_its_status(client: FlaskClient, stub: Any) -> None:
    stub.error = Overloaded(retry_after_s=7)
    refused = client.post(QUERY, json=QUESTION, headers=EVENTS)
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "7")
    assert refused.content_type == "application/problem+json"


@pytest.mark.parametrize(("error", "status"), [(UnverifiedFigure(), 500), (RuntimeError("secret"), 500)])
def test_what_fails_later_is_an_event(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(answers, "compose_answer", fail)
    (plan, _), (name, problem) = streamed(client)
    assert (plan, name, problem["status"]) == ("plan", "error", status)
    assert problem["request_id"]
    assert "secret" not in json.dumps(problem)


def test_json_is_what_comes_unasked(client: FlaskClient) -> None:
    for accept in ("*/*", "application/json", "application/json, text/event-stream"):
        assert client.post(QUERY, json=QUESTION, headers={"Accept": accept}).mimetype == "application/json"


def test_the_stream_is_described(client: FlaskClient) -> None:
    described = client.get("/openapi.json").json["paths"][QUERY]["post"]["responses"]["200"]["content"]
    assert described.keys() == {"application/json", "text/event-stream"}
    assert "widgets" in described["text/event-stream"]["schema"]["description"]
