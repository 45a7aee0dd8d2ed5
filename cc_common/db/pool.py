"""Connections to one database: kept, checked without a round trip, and replaced when the server was restarted; errors.

A pool of our own rather than psycopg_pool's: while the server is away that one lets every request wait for its timeout,
and once it is back tries again only after a pause that doubles; here a request fails, or works, at once. What the
driver raises becomes an error of ours."""

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
    """Driver errors leave as ours, with the driver's as their cause; what only a bug can cause stays as it is."""
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
    """Whether a transaction's work was done and its commit sent."""

    committing: bool = False


@contextmanager
def track_commit() -> Iterator[CommitState]:
    """A connection lost during the commit leaves open whether it was made; the error must not say it was not."""
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
# Reads here are short and always of the same shape: planning one anew, or starting workers for it, costs more than it.
_OPTIONS: Final = "-c timezone=UTC -c plan_cache_mode=force_generic_plan -c max_parallel_workers_per_gather=0"
# A role that every PostgreSQL has: it may read all tables and change none, whatever the statement says.
_READER: Final = "pg_read_all_data"
# Where a server, a database or a role has this off, a commit is acknowledged before it is on the disk. Other values
# ("local", "remote_apply") are the administrator's choice between this disk and a standby's, and stay.
_DURABLE: Final = (
    "SELECT set_config('synchronous_commit', 'on', true) WHERE current_setting('synchronous_commit') = 'off'"
)
_LISTEN_AGAIN_S: Final = 1.0  # pause before a listener looks for a server that is away
# The driver prepares a statement at its fifth run: it then takes a third of the time, and up to 140 kB of the server.
# Its default of 100 is fewer than a console with a few dozen machines asks again and again.
_PREPARED: Final = 256


class Database:
    """Connections to one DSN, opened on first use and never at import. Rows are named tuples, times in UTC."""

    def __init__(self, dsn: str, *, pool_size: int, timeout_s: float, name: str, options: str = "") -> None:
        self.dsn, self._options = dsn, options
        self._size, self._timeout_s, self._name = pool_size, timeout_s, name
        self._idle: list[Connection] = []  # the one used last is taken first: its statements are prepared
        self._places = Semaphore(pool_size)
        self._closed = Event()

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """A pooled connection in autocommit, for reads; what is acknowledged is written by `transaction`."""
        with translate_errors():
            connection = self._check_out()
            try:
                yield connection
            finally:
                self._check_in(connection)

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """One transaction: committed at exit and then on the disk, rolled back on an error."""
        with self.connection() as connection, track_commit() as doubt, connection.transaction():
            connection.execute(_DURABLE)
            announce_actor(connection)
            yield connection
            doubt.committing = True

    def listen(self, *channels: str, timeout_s: float) -> Iterator[str]:
        """Channels as they are notified, on a connection of its own that is renewed by itself, until `close`.

        "" says: look for yourself. It comes after `timeout_s` of silence, and when a connection is new or lost, as what
        was announced in between was heard by nobody.
        """
        while not self._closed.is_set():
            try:
                yield from self._heard(channels, timeout_s)
            except psycopg.OperationalError:
                yield ""
                self._closed.wait(min(timeout_s, _LISTEN_AGAIN_S))

    def reader(self) -> Database:
        """The same database in read-only transactions, as a role that cannot write where this user may take it."""
        with self.connection() as connection:
            row = connection.execute("SELECT pg_has_role(%s, 'MEMBER') AS may", (_READER,)).fetchone()
        role = f" -c role={_READER}" if row and row.may else ""
        options = f"-c default_transaction_read_only=on{role}"
        return Database(
            self.dsn, pool_size=self._size, timeout_s=self._timeout_s, name=f"{self._name}, read only", options=options
        )

    def close(self) -> None:
        """Closes every connection, for good; those in use when they come back."""
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
        """Back to the idle ones; a connection that is broken or in the middle of something is not used again."""
        if connection.pgconn.transaction_status == pq.TransactionStatus.IDLE:
            self._idle.append(connection)
        else:
            connection.close()
        self._places.release()
        if self._closed.is_set():  # meanwhile
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
    """Whether an idle connection's socket has something to read: as good as always its end. Costs no round trip."""
    socket = select.poll()
    socket.register(connection.fileno(), select.POLLIN)
    return bool(socket.poll(0))


_ACTOR: Final[ContextVar[str | None]] = ContextVar("actor", default=None)


def set_actor(role: str, client: str | None, request_id: str) -> None:
    """This thread's transactions are this caller's from now on, until clear_actor()."""
    _ACTOR.set(json.dumps({"role": role, "client": client, "request_id": request_id}))


def clear_actor() -> None:
    """This thread's transactions are the system's own."""
    _ACTOR.set(None)


def announce_actor(connection: psycopg.Connection[Any]) -> None:
    """Tells the open transaction for whom it is; for ourselves it costs nothing."""
    actor = _ACTOR.get()
    if actor is not None:
        connection.execute("SELECT set_config('cc.actor', %s, true)", (actor,))
