"""A pool of connections to one database, and the one place where the driver's errors become ours."""

from __future__ import annotations

import select
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import psycopg
from psycopg import errors, pq, sql
from psycopg.rows import namedtuple_row
from psycopg_pool import ConnectionPool, PoolClosed, PoolTimeout

from cc_common.errors import Conflict, DatabaseUnavailable, InvalidInput

Connection = psycopg.Connection[Any]
# Reads here are short and always of the same shape: planning one anew, or starting workers for it, costs more than it.
_OPTIONS: Final = "-c timezone=UTC -c plan_cache_mode=force_generic_plan -c max_parallel_workers_per_gather=0"


class Database:
    """Connections to one DSN, opened on first use and never at import. Rows are named tuples."""

    def __init__(self, dsn: str, *, pool_size: int, timeout_s: float, name: str) -> None:
        self.dsn = dsn
        session = {"row_factory": namedtuple_row, "autocommit": True, "options": _OPTIONS}
        session["application_name"] = f"command center: {name}"
        self._pool: ConnectionPool[Connection] = ConnectionPool(
            dsn, min_size=0, max_size=pool_size, timeout=timeout_s, kwargs=session, open=False, name=name
        )

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """A pooled connection in autocommit, for reads."""
        with translated():
            connection = self._checkout()
            try:
                yield connection
            finally:
                self._pool.putconn(connection)

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """One transaction: committed at exit, rolled back on an error."""
        with self.connection() as connection, connection.transaction():
            yield connection

    def listen(self, *channels: str, timeout_s: float) -> Iterator[str]:
        """Channels as they are notified, "" after `timeout_s` of silence; its own connection, renewed by itself."""
        while True:
            try:
                yield from self._listen(channels, timeout_s)
            except psycopg.OperationalError:
                yield ""
                time.sleep(timeout_s)

    def _listen(self, channels: tuple[str, ...], timeout_s: float) -> Iterator[str]:
        with psycopg.connect(self.dsn, autocommit=True, connect_timeout=5) as connection:
            for channel in channels:
                connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(channel)))
            while True:
                heard = [n.channel for n in connection.notifies(timeout=timeout_s, stop_after=1)]
                yield from heard or [""]

    def close(self) -> None:
        """Closes every connection, for good."""
        self._pool.close()

    def _checkout(self) -> Connection:
        """A connection whose server is still there: after a restart the broken ones are thrown away, not handed out."""
        if self._pool.closed:
            self._pool.open()
        while _hung_up(connection := self._pool.getconn()):
            connection.close()
            self._pool.putconn(connection)
        return connection


def _hung_up(connection: Connection) -> bool:
    """Whether the server has closed an idle connection: then its socket is readable. Costs no round trip."""
    socket = select.poll()
    socket.register(connection.fileno(), select.POLLIN)
    if not socket.poll(0):
        return False
    try:
        connection.pgconn.consume_input()
    except psycopg.OperationalError:
        return True
    return bool(connection.pgconn.status != pq.ConnStatus.OK)


@contextmanager
def translated() -> Iterator[None]:
    """Driver errors leave as ours, with the driver's as their cause."""
    try:
        yield
    except (psycopg.OperationalError, psycopg.InterfaceError, PoolTimeout, PoolClosed) as exc:
        raise DatabaseUnavailable from exc
    except errors.UniqueViolation as exc:
        raise Conflict(exc.diag.message_detail) from exc
    except psycopg.DataError as exc:
        raise InvalidInput(exc.diag.message_primary or str(exc)) from exc
