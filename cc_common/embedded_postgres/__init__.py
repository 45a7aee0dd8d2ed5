"""The embedded PostgreSQL: started by its first user, stopped by its last. Unix socket, no TCP.

Imports core only.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import psycopg
from psycopg import conninfo, sql

from cc_common.core.errors import SetupError
from cc_common.embedded_postgres.cluster import SUPERUSER, Cluster, FileLock
from cc_common.embedded_postgres.programs import PORT

DATABASES: Final = ("cc_app", "cc_timeseries", "cc_airflow")


class EmbeddedServer:
    """A PostgreSQL in `folder`/postgres; a context manager that starts or joins it.

    The owner (`own`) stops it on exit, regardless of other users; without an owner, the last user does. A server whose
    owner was killed runs on until the next owner. Users are counted by file locks, which the kernel releases when a
    process is killed. Without `durable` a crash may lose all data: for tests.
    """

    def __init__(self, folder: Path, *, own: bool = False, durable: bool = True) -> None:
        self._cluster = Cluster(folder.resolve() / "postgres", durable=durable)
        self._own = own
        self._changing = FileLock(self._beside("lock"))  # held during start and stop
        self._using = FileLock(self._beside("users"))  # shared by all users
        self._owned = self._beside("owned")  # exists while the server has, or had, an owner

    def __enter__(self) -> EmbeddedServer:
        try:
            self.ensure_running()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def pid(self) -> int | None:
        """The postmaster's process id; None when it does not run."""
        return self._cluster.postmaster()

    def dsn(self, database: str) -> str:
        """The DSN of one of DATABASES; it stays valid when the server is restarted."""
        return conninfo.make_conninfo(host=str(self._cluster.socket), port=PORT, user=SUPERUSER, dbname=database)

    def ensure_running(self) -> None:
        """Starts the server when it does not run (or has crashed), else joins it; returns when it is ready."""
        with self._explained(), self._changing.exclusive():
            self._using.share()
            started = self._cluster.ensure_ready()
            if self._own:
                self._owned.touch()
            elif started:
                self._owned.unlink(missing_ok=True)
            self._create_databases()

    def stop(self) -> None:
        """Ends this use of the server; stops the server when this is its owner, or its last user without an owner."""
        if not self._using.held:
            return
        with self._explained(), self._changing.exclusive():
            last = self._using.is_ours_alone()
            self._using.release()
            if self._own or (last and not self._owned.exists()):
                self._cluster.stop()
                self._owned.unlink(missing_ok=True)

    def _create_databases(self) -> None:
        with psycopg.connect(self.dsn("postgres"), autocommit=True) as connection:
            known = {row[0] for row in connection.execute("SELECT datname FROM pg_database")}
            for name in DATABASES:
                if name not in known:
                    connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (OSError, psycopg.Error) as exc:
            raise SetupError(self._cluster.explained(f"The embedded PostgreSQL cannot be used: {exc}")) from exc

    def _beside(self, suffix: str) -> Path:
        return self._cluster.data.with_suffix(f".{suffix}")
