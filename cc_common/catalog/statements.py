"""Statements that say the same thing about each of many columns, every name quoted by the driver."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from cc_common.db import compose

if TYPE_CHECKING:
    from psycopg.sql import Composed


def repeated(
    query: str, slot: str, phrase: str, names: Iterable[Mapping[str, str]], **identifiers: str | Sequence[str]
) -> Composed:
    """`query` with {slot} replaced by `phrase` once for each of `names`, comma between."""
    phrase = re.sub(r"^--.*\n", "", phrase, flags=re.MULTILINE)
    said: list[str] = []
    given: dict[str, str | Sequence[str]] = dict(identifiers)
    for number, name in enumerate(names):
        said.append(re.sub(r"\{(\w+)\}", rf"{{\1_{number}}}", phrase))
        given |= {f"{key}_{number}": value for key, value in name.items()}
    return compose(query.replace(f"{{{slot}}}", ", ".join(said)), **given)
