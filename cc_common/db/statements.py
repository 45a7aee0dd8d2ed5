"""Named SQL statements of cc_common/sql/queries: composed with quoted identifiers, and run."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Final

from psycopg import RawCursor, errors, sql
from psycopg.rows import RowFactory

from cc_common.core.errors import SetupError
from cc_common.db.pool import Connection

SQL: Final = Path(__file__).resolve().parent.parent / "sql"
_NAME: Final = re.compile(r"^-- name: (\w+)\s*$", re.MULTILINE)
_PLACE: Final = re.compile(r"%\((\w+)\)s")


@cache
def queries(name: str) -> Mapping[str, str]:
    """Loads the named statements of sql/queries/<name>.sql."""
    _, *parts = _NAME.split((SQL / "queries" / f"{name}.sql").read_text("utf-8"))
    return dict(zip(parts[::2], (body.strip() for body in parts[1::2]), strict=True))


def fetch(
    connection: Connection, query: str, parameters: Mapping[str, Any], rows: RowFactory[Any] | None = None
) -> list[Any]:
    """All rows of a read, in one round trip; SetupError where a table or column of the plant is missing.

    The result is binary, so that a real is exactly its float.
    The server receives $1 for %(name)s: the driver would search long texts for names at every run.
    """
    text, names = _numbered(query)
    cursor: RawCursor[Any] = RawCursor(connection, row_factory=rows or connection.row_factory)
    try:
        with cursor:
            return cursor.execute(text, [parameters[name] for name in names], binary=True).fetchall()
    except (errors.UndefinedTable, errors.UndefinedColumn) as exc:
        what = f"{exc.diag.message_primary}; make check names all that is missing"
        raise SetupError(f"The plant's tables differ from its catalogue: {what}.") from exc


def compose(query: str, **identifiers: str | Sequence[str]) -> sql.Composed:
    """`query` with {placeholders} as quoted identifiers: "rollup.x" is qualified, a sequence becomes a list."""
    return _composed(query, tuple((k, v if isinstance(v, str) else tuple(v)) for k, v in identifiers.items()))


@lru_cache(maxsize=1024)
def _numbered(query: str) -> tuple[str, tuple[str, ...]]:
    """Replaces names by numbers; returns the text, and the names in that order."""
    names = tuple(dict.fromkeys(_PLACE.findall(query)))
    return _PLACE.sub(lambda found: f"${names.index(found[1]) + 1}", query), names


@lru_cache(maxsize=4096)
def _composed(query: str, identifiers: tuple[tuple[str, str | tuple[str, ...]], ...]) -> sql.Composed:
    """Caches the rendered text: quoting the names of a wide table takes longer than many a statement runs."""
    text = sql.SQL(query).format(**{key: _identifiers(value) for key, value in identifiers}).as_string()
    return sql.Composed([sql.SQL(text)])


def _identifiers(value: str | Sequence[str]) -> sql.Composable:
    if isinstance(value, str):
        return sql.Identifier(*value.split("."))
    return sql.SQL(", ").join(_identifiers(v) for v in value)
