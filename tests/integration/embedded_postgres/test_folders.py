"""The embedded PostgreSQL in odd folders, on full disks, after a half-done set-up, in a strange environment."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from cc_common.core.errors import SetupError
from cc_common.core.settings import Settings
from cc_common.db import EmbeddedServer, open_databases
from cc_common.embedded_postgres.programs import Account


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="cc-tests-") as path:
        yield Path(path)


def answers(server: EmbeddedServer) -> bool:
    with psycopg.connect(server.dsn("cc_app")) as connection:
        return connection.execute("SELECT 1").fetchone() == (1,)


def test_a_killed_initdb_leaves_nothing_behind(folder: Path) -> None:
    half = folder / "postgres.new1"
    half.mkdir()
    (half / "PG_VERSION").write_text("18")
    with EmbeddedServer(folder) as server:
        assert server.pid is not None


def test_a_long_path_is_no_obstacle(folder: Path) -> None:
    deep = folder / ("long" * 30)
    with open_databases(Settings(_env_file=None, data_dir=deep)) as databases:  # type: ignore[call-arg]
        for database in (databases.app, databases.timeseries):
            with database.connection() as connection:
                assert connection.execute("SELECT 1").fetchone()


def test_a_strangers_folder_is_not_taken_for_the_socket(folder: Path) -> None:
    (folder / "planted").symlink_to(folder)
    ours = Account(uid=os.geteuid(), gid=os.getegid(), foreign=False)
    with pytest.raises(SetupError, match="somebody else"):
        ours.take(folder / "planted")


def test_programs_that_root_installed_for_itself_can_be_run_by_others(folder: Path) -> None:
    programs = folder / "installed" / "bin"
    programs.mkdir(parents=True)
    (programs / "postgres").touch(0o700)
    (folder / "installed").chmod(0o700)
    Account(uid=os.geteuid(), gid=os.getegid(), foreign=True).may_run(programs)
    assert (programs / "postgres").stat().st_mode & 0o777 == 0o755


def test_names_that_mean_something_to_a_shell_are_only_names(folder: Path) -> None:
    odd = folder / 'the plant\'s "$HOME" `id`, ü'
    with EmbeddedServer(odd, durable=False) as server:
        assert answers(server)


def test_the_users_postgresql_variables_have_no_say(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"PGPORT": "5999", "PGDATA": "/nowhere", "PGHOST": "example.org", "LC_ALL": "xx_YY"}.items():
        monkeypatch.setenv(name, value)
    with EmbeddedServer(folder, durable=False) as server:
        assert answers(server)


def test_another_version_of_postgresql_is_reported(folder: Path) -> None:
    (folder / "postgres").mkdir()
    (folder / "postgres" / "PG_VERSION").write_text("9\n")
    with pytest.raises(SetupError, match="made by PostgreSQL 9"):
        EmbeddedServer(folder).__enter__()


def test_a_file_in_the_way_is_reported(folder: Path) -> None:
    (folder / "data").write_text("")
    with pytest.raises(SetupError, match="cannot be used"):
        EmbeddedServer(folder / "data").__enter__()


@pytest.fixture
def small_disk(folder: Path) -> Iterator[Path]:
    """A disk of 30 MB, where we may make one."""
    disk = folder / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=30m", "tmpfs", str(disk)], capture_output=True).returncode:
        pytest.skip("mounting a file system needs root")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def test_a_full_disk_is_reported_and_the_next_try_continues(small_disk: Path) -> None:
    with pytest.raises(SetupError, match="is full"):
        EmbeddedServer(small_disk).__enter__()
    assert not list(small_disk.glob("postgres*/*"))
    subprocess.run(["mount", "-o", "remount,size=200m", str(small_disk)], check=True)
    with EmbeddedServer(small_disk) as server:
        assert answers(server)


def test_a_disk_that_filled_up_later_is_reported_too(small_disk: Path) -> None:
    subprocess.run(["mount", "-o", "remount,size=200m", str(small_disk)], check=True)
    with EmbeddedServer(small_disk):
        pass
    with suppress(OSError):
        (small_disk / "film").write_bytes(bytes(200_000_000))
    with pytest.raises(SetupError, match="is full"), EmbeddedServer(small_disk) as server:
        answers(server)
    (small_disk / "film").unlink()
    with EmbeddedServer(small_disk) as server:
        assert answers(server)
