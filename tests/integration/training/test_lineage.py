"""What a version is made of: found from the registry and the kept adapters, or refused by name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cc_common.core.errors import SetupError
from cc_common.core.settings import Settings
from cc_common.db import Databases
from cc_common.model_registry import versions
from cc_common.model_registry.versions import MODELS, ModelVersion, sha256
from training.adapter import CONFIG, WEIGHTS
from training.lineage import ADAPTERS, adapters_of, gguf_of, keep_adapter
from training.starter import ADAPTER as SHIPPED
from training.starter import manifest

SHA = "ab" * 32


@pytest.fixture
def based(settings: Settings, tmp_path: Path) -> Settings:
    """Settings with a base of a few bytes."""
    (tmp_path / "base.gguf").write_bytes(b"a base")
    return settings.model_copy(update={"base_gguf": tmp_path / "base.gguf"})


def version(databases: Databases, name: str, *, parent: str | None = None, **about: Any) -> ModelVersion:
    return versions.register(
        databases.app, id=name, tier=2, path=f"{name}.gguf", sha256=SHA, parent=parent, trained_on=about or None
    )


def kept(settings: Settings, name: str) -> tuple[Path, str]:
    """An adapter in its place, and its hash."""
    folder = settings.data_dir / "made" / name
    folder.mkdir(parents=True)
    for file in (WEIGHTS, CONFIG):
        (folder / file).write_text(name)
    return keep_adapter(settings, folder), sha256(folder / WEIGHTS)


def test_adapters_come_oldest_first(based: Settings, databases: Databases) -> None:
    places = []
    for n, parent in enumerate([None, "v0", "v1"]):
        place, digest = kept(based, f"a{n}")
        places.append(place)
        version(databases, f"v{n}", parent=parent, adapter_sha256=digest, base_sha256=sha256(based.base_gguf or place))
    assert adapters_of(based, databases.app, versions.get(databases.app, "v2")) == tuple(places)


def test_the_shipped_adapter_is_kept_when_it_is_first_built_upon(settings: Settings, databases: Databases) -> None:
    starter = version(databases, "starter", **manifest())
    (place,) = adapters_of(settings, databases.app, starter)
    assert sha256(place / WEIGHTS) == sha256(SHIPPED / WEIGHTS)
    assert place.is_relative_to(settings.data_dir / MODELS / ADAPTERS)


def test_the_base_itself_has_none(based: Settings, databases: Databases) -> None:
    digest = sha256(based.base_gguf or Path())
    base = versions.register(databases.app, id="base", tier=2, path=str(based.base_gguf), sha256=digest)
    assert adapters_of(based, databases.app, base) == ()


def test_a_base_that_does_not_belong_is_refused(based: Settings, databases: Databases) -> None:
    _, digest = kept(based, "a")
    foreign = version(databases, "v", adapter_sha256=digest, base_sha256="cd" * 32)
    with pytest.raises(SetupError, match=r"another base than base\.gguf: set CC_BASE_GGUF"):
        adapters_of(based, databases.app, foreign)
    with pytest.raises(SetupError, match="nor is it known how it was made"):
        adapters_of(based, databases.app, version(databases, "stray"))


def test_an_adapter_gone_or_changed_is_named(based: Settings, databases: Databases) -> None:
    gone = version(databases, "v", adapter_sha256=SHA)
    with pytest.raises(SetupError, match="adapter of v is gone"):
        adapters_of(based, databases.app, gone)
    place, digest = kept(based, "a")
    (place / WEIGHTS).write_text("b")
    with pytest.raises(SetupError, match="was changed since"):
        adapters_of(based, databases.app, version(databases, "w", adapter_sha256=digest))


def test_a_missing_file_is_named(settings: Settings, databases: Databases) -> None:
    with pytest.raises(SetupError, match="file of v is gone"):
        gguf_of(settings, version(databases, "v"))
