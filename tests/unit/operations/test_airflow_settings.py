"""Airflow's settings: metadata in PostgreSQL, secrets kept to their owner, loopback."""

from __future__ import annotations

import stat
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from cc_common.__main__ import main
from cc_common.core.settings import Settings
from cc_common.db import url_of
from cc_common.operations.airflow_settings import environment, password

SOCKET = "host=/tmp/a-folder port=5432 user=postgres dbname=cc_airflow"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(_env_file=None, data_dir=tmp_path)


@pytest.mark.parametrize(
    ("dsn", "user", "host"),
    [
        (SOCKET, "postgres", "/tmp/a-folder"),
        ("postgresql://me:p%40ss@db.example:6543/flow", "me", "db.example"),
    ],
)
def test_a_dsn_as_sqlalchemy_writes_it(dsn: str, user: str, host: str) -> None:
    found = urlsplit(url_of(dsn, "postgresql+psycopg"))
    assert (found.scheme, found.username) == ("postgresql+psycopg", user)
    assert parse_qs(found.query)["host"] == [host]


def test_a_password_survives_quoting() -> None:
    assert "p%40s%2Fs" in url_of("host=h user=u password=p@s/s dbname=d", "x")


def test_airflow_keeps_to_loopback_and_postgresql(settings: Settings) -> None:
    found = environment(settings, SOCKET)
    assert found["AIRFLOW__API__HOST"] == "127.0.0.1"
    assert found["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_ASYNC"].startswith("postgresql+psycopg_async://")
    assert found["AIRFLOW__CORE__DEFAULT_TIMEZONE"] == "Asia/Kolkata"


def test_secrets_are_made_once_and_kept_to_their_owner(settings: Settings) -> None:
    first = environment(settings, SOCKET)
    assert environment(settings, SOCKET) == first
    assert password(settings) == password(settings) != ""
    for name in ("passwords.json", "jwt_secret", "secret_key"):
        assert stat.S_IMODE((settings.data_dir / "airflow" / name).stat().st_mode) == 0o600


def test_a_part_by_itself_needs_a_database_that_outlives_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)  # no .env is read
    monkeypatch.setenv("CC_DATA_DIR", str(tmp_path))
    monkeypatch.delenv("CC_AIRFLOW_DSN", raising=False)
    assert main(["airflow", "exec", "version"]) == 1
    assert "CC_AIRFLOW_DSN" in capsys.readouterr().err
