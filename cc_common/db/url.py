"""A DSN as SQLAlchemy writes it, for Airflow."""

from __future__ import annotations

from typing import Final
from urllib.parse import quote

from psycopg import conninfo

_ELSEWHERE: Final = ("user", "password", "dbname")


def url_of(dsn: str, scheme: str) -> str:
    """The URL of a DSN; host, port and the rest as parameters, which also hold the folder of a Unix socket."""
    parts = {name: str(value) for name, value in conninfo.conninfo_to_dict(dsn).items()}
    user, database = quote(parts.get("user", ""), safe=""), quote(parts.get("dbname", ""), safe="")
    secret = f":{quote(parts['password'], safe='')}" if "password" in parts else ""
    where = "&".join(f"{k}={quote(v, safe='')}" for k, v in parts.items() if k not in _ELSEWHERE)
    return f"{scheme}://{user}{secret}@/{database}?{where}"
