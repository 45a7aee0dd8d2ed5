"""Numbered migrations of sql/<folder>, each applied once, in order, by one process at a time."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Final

import psycopg

from cc_common.db.pool import Connection, Database
from cc_common.db.statements import SQL
from cc_common.errors import SetupError

_LOCK: Final = 0x63635F6D  # "cc_m"
_TABLE: Final = """
CREATE TABLE IF NOT EXISTS schema_migration (
    folder text, name text, sha256 text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (folder, name)
)"""


def migrate(database: Database, folder: str) -> list[str]:
    """Applies what is missing; returns the names applied now. SetupError when an applied file has changed since."""
    files = sorted((SQL / folder).glob("[0-9][0-9][0-9][0-9]_*.sql"))
    with database.transaction() as connection:
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
        _run(connection, _TABLE, "schema_migration")
        known = dict(
            connection.execute("SELECT name, sha256 FROM schema_migration WHERE folder = %s", (folder,)).fetchall()
        )
        if unknown := known.keys() - {file.stem for file in files}:
            raise SetupError(f"The {folder} database was made by a newer version: {', '.join(sorted(unknown))}.")
        return [file.stem for file in files if _apply(connection, folder, file, known)]


def _apply(connection: Connection, folder: str, file: Path, known: dict[str, str]) -> bool:
    body = file.read_text("utf-8")
    digest = sha256(body.encode()).hexdigest()
    if file.stem in known:
        if known[file.stem] != digest:
            raise SetupError(f"{folder}/{file.name} was changed after it was applied; put the change into a new file.")
        return False
    _run(connection, body, f"{folder}/{file.name}")
    connection.execute(
        "INSERT INTO schema_migration (folder, name, sha256) VALUES (%s, %s, %s)", (folder, file.stem, digest)
    )
    return True


def _run(connection: Connection, text: str, name: str) -> None:
    try:
        connection.execute(text)
    except psycopg.ProgrammingError as exc:
        raise SetupError(f"{name} cannot be applied: {exc}") from exc
