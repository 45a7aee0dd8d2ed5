"""A connection pool for one database: checks connections without a round trip, replaces them after a server restart.

It is used instead of psycopg_pool, which blocks every request until its timeout while the server is unreachable, and
retries with a pause that doubles; here a request fails, or succeeds, immediately. Driver errors are translated to the
project's.
"""

from __future__ import annotations

import json
import math
import select
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from threading import Event, Semaphore
from typing import Any, Final

import psycopg
from psycopg import conninfo, errors, pq, sql
from psycopg.rows import namedtuple_row

from cc_common.core.errors import Conflict, DatabaseUnavailable, InvalidInput, NotFound


@contextmanager
def translate_errors() -> Iterator[None]:
    """Translates driver errors to the project's, with the driver's as cause; errors that are bugs pass through."""
    try:
        yield
    except (errors.DiskFull, errors.OutOfMemory) as exc:
        raise DatabaseUnavailable(f"The database has no room left; nothing was recorded: {_said(exc)}") from exc
    except (psycopg.OperationalError, psycopg.InterfaceError) as exc:
        raise DatabaseUnavailable from exc
    except (errors.UniqueViolation, errors.RestrictViolation) as exc:
        raise Conflict(exc.diag.message_detail or _said(exc)) from exc
    except errors.ForeignKeyViolation as exc:
        raise NotFound(exc.diag.message_detail or _said(exc)) from exc
    except (psycopg.DataError, errors.CheckViolation, errors.NotNullViolation) as exc:
        raise InvalidInput(_said(exc)) from exc


@dataclass
class CommitState:
    """Whether a transaction's block has ended and its commit was sent."""

    committing: bool = False


@contextmanager
def track_commit() -> Iterator[CommitState]:
    """A connection lost during the commit leaves its result unknown; the error must not claim that it failed."""
    doubt = CommitState()
    try:
        yield doubt
    except psycopg.OperationalError as exc:
        if not doubt.committing:
            raise
        raise DatabaseUnavailable("The database went away during the commit: this may or may not be recorded.") from exc


def _said(exc: psycopg.Error) -> str:
    return exc.diag.message_primary or str(exc)


Connection = psycopg.Connection[Any]
# Reads here are short and alike: planning each again, or starting parallel workers, costs more than the read.
_OPTIONS: Final = "-c timezone=UTC -c plan_cache_mode=force_generic_plan -c max_parallel_workers_per_gather=0"
# A role that every PostgreSQL has: it may read all tables and write none, whatever the statement.
_READER: Final = "pg_read_all_data"
# Where synchronous_commit is off, the server acknowledges a commit before it is durable. Other values
# ("local", "remote_apply") are the administrator's choice between this disk and a standby's, and are kept.
_DURABLE: Final = (
    "SELECT set_config('synchronous_commit', 'on', true) WHERE current_setting('synchronous_commit') = 'off'"
)
_LISTEN_AGAIN_S: Final = 1.0  # pause before a listener reconnects to an unreachable server
# The driver prepares a statement at its fifth run: it then takes a third of the time, and up to 140 kB of the server.
# The default limit of 100 is below the number of distinct statements of a console with a few dozen machines.
_PREPARED: Final = 256


class Database:
    """Connections to one DSN, opened on first use, not at import. Rows are named tuples, times in UTC."""

    def __init__(self, dsn: str, *, pool_size: int, timeout_s: float, name: str, options: str = "") -> None:
        self.dsn, self._options = dsn, options
        self._size, self._timeout_s, self._name = pool_size, timeout_s, name
        self._idle: list[Connection] = []  # last in, first out: its statements are prepared
        self._places = Semaphore(pool_size)
        self._closed = Event()

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """A pooled connection in autocommit mode, for reads; durable writes use `transaction`."""
        with translate_errors():
            connection = self._check_out()
            try:
                yield connection
            finally:
                self._check_in(connection)

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """One transaction: at exit committed and durable, on an error rolled back."""
        with self.connection() as connection, track_commit() as doubt, connection.transaction():
            connection.execute(_DURABLE)
            announce_actor(connection)
            yield connection
            doubt.committing = True

    def listen(self, *channels: str, timeout_s: float) -> Iterator[str]:
        """Yields the channel of each notification, on a dedicated connection that reconnects, until `close`.

        Yields "" after `timeout_s` without one, and when a connection is new or lost, as notifications in between were
        missed: the caller must check for changes.
        """
        while not self._closed.is_set():
            try:
                yield from self._heard(channels, timeout_s)
            except psycopg.OperationalError:
                yield ""
                self._closed.wait(min(timeout_s, _LISTEN_AGAIN_S))

    def reader(self) -> Database:
        """The same database in read-only transactions, as a role without write access where this user may assume it."""
        with self.connection() as connection:
            row = connection.execute("SELECT pg_has_role(%s, 'MEMBER') AS may", (_READER,)).fetchone()
        role = f" -c role={_READER}" if row and row.may else ""
        options = f"-c default_transaction_read_only=on{role}"
        return Database(
            self.dsn, pool_size=self._size, timeout_s=self._timeout_s, name=f"{self._name}, read only", options=options
        )

    def close(self) -> None:
        """Closes every connection permanently; connections in use close when they are returned."""
        self._closed.set()
        while connection := self._take():
            connection.close()

    def _heard(self, channels: tuple[str, ...], timeout_s: float) -> Iterator[str]:
        with self._connect() as connection:
            for channel in channels:
                connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(channel)))
            yield ""
            while not self._closed.is_set():
                heard = [notice.channel for notice in connection.notifies(timeout=timeout_s, stop_after=1)]
                yield from heard or [""]

    def _check_out(self) -> Connection:
        if not self._places.acquire(timeout=self._timeout_s):
            raise DatabaseUnavailable(f"All {self._size} connections to the {self._name} database are in use.")
        try:
            return self._living() or self._connect()
        except BaseException:
            self._places.release()
            raise

    def _check_in(self, connection: Connection) -> None:
        """Returns a connection to the pool; one that is broken or inside a transaction is closed instead."""
        if connection.pgconn.transaction_status == pq.TransactionStatus.IDLE:
            self._idle.append(connection)
        else:
            connection.close()
        self._places.release()
        if self._closed.is_set():  # closed meanwhile
            self.close()

    def _living(self) -> Connection | None:
        while connection := self._take():
            if not _hung_up(connection):
                return connection
            connection.close()
        return None

    def _take(self) -> Connection | None:
        try:
            return self._idle.pop()
        except IndexError:
            return None

    def _connect(self) -> Connection:
        if self._closed.is_set():
            raise DatabaseUnavailable(f"The connections to the {self._name} database were closed.")
        given = conninfo.conninfo_to_dict(self.dsn).get("options") or ""
        connection = psycopg.Connection.connect(
            self.dsn,
            autocommit=True,
            row_factory=namedtuple_row,
            options=f"{_OPTIONS} {given} {self._options}",
            application_name=f"command center: {self._name}",
            connect_timeout=max(2, math.ceil(self._timeout_s)),  # libpq takes no less than 2 seconds
        )
        connection.prepared_max = _PREPARED
        return connection


def _hung_up(connection: Connection) -> bool:
    """Tells whether an idle connection's socket is readable, which means that the server closed it. No round trip."""
    socket = select.poll()
    socket.register(connection.fileno(), select.POLLIN)
    return bool(socket.poll(0))


_ACTOR: Final[ContextVar[str | None]] = ContextVar("actor", default=None)


def set_actor(role: str, client: str | None, request_id: str) -> None:
    """Attributes this thread's transactions to this caller, until clear_actor()."""
    _ACTOR.set(json.dumps({"role": role, "client": client, "request_id": request_id}))


def clear_actor() -> None:
    """Attributes this thread's transactions to the system."""
    _ACTOR.set(None)


def announce_actor(connection: psycopg.Connection[Any]) -> None:
    """Sets the actor of the open transaction; no statement for the system itself."""
    actor = _ACTOR.get()
    if actor is not None:
        connection.execute("SELECT set_config('cc.actor', %s, true)", (actor,))
