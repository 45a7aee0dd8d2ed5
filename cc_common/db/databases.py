"""Opens the application and time-series databases, by DSN or on the embedded server, and applies their migrations."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final
from urllib.parse import quote

import psycopg
from psycopg import conninfo

from cc_common.core.errors import SetupError
from cc_common.core.settings import Settings
from cc_common.db.pool import Connection, Database
from cc_common.db.statements import SQL
from cc_common.embedded_postgres import EmbeddedServer

_LOCK: Final = 0x63635F6D  # "cc_m"
_TABLE: Final = """
CREATE TABLE IF NOT EXISTS schema_migration (
    folder text, name text, sha256 text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (folder, name)
)"""


def migrate(database: Database, folder: str) -> list[str]:
    """Applies pending migrations and returns their names. SetupError when an applied file has changed since."""
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


@dataclass(frozen=True, kw_only=True)
class Databases:
    """`app` stores experiences, ratings and models; `timeseries` the plant and its readings."""

    app: Database
    timeseries: Database

    def close(self) -> None:
        """Closes both pools."""
        self.app.close()
        self.timeseries.close()


@contextmanager
def open_databases(settings: Settings) -> Iterator[Databases]:
    """Opens both databases without migrating; joins the embedded server, or starts it and stops it at exit."""
    with ExitStack() as stack:
        dsns = (settings.app_dsn, settings.timeseries_dsn)
        server = None if all(dsns) else stack.enter_context(EmbeddedServer(settings.data_dir))
        app, timeseries = (dsn or (server.dsn(name) if server else "") for dsn, name in zip(dsns, NAMES, strict=True))
        databases = Databases(app=_database(app, "app", settings), timeseries=_database(timeseries, "plant", settings))
        stack.callback(databases.close)
        yield databases


NAMES = ("cc_app", "cc_timeseries")


def _database(dsn: str, name: str, settings: Settings) -> Database:
    return Database(dsn, pool_size=settings.db_pool_size, timeout_s=settings.db_timeout_s, name=name)


_ELSEWHERE: Final = ("user", "password", "dbname")


def url_of(dsn: str, scheme: str) -> str:
    """The URL of a DSN, with host, port and others as query parameters, which allow the folder of a Unix socket."""
    parts = {name: str(value) for name, value in conninfo.conninfo_to_dict(dsn).items()}
    user, database = quote(parts.get("user", ""), safe=""), quote(parts.get("dbname", ""), safe="")
    secret = f":{quote(parts['password'], safe='')}" if "password" in parts else ""
    where = "&".join(f"{k}={quote(v, safe='')}" for k, v in parts.items() if k not in _ELSEWHERE)
    return f"{scheme}://{user}{secret}@/{database}?{where}"
