"""Named statements and identifiers put into them."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cc_common.db import compose, queries
from cc_common.db.statements import SQL

NAMES = [path.stem for path in sorted((SQL / "queries").glob("*.sql"))]


@pytest.mark.parametrize("noun", NAMES)
def test_every_query_has_a_name_of_its_own_and_a_body(noun: str) -> None:
    marked = re.findall(r"^-- name: (.*)$", (SQL / "queries" / f"{noun}.sql").read_text("utf-8"), re.MULTILINE)
    assert sorted(queries(noun)) == sorted(marked) and all(queries(noun).values())


def test_a_sequence_becomes_a_list_and_a_dot_qualifies() -> None:
    text = compose("INSERT INTO {table} ({columns})", table="rollup.ahu_daily", columns=["ts", "rows"]).as_string()
    assert text == 'INSERT INTO "rollup"."ahu_daily" ("ts", "rows")'


@given(st.text(min_size=1).filter(lambda name: "." not in name and "\0" not in name))
def test_no_name_leaves_its_quotes(name: str) -> None:
    text = compose("{name}", name=name).as_string()
    assert text[0] == text[-1] == '"' and text[1:-1].replace('""', "") == name.replace('"', "")


def test_a_missing_identifier_is_an_error_of_the_caller() -> None:
    with pytest.raises(KeyError):
        compose("SELECT 1 FROM {table}")
