"""Manages the files of one PostgreSQL cluster: creates, starts and stops it, also after a crash."""

from __future__ import annotations

import fcntl
import os
import shlex
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Final

import psutil
from psycopg import conninfo, pq

from cc_common.core.errors import SetupError
from cc_common.embedded_postgres.programs import (
    PORT,
    SOCKET,
    Account,
    Log,
    account_for,
    check_version,
    programs,
    run,
    socket_folder,
)

_LOOK_EVERY_S: Final = 0.05


class FileLock:
    """A lock on a file, created if missing. Read access is sufficient, so another user's file works too."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._shared: int | None = None

    @property
    def held(self) -> bool:
        """Tells whether this object shares the lock."""
        return self._shared is not None

    @contextmanager
    def exclusive(self, *, patience_s: float | None = None) -> Iterator[int]:
        """Acquires the lock exclusively, as its file descriptor; waits without limit, or raises TimeoutError.

        A process that inherits the descriptor keeps the lock.
        """
        descriptor = self._open()
        try:
            _wait(descriptor, patience_s)
            yield descriptor
        finally:
            os.close(descriptor)

    def share(self) -> None:
        """Holds the lock shared with others until `release`."""
        if self._shared is None:
            self._shared = self._open()
            fcntl.flock(self._shared, fcntl.LOCK_SH)

    def is_ours_alone(self) -> bool:
        """Tells whether no other process shares the lock; then keeps others out."""
        return self._shared is not None and _try(self._shared)

    def release(self) -> None:
        """Ends `share`."""
        if self._shared is not None:
            os.close(self._shared)
            self._shared = None

    def _open(self) -> int:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        return os.open(self._path, os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC, 0o644)


def _wait(descriptor: int, patience_s: float | None) -> None:
    if patience_s is None:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        return
    deadline = time.monotonic() + patience_s
    while not _try(descriptor):
        if time.monotonic() > deadline:
            raise TimeoutError
        time.sleep(_LOOK_EVERY_S)


def _try(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


SUPERUSER: Final = "postgres"
_PATIENCE_S: Final = 900  # recovery after a crash replays up to max_wal_size
_LEAVE_S: Final = 10.0  # for processes that were killed
_OPTIONS: Final = {
    "listen_addresses": "",
    "port": str(PORT),
    "shared_buffers": "256MB",
    "max_connections": "100",
    "jit": "off",
    "wal_level": "minimal",  # the server has no replicas; a load into a new table then writes no WAL
    "max_wal_senders": "0",
    "max_wal_size": "2GB",
    "wal_compression": "on",
    "log_min_messages": "warning",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
_FORGETFUL: Final = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
# The same sort order of text on every machine, regardless of its locales.
_INITDB: Final = (
    "--auth=trust",
    "--encoding=UTF8",
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
)


class Cluster:
    """A PostgreSQL in the folder `data`. Its methods must not run in two processes at the same time."""

    def __init__(self, data: Path, *, durable: bool) -> None:
        self.data, self.socket = data, socket_folder(data)
        self._durable = durable
        self._log = Log(data / "server.log")
        self._living = FileLock(data / "server.lock")  # held by the server's processes, whatever postmaster.pid says

    def ensure_ready(self) -> bool:
        """Starts it, or waits for its recovery; returns whether it was started. SetupError when it does not start."""
        if self._is_there() and self._answers():
            return False
        self.stop()  # it runs unreachable, or not at all
        self._initialise()
        self._start()
        return True

    def stop(self) -> None:
        """Stops the server: sessions are terminated, committed data is kept."""
        if self.postmaster() is not None:
            try:
                self._control("stop", "-m", "fast", patience_s=60)
            except SetupError:  # it hangs, or cannot write; the next start recovers
                self._control("stop", "-m", "immediate", patience_s=20)
        if self.socket != self.data:
            shutil.rmtree(self.socket, ignore_errors=True)

    def postmaster(self) -> int | None:
        """The postmaster's process id; None when it does not run."""
        try:
            pid = int((self.data / "postmaster.pid").read_text().split()[0])
            process = psutil.Process(pid)
            ours = process.name() == "postgres" and Path(process.cwd()) == self.data
        except (OSError, ValueError, IndexError, psutil.Error):
            return None
        return pid if ours and process.status() != psutil.STATUS_ZOMBIE else None

    def explained(self, message: str) -> str:
        """Adds to `message` how to recover from a full disk, if the disk is full."""
        return self._log.explained(message)

    @cached_property
    def _account(self) -> Account:
        return account_for(self.data)

    def _is_there(self) -> bool:
        return self.postmaster() is not None or self._ping() != pq.Ping.NO_RESPONSE

    def _answers(self) -> bool:
        """Waits during recovery; False when the server ends, or its socket was removed."""
        deadline = time.monotonic() + _PATIENCE_S
        while self._ping() != pq.Ping.OK:
            if not self._is_there() or self._is_cut_off():
                return False
            if time.monotonic() > deadline:
                raise SetupError(self.explained(f"PostgreSQL in {self.data} runs but does not answer."))
            time.sleep(0.1)
        return True

    def _is_cut_off(self) -> bool:
        """Tells whether the server listens on a socket that was removed from the file system."""
        try:
            ready = "ready" in (self.data / "postmaster.pid").read_text()
        except FileNotFoundError:
            return False
        return ready and not (self.socket / SOCKET).exists()

    def _ping(self) -> int:
        dsn = conninfo.make_conninfo(host=str(self.socket), port=PORT, user=SUPERUSER, connect_timeout=5)
        return pq.PGconn.ping(dsn.encode())

    def _initialise(self) -> None:
        """Runs initdb under a temporary name, so that an interrupted one leaves no folder that looks complete."""
        if (self.data / "PG_VERSION").exists():
            check_version(self.data)
            return
        for left in self.data.parent.glob(f"{self.data.name}.new*"):
            shutil.rmtree(left, ignore_errors=True)
        fresh = self.data.with_suffix(f".new{time.time_ns()}")
        self._account.take(fresh)
        try:
            sync = [] if self._durable else ["--no-sync"]
            self._run("initdb", "-D", str(fresh), "-U", SUPERUSER, *_INITDB, *sync)
            fresh.rename(self.data)
        except BaseException:
            shutil.rmtree(fresh, ignore_errors=True)
            raise

    def _start(self) -> None:
        self._end_leftovers()
        with self._sole() as lock:
            for stale in (self.data / "postmaster.pid", *self.socket.glob(".s.PGSQL.*")):
                stale.unlink(missing_ok=True)
            self._account.take(self.socket)
            self._log.turn()
            words = " ".join(f"-c {name}={shlex.quote(value)}" for name, value in self._options().items())
            self._control("start", "-l", self._log.path.name, "-o", words, patience_s=_PATIENCE_S, keep=lock)

    def _options(self) -> dict[str, str]:
        socket = {"unix_socket_directories": str(self.socket)}
        return _OPTIONS | socket | ({} if self._durable else _FORGETFUL)

    @contextmanager
    def _sole(self) -> Iterator[int]:
        try:
            with self._living.exclusive(patience_s=_LEAVE_S) as descriptor:
                yield descriptor
        except TimeoutError as exc:
            raise SetupError(f"A PostgreSQL not to be seen from here (a container's?) uses {self.data}.") from exc

    def _end_leftovers(self) -> None:
        """Ends processes that outlived a killed postmaster: they hold its shared memory; their work is lost."""
        left = [each for each in psutil.process_iter(["name"]) if each.info["name"] == "postgres" and self._in_it(each)]
        for process in left:
            process.kill()
        psutil.wait_procs(left, timeout=_LEAVE_S)

    def _in_it(self, process: psutil.Process) -> bool:
        try:
            return Path(process.cwd()) == self.data
        except psutil.Error:
            return False

    def _control(self, action: str, *arguments: str, patience_s: int, keep: int | None = None) -> None:
        # In the data folder: pg_ctl puts paths into a shell command, where special characters would be expanded.
        self._run("pg_ctl", "-D", ".", "-w", "-t", str(patience_s), *arguments, action, folder=self.data, keep=keep)

    def _run(self, program: str, *arguments: str, folder: Path = Path("/"), keep: int | None = None) -> None:
        self._account.may_run(programs())
        failure = run([str(programs() / program), *arguments], self._account, folder, keep)
        if failure is not None:
            raise SetupError(self.explained(f"PostgreSQL's {program} failed: {failure}"))
