"""Publishing and retention: what a verdict does to the registry, and which files may go."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest

from cc_common.core.errors import Conflict
from cc_common.core.settings import Settings
from cc_common.core.windows import Window
from cc_common.db import Databases
from cc_common.model_registry import versions
from cc_common.model_registry.versions import MODELS, ModelVersion, sha256
from training import publish
from training.adapter import CONFIG, WEIGHTS
from training.lineage import ADAPTERS
from training.manifest import MANIFEST, write_manifest
from training.retention import prune

WINDOW = Window(start=datetime(2026, 3, 4, 18, tzinfo=UTC), end=datetime(2026, 3, 5, 2, tzinfo=UTC))


@pytest.fixture
def starter(settings: Settings, databases: Databases) -> ModelVersion:
    """The served model."""
    return made(settings, databases, "starter", promote=True)


def made(
    settings: Settings, databases: Databases, name: str, *, promote: bool = False, parent: str | None = None
) -> ModelVersion:
    """A version with a file."""
    path = settings.data_dir / MODELS / f"{name}.gguf"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(name.encode())
    versions.register(databases.app, id=name, tier=2, path=path.name, sha256=sha256(path), parent=parent)
    return versions.promote(databases.app, name) if promote else versions.get(databases.app, name)


def night(settings: Settings, name: str, *, accepted: bool) -> Path:
    """The folder of a night that came as far as its verdict."""
    folder, model = settings.data_dir / "nights" / name, settings.data_dir / MODELS / f"{name}.gguf"
    model.write_bytes(name.encode())
    (folder / "tier2").mkdir(parents=True)
    for file in (WEIGHTS, CONFIG):
        (folder / "tier2" / file).write_text(name)
    adapter = sha256(folder / "tier2" / WEIGHTS)
    exported = {"id": name, "path": f"{MODELS}/{model.name}", "sha256": sha256(model), "parent": "starter"}
    write_manifest(folder / "pairs", {}, [], {"counts": {"correction": 3}})
    write_manifest(folder / "tier2", {"recipe": {"rank": 4}}, [WEIGHTS, CONFIG], {"steps": 2})
    write_manifest(folder / "gguf", {"base_sha256": "cd" * 32}, [], exported | {"adapter_sha256": adapter})
    write_manifest(folder / "gate", {}, [], {"accepted": accepted, "reason": "because"})
    return folder


def test_an_accepted_model_is_served_and_announced(
    settings: Settings, databases: Databases, starter: ModelVersion
) -> None:
    with psycopg.connect(databases.app.dsn, autocommit=True) as listener:
        listener.execute("LISTEN served_model")
        done = publish.run(settings, databases, night(settings, "better", accepted=True), WINDOW)
        assert [n.payload for n in listener.notifies(timeout=5, stop_after=1)] == ["2"]
    version = versions.served(databases.app, 2)
    assert version and (version.id, version.parent, version.gate) == (
        "better",
        "starter",
        {"accepted": True, "reason": "because"},
    )
    assert version.trained_on and version.trained_on["pairs"] == {"correction": 3}
    assert done["figures"]["state"] == "served"
    kept = settings.data_dir / MODELS / ADAPTERS / version.trained_on["adapter_sha256"][:12]
    assert (kept / WEIGHTS).read_text() == "better"


def test_a_rejected_one_is_not_and_says_why(settings: Settings, databases: Databases, starter: ModelVersion) -> None:
    done = publish.run(settings, databases, night(settings, "worse", accepted=False), WINDOW)
    assert (done["figures"]["state"], done["figures"]["reason"]) == ("rejected", "because")
    assert versions.served(databases.app, 2) == starter
    assert not (settings.data_dir / MODELS / ADAPTERS).exists()
    assert done["figures"]["pruned"] == ["worse"]  # it has no future


def test_publishing_twice_or_after_a_kill_is_once(
    settings: Settings, databases: Databases, starter: ModelVersion
) -> None:
    folder = night(settings, "better", accepted=True)
    first = publish.run(settings, databases, folder, WINDOW)
    assert publish.run(settings, databases, folder, WINDOW) == first
    (folder / "publish" / MANIFEST).unlink()  # killed between the promotion and the manifest
    assert publish.run(settings, databases, folder, WINDOW)["figures"]["state"] == "served"
    assert len(versions.history(databases.app)) == 2


def test_a_verdict_against_a_model_no_longer_served_counts_for_nothing(
    settings: Settings, databases: Databases, starter: ModelVersion
) -> None:
    folder = night(settings, "better", accepted=True)
    made(settings, databases, "meanwhile", promote=True)
    with pytest.raises(Conflict, match="replaced by meanwhile"):
        publish.run(settings, databases, folder, WINDOW)
    assert versions.get(databases.app, "better").state == "rejected"


def files(settings: Settings) -> set[str]:
    return {path.stem for path in (settings.data_dir / MODELS).glob("*.gguf")}


def test_retention_keeps_what_is_served_or_may_be(
    settings: Settings, databases: Databases, starter: ModelVersion
) -> None:
    few = settings.model_copy(update={"models_kept": 1})
    for n, parent in enumerate(["starter", "v0", "v1", "v2"]):
        made(settings, databases, f"v{n}", promote=True, parent=parent)
    (settings.data_dir / MODELS / "foreign.gguf").write_bytes(b"not ours")
    assert set(prune(few, databases.app)) == {"starter", "v0", "v1"}
    assert files(settings) == {"v2", "v3", "foreign"}
    assert prune(few, databases.app) == []


def test_after_a_roll_back_its_parent_and_the_newest_stay(
    settings: Settings, databases: Databases, starter: ModelVersion
) -> None:
    few = settings.model_copy(update={"models_kept": 1})
    for n, parent in enumerate(["starter", "v0", "v1"]):
        made(settings, databases, f"v{n}", promote=True, parent=parent)
    versions.roll_back(databases.app, 2)
    assert set(prune(few, databases.app)) == {"starter"}
    assert files(settings) == {"v0", "v1", "v2"}


@pytest.mark.parametrize("damage", ["changed", "link"])
def test_a_file_that_is_not_the_versions_is_left_alone(
    settings: Settings, databases: Databases, starter: ModelVersion, damage: str, tmp_path: Path
) -> None:
    for n in range(3):
        made(settings, databases, f"v{n}", promote=True)
    path = settings.data_dir / MODELS / "starter.gguf"
    path.unlink()
    if damage == "link":
        (tmp_path / "elsewhere").write_bytes(b"starter")
        path.symlink_to(tmp_path / "elsewhere")
    else:
        path.write_bytes(b"somebody else's")
    gone = prune(settings.model_copy(update={"models_kept": 1}), databases.app)
    assert "starter" not in gone and path.exists()


def test_a_shared_file_stays_as_long_as_one_needs_it(
    settings: Settings, databases: Databases, starter: ModelVersion
) -> None:
    for n in range(3):
        made(settings, databases, f"v{n}", promote=True)
    twin: dict[str, Any] = {"tier": 2, "path": "v2.gguf", "sha256": versions.get(databases.app, "v2").sha256}
    versions.register(databases.app, id="twin", **twin)
    versions.reject(databases.app, "twin", {})
    assert "twin" not in prune(settings.model_copy(update={"models_kept": 1}), databases.app)
    assert "v2" in files(settings)
