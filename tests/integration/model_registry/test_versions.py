"""The registry: one served version a tier, whoever promotes when."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest

from cc_common.core.errors import CommandCenterError, Conflict, InvalidInput, NotFound
from cc_common.db import Database
from cc_common.model_registry import versions
from cc_common.model_registry.versions import ModelVersion

SHA = "ab" * 32


def register(app: Database, name: str, **changes: Any) -> ModelVersion:
    return versions.register(app, **{"id": name, "tier": 2, "path": f"{name}.gguf", "sha256": SHA} | changes)


def served(app: Database) -> str | None:
    found = versions.served(app, 2)
    return found.id if found else None


def test_registered_is_a_candidate_and_not_served(app_db: Database) -> None:
    window = {"start": "2026-03-03T00:00:00Z", "pairs": {"correction": 12}}
    base = register(app_db, "base", path="/srv/base.gguf")
    child = register(app_db, "v1", parent="base", trained_on=window)
    assert (base.state, child.state, child.trained_on, child.parent) == ("candidate", "candidate", window, "base")
    assert versions.served(app_db, 2) is None
    assert versions.get(app_db, "v1") == child


def test_registering_twice_is_once(app_db: Database) -> None:
    first = register(app_db, "v1")
    assert register(app_db, "v1") == first
    assert len(versions.history(app_db)) == 1


@pytest.mark.parametrize("other", [{"sha256": "cd" * 32}, {"tier": 1}])
def test_same_id_for_another_file_is_a_conflict(app_db: Database, other: dict[str, Any]) -> None:
    register(app_db, "v1")
    with pytest.raises(Conflict, match="already another file"):
        register(app_db, "v1", **other)


@pytest.mark.parametrize(
    "wrong", [{"sha256": "AB" * 32}, {"sha256": "ab"}, {"path": ""}, {"path": "../../etc/passwd"}, {"id": "V 1"}]
)
def test_wrong_values_are_refused(app_db: Database, wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        register(app_db, "v1", **wrong)


def test_unknown_versions_are_not_found(app_db: Database) -> None:
    with pytest.raises(NotFound):
        register(app_db, "v1", parent="nobody")
    with pytest.raises(NotFound):
        versions.promote(app_db, "nobody")
    with pytest.raises(NotFound):
        versions.reject(app_db, "nobody", {})


def test_promotion_retires_the_one_before(app_db: Database) -> None:
    for name in ("v1", "v2"):
        register(app_db, name)
        versions.promote(app_db, name, gate={"agreement": 0.8})
    assert served(app_db) == "v2"
    assert versions.get(app_db, "v1").state == "retired"
    assert versions.get(app_db, "v2").gate == {"agreement": 0.8}
    assert versions.promote(app_db, "v2") == versions.get(app_db, "v2")
    assert [v.id for v in versions.history(app_db)] == ["v2", "v1"]


def test_each_tier_serves_its_own_version(app_db: Database) -> None:
    register(app_db, "ranker", tier=1)
    register(app_db, "v1")
    versions.promote(app_db, "ranker")
    versions.promote(app_db, "v1")
    assert versions.served(app_db, 1) == versions.get(app_db, "ranker")
    assert served(app_db) == "v1"


def test_rejected_is_never_served(app_db: Database) -> None:
    register(app_db, "v1")
    assert versions.reject(app_db, "v1", {"agreement": 0.2}).gate == {"agreement": 0.2}
    with pytest.raises(Conflict, match="rejected"):
        versions.promote(app_db, "v1")
    with pytest.raises(Conflict, match="only a candidate"):
        versions.reject(app_db, "v1", {})


def test_rolling_back_goes_ever_further_back(app_db: Database) -> None:
    for name in ("v1", "v2", "v3"):
        register(app_db, name)
        versions.promote(app_db, name)
    assert [versions.roll_back(app_db, 2).id, versions.roll_back(app_db, 2).id] == ["v2", "v1"]
    with pytest.raises(Conflict, match="no earlier"):
        versions.roll_back(app_db, 2)
    assert served(app_db) == "v1"


def test_rolling_back_undoes_a_promotion_of_an_old_version(app_db: Database) -> None:
    for name in ("v1", "v2"):
        register(app_db, name)
        versions.promote(app_db, name)
    versions.promote(app_db, "v1")
    assert versions.roll_back(app_db, 2).id == "v2"


def test_nothing_served_has_no_way_back(app_db: Database) -> None:
    with pytest.raises(Conflict, match="no earlier"):
        versions.roll_back(app_db, 2)


def test_promotions_at_once_leave_one_served(app_db: Database) -> None:
    names = [f"v{n}" for n in range(8)]
    for name in names:
        register(app_db, name)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda name: versions.promote(app_db, name), names))
    states = [v.state for v in versions.history(app_db)]
    assert (states.count("served"), states.count("retired")) == (1, 7)


def test_the_database_itself_refuses_two_served(app_db: Database) -> None:
    for name in ("v1", "v2"):
        register(app_db, name)
    versions.promote(app_db, "v1")
    with pytest.raises(CommandCenterError), app_db.transaction() as connection:
        connection.execute("UPDATE model_version SET state = 'served'")
    assert served(app_db) == "v1"


def test_promotion_is_announced_at_commit(app_db: Database) -> None:
    register(app_db, "v1")
    with psycopg.connect(app_db.dsn, autocommit=True) as listener:
        listener.execute("LISTEN served_model")
        versions.promote(app_db, "v1")
        heard = list(listener.notifies(timeout=5, stop_after=1))
    assert [n.payload for n in heard] == ["2"]
