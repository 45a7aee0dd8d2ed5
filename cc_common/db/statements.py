"""SQL lives in cc_common/sql/queries; here it is read, and identifiers are put in, quoted, never as values."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Final

from psycopg import sql

SQL: Final = Path(__file__).resolve().parent.parent / "sql"
_NAME: Final = re.compile(r"^-- name: (\w+)\s*$", re.MULTILINE)


@cache
def queries(name: str) -> Mapping[str, str]:
    """The named statements of sql/queries/<name>.sql."""
    _, *parts = _NAME.split((SQL / "queries" / f"{name}.sql").read_text("utf-8"))
    return dict(zip(parts[::2], (body.strip() for body in parts[1::2]), strict=True))


def compose(query: str, **identifiers: str | Sequence[str]) -> sql.Composed:
    """`query` with {placeholders} as quoted identifiers: "rollup.x" is qualified, a sequence becomes a list."""
    return _composed(query, tuple((k, v if isinstance(v, str) else tuple(v)) for k, v in identifiers.items()))


@lru_cache(maxsize=4096)
def _composed(query: str, identifiers: tuple[tuple[str, str | tuple[str, ...]], ...]) -> sql.Composed:
    """Kept as rendered text: quoting the names of a wide table takes longer than many a statement runs."""
    text = sql.SQL(query).format(**{key: _identifiers(value) for key, value in identifiers}).as_string()
    return sql.Composed([sql.SQL(text)])


def _identifiers(value: str | Sequence[str]) -> sql.Composable:
    if isinstance(value, str):
        return sql.Identifier(*value.split("."))
    return sql.SQL(", ").join(_identifiers(v) for v in value)
