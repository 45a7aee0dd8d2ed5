"""The embedded PostgreSQL, used by many at once and killed: one server, no lost commit, nothing left behind."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import psycopg
import pytest

from cc_common.core.errors import DatabaseUnavailable, SetupError
from cc_common.db import Database, EmbeddedServer
from cc_common.embedded_postgres import cluster
from cc_common.embedded_postgres.cluster import FileLock

ANOTHER = """
import sys; from pathlib import Path; from cc_common.db import EmbeddedServer
with EmbeddedServer(Path(sys.argv[1]), durable=False, own=len(sys.argv) > 2) as server:
    print(server.pid, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="cc-tests-") as path:
        yield Path(path)


@contextmanager
def another(folder: Path, *, own: bool = False) -> Iterator[subprocess.Popen[str]]:
    """Another process that uses the server, once it does."""
    command = [sys.executable, "-c", ANOTHER, str(folder), *(["own"] if own else [])]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout and process.stdout.readline().strip().isdigit()
        yield process


def one(database: Database) -> int:
    with database.connection() as connection:
        return int(connection.execute("SELECT 1").fetchone()[0])  # type: ignore[index]


def answers(server: EmbeddedServer) -> bool:
    with psycopg.connect(server.dsn("cc_app")) as connection:
        return connection.execute("SELECT 1").fetchone() == (1,)


def kill(server: EmbeddedServer) -> None:
    assert server.pid
    os.kill(server.pid, signal.SIGKILL)


def test_whoever_starts_the_server_stops_it_and_others_join(folder: Path) -> None:
    with EmbeddedServer(folder) as owner:
        with EmbeddedServer(folder) as guest:
            assert guest.pid == owner.pid
        assert owner.pid is not None
    assert EmbeddedServer(folder).pid is None


def test_two_starts_at_once_make_one_server(folder: Path) -> None:
    command = [sys.executable, "-c", ANOTHER, str(folder)]
    both = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    assert len({p.stdout.readline() for p in both if p.stdout}) == 1
    for process in both:
        process.communicate("")
    assert EmbeddedServer(folder).pid is None


def test_the_starter_leaves_and_the_last_one_out_stops_the_server(folder: Path) -> None:
    with EmbeddedServer(folder, durable=False) as starter, another(folder) as guest:
        pid = starter.pid
        starter.stop()
        assert starter.pid == pid
        guest.communicate("")
        assert starter.pid is None


def test_an_owner_stops_the_server_whoever_uses_it(folder: Path) -> None:
    with another(folder) as guest:
        with EmbeddedServer(folder, own=True) as owner:
            assert answers(owner)
        assert owner.pid is None
        guest.communicate("")


def test_a_killed_owners_server_waits_for_the_next_owner(folder: Path) -> None:
    with another(folder, own=True) as killed:
        with EmbeddedServer(folder) as guest:
            killed.kill()
            killed.wait()
            pid = guest.pid
        assert guest.pid == pid is not None
    with EmbeddedServer(folder, own=True) as owner:
        assert owner.pid == pid
    assert owner.pid is None


def test_a_killed_user_counts_no_more(folder: Path) -> None:
    with another(folder) as starter:
        with EmbeddedServer(folder) as guest:
            starter.kill()
            starter.wait()
            assert answers(guest)
        assert guest.pid is None


def test_killed_under_load_nothing_committed_is_lost_and_everybody_is_back(folder: Path) -> None:
    with EmbeddedServer(folder) as server:
        database = Database(server.dsn("cc_app"), pool_size=4, timeout_s=5, name="load")
        with database.transaction() as connection:
            connection.execute("CREATE TABLE kept (n int PRIMARY KEY)")
        load = Load(database)
        with load.running(threads=3):
            time.sleep(0.5)
            kill(server)
            time.sleep(0.5)
            server.ensure_running()
            time.sleep(0.5)
        with database.connection() as connection:
            kept = {row.n for row in connection.execute("SELECT n FROM kept")}
        assert load.acknowledged <= kept and load.failures and load.recovered
        database.close()


class Load:
    """Writers that note what was acknowledged."""

    def __init__(self, database: Database) -> None:
        self.database, self.ended = database, threading.Event()
        self.acknowledged: set[int] = set()
        self.failures, self.recovered = 0, False

    @contextmanager
    def running(self, *, threads: int) -> Iterator[None]:
        writers = [threading.Thread(target=self.write, args=(start,)) for start in range(threads)]
        for writer in writers:
            writer.start()
        yield
        self.ended.set()
        for writer in writers:
            writer.join()

    def write(self, n: int) -> None:
        while not self.ended.is_set():
            n += 10
            try:
                with self.database.transaction() as connection:
                    connection.execute("INSERT INTO kept VALUES (%s)", (n,))
            except DatabaseUnavailable:
                self.failures += 1
                time.sleep(0.01)
            else:
                self.acknowledged.add(n)
                self.recovered = self.failures > 0


def test_a_backend_too_busy_to_notice_is_ended_and_leaves_no_shared_memory(folder: Path) -> None:
    before = set(Path("/dev/shm").glob("PostgreSQL.*"))
    with EmbeddedServer(folder) as server:
        busy = threading.Thread(target=count_for_long, args=(server,))
        busy.start()
        time.sleep(0.5)
        kill(server)
        server.ensure_running()
        busy.join(10)
        assert answers(server) and not busy.is_alive()
    assert set(Path("/dev/shm").glob("PostgreSQL.*")) <= before


def count_for_long(server: EmbeddedServer) -> None:
    with suppress(psycopg.OperationalError), psycopg.connect(server.dsn("cc_app")) as connection:
        connection.execute("SELECT count(*) FROM generate_series(1, 10000) a, generate_series(1, 100000) b")


def test_a_pid_file_of_another_process_is_not_believed(folder: Path) -> None:
    with EmbeddedServer(folder):
        pass
    (folder / "postgres" / "postmaster.pid").write_text(f"{os.getpid()}\n{folder}\n")
    with EmbeddedServer(folder) as server:
        assert server.pid not in (None, os.getpid())


def test_the_servers_processes_hold_a_lock_as_long_as_they_live(folder: Path) -> None:
    lock = FileLock(folder / "postgres" / "server.lock")
    with EmbeddedServer(folder, durable=False), pytest.raises(TimeoutError), lock.exclusive(patience_s=0):
        pass
    with lock.exclusive(patience_s=1):
        pass


def test_a_server_that_cannot_be_seen_keeps_its_data_to_itself(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with EmbeddedServer(folder, durable=False):
        pass
    monkeypatch.setattr(cluster, "_LEAVE_S", 0.1)
    unseen = FileLock(folder / "postgres" / "server.lock")
    with unseen.exclusive(), pytest.raises(SetupError, match="not to be seen from here"):
        EmbeddedServer(folder).__enter__()


def test_a_server_whose_socket_was_removed_is_started_anew(folder: Path) -> None:
    with EmbeddedServer(folder, durable=False) as server:
        before = server.pid
        (folder / "postgres" / ".s.PGSQL.5432").unlink()
        server.ensure_running()
        assert answers(server) and server.pid != before


def test_a_server_whose_folder_was_removed_makes_way(folder: Path) -> None:
    with EmbeddedServer(folder, durable=False) as server:
        old = psutil.Process(server.pid)
        shutil.rmtree(folder / "postgres")
        server.ensure_running()
        assert answers(server) and server.pid != old.pid and not old.is_running()
