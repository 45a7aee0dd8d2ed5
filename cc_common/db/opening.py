"""The two databases of the settings, or those of the embedded server where a DSN is unset."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from cc_common.config import Settings
from cc_common.db.embedded import EmbeddedServer
from cc_common.db.pool import Database


@dataclass(frozen=True, kw_only=True)
class Databases:
    """`app` holds experiences, ratings and models; `timeseries` the plant and its readings."""

    app: Database
    timeseries: Database

    def close(self) -> None:
        """Closes both pools."""
        self.app.close()
        self.timeseries.close()


@contextmanager
def open_databases(settings: Settings) -> Iterator[Databases]:
    """Both databases, not migrated; the embedded server is joined, or started and stopped again."""
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
