"""Two replicas of the API behind nginx on one database: one dies under load and nothing is lost, nothing is doubled."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any, Final

import pytest

from cc_common.db import Database
from cc_common.db.statements import SQL
from cc_common.model_registry import versions
from cc_common.model_registry.versions import sha256
from tests.integration.api.test_model_swapper import twin
from tests.programs import needs
from tests.support.compose import SECRETS
from tests.support.compose_services import call, eventually, sent
from tests.support.replicated_system import QUESTION, Cluster, running_cluster

pytestmark = [pytest.mark.timeout(600), needs("nginx-light")]
CALLS, CLIENTS, KILLED_AT = 160, 4, 50
ADMIN: Final = {"Authorization": f"Bearer {SECRETS['CC_ADMIN_TOKEN']}"}


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """One for all tests here."""
    with running_cluster() as opened:
        yield opened


def test_questions_reach_both_replicas(cluster: Cluster) -> None:
    answers = [cluster.ask() for _ in range(8)]
    assert {status for status, _ in answers} == {200}
    assert set(cluster.nginx.served_by()) == {replica.port for replica in cluster.replicas}
    assert all(replica.healthy() for replica in cluster.replicas)


def test_migrations_and_starter_were_made_once(cluster: Cluster) -> None:
    for folder, database in (("app", "cc_app"), ("timeseries", "cc_timeseries")):
        applied = cluster.rows(f"SELECT name FROM schema_migration WHERE folder = '{folder}'", database)
        assert sorted(name for (name,) in applied) == sorted(file.stem for file in (SQL / folder).glob("*.sql"))
    assert len(list(cluster.models.glob("*.gguf"))) == 1
    assert len(cluster.rows("SELECT FROM model_version")) == 1


def test_tokens_are_asked_for_and_metrics_are_not_balanced(cluster: Cluster) -> None:
    assert cluster.ask(Authorization="Bearer wrong")[0] == 401
    assert cluster.ask(None, "/api/v1/audit")[0] == 403
    assert cluster.ask(None, "/healthz", Authorization="")[0] == 200
    assert cluster.ask(None, "/metrics", **ADMIN)[0] == 404
    assert cluster.ask({"query": "x" * 70_000})[1]["status"] == 413


def test_a_streamed_answer_is_not_held_back(cluster: Cluster) -> None:
    with cluster.held("cc_timeseries", "LOCK TABLE latest_reading, chiller_001 IN ACCESS EXCLUSIVE MODE") as lock:
        stream = sent(cluster.nginx.port, "/api/v1/query", QUESTION, Accept="text/event-stream")
        with stream as response:
            assert response.readline() == b"event: plan\n"
            eventually(lambda: cluster.waiting() > 0, "no data are read")
            lock.close()
            assert b"event: done\n" in response.read()


def test_a_rating_given_to_a_second_replica_counts_once(cluster: Cluster) -> None:
    rated, raters = cluster.ask()[1]["response_id"], ("asha", "ravi")
    with ThreadPoolExecutor(2) as pool:
        with cluster.held("cc_app", "SELECT FROM tier1_state FOR UPDATE"):
            thumbs = [{"response_id": rated, "rating": "up", "rater": rater} for rater in raters]
            told = [pool.submit(cluster.ask, thumb, "/api/v1/ratings") for thumb in thumbs]
            eventually(lambda: cluster.waiting() == 2, "one rating at each replica")
            cluster.replicas[0].kill()
            eventually(lambda: cluster.waiting() == 3, "the dead replica's rating is with the other one")
        assert [future.result()[0] for future in told] == [201, 201]
    one = f"SELECT rater FROM rating WHERE experience_id = '{rated}' AND idempotency_key IS NOT NULL ORDER BY rater"
    assert [rater for (rater,) in cluster.rows(one)] == list(raters)
    cluster.bring_up()


def test_a_replica_killed_under_load_loses_no_call(cluster: Cluster) -> None:
    rated = cluster.ask()[1]["response_id"]
    with ThreadPoolExecutor(CLIENTS) as pool:
        told = [pool.submit(_some_call, cluster, n, rated) for n in range(CALLS)]
        eventually(lambda: sum(future.done() for future in told) >= KILLED_AT, "the load does not get on")
        cluster.replicas[1].kill()
        failed = [answer for future in told if (answer := future.result())[0] not in (200, 201)]
    assert not failed, f"{len(failed)} of {CALLS} failed, such as {failed[0]}"
    raters = [rater for (rater,) in cluster.rows("SELECT rater FROM rating WHERE rater LIKE 'load %'")]
    assert sorted(raters) == sorted(f"load {n}" for n in range(0, CALLS, 4))
    cluster.bring_up()


def _some_call(cluster: Cluster, n: int, rated: str) -> tuple[int, Any]:
    """A rating without a key, a new question, one that was asked before, or a list."""
    if n % 4 == 0:
        return cluster.ask({"response_id": rated, "rating": "up", "rater": f"load {n}"}, "/api/v1/ratings")
    if n % 4 == 1:
        return cluster.ask({"query": f"Show chiller {n % 24 + 1} power, {n}"})
    return cluster.ask() if n % 4 == 2 else cluster.ask(None, "/api/v1/equipment/chiller_001/latest")


def test_feed_alerts_and_baselines_run_by_themselves(cluster: Cluster) -> None:
    newest = cluster.rows("SELECT max(ts) FROM latest_reading", "cc_timeseries")[0]
    parts = [cluster.part(name) for name in ("feed", "alerts", "baselines")]
    for part in parts:
        part.start()
    look = lambda: cluster.rows("SELECT max(ts) FROM latest_reading", "cc_timeseries")[0] > newest  # noqa: E731
    eventually(look, parts[0])
    assert [part.stop() for part in parts] == [0, 0, 0], [str(part) for part in parts]


def test_a_swap_is_followed_by_both(cluster: Cluster) -> None:
    starter = next(cluster.models.glob("*.gguf"))
    other = twin(starter, "twin.gguf", cluster.models)
    with closing(Database(cluster.dsns["cc_app"], pool_size=1, timeout_s=5, name="test")) as app:
        versions.register(app, id="twin", tier=2, path=other.name, sha256=sha256(other))
    assert cluster.ask({}, "/api/v1/models/twin/activate", **ADMIN)[0] == 200
    for replica in cluster.replicas:
        eventually(lambda port=replica.port: _model(port) == "twin", "a replica does not follow")


def _model(port: int) -> str:
    return str(call(port, "/api/v1/query", QUESTION)[1]["model"]["id"])


def test_no_replica_at_all_is_a_problem_like_any_other(cluster: Cluster) -> None:
    for replica in cluster.replicas:
        replica.kill()
    status, problem = cluster.ask(None, "/api/v1/equipment")
    assert status == 503 and problem["instance"] == "/api/v1/equipment"
    assert set(problem) == {"type", "title", "status", "detail", "instance", "request_id", "errors", "parts"}
