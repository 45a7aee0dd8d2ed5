"""Statements that say the same thing about each of many columns, every name quoted by the driver."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from cc_common.db import compose

if TYPE_CHECKING:
    from psycopg.sql import Composed


def repeated(
    query: str, phrases: Mapping[str, str], columns: Iterable[Mapping[str, str]], /, **identifiers: str | Sequence[str]
) -> Composed:
    """`query` with each {slot} of `phrases` replaced by its phrase said once for each column, comma between.

    A phrase's {placeholders} are the column's own identifiers; # is its number, from 1.
    """
    names = list(columns)
    numbered = {f"{key}_{at}": value for at, column in enumerate(names, 1) for key, value in column.items()}
    for slot, phrase in phrases.items():
        query = query.replace(f"{{{slot}}}", ", ".join(_said(phrase, at) for at in range(1, len(names) + 1)))
    return compose(query, **identifiers, **numbered)


def _said(phrase: str, number: int) -> str:
    bare = re.sub(r"^--.*\n", "", phrase, flags=re.MULTILINE)
    return re.sub(r"\{(\w+)\}", rf"{{\1_{number}}}", bare).replace("#", str(number))
