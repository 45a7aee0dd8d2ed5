"""Answers over a real plant: each figure equals plain SQL over its evidence, for every intent."""

from __future__ import annotations

import math
from datetime import UTC, datetime

import psycopg
import pytest
from psycopg import sql

from cc_common.answers import Answer, compose_answer
from cc_common.core.evidence import Figure
from cc_common.db import Database
from cc_common.planning import Plan, parse_plan
from cc_common.simulator import PLANT
from cc_common.understanding import Resolver
from tests.support.answer_sources import plant_sources

NOW = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)
RESOLVER = Resolver(PLANT)
ASKED = [
    ("Show chiller 1 power", "latest 1 a: kpi trend gauge statistics table"),
    ("chiller 1 and chiller 2 power", "latest 1 2 a: kpi"),
    ("chiller 1 power over the last 3 hours by 15 minutes", "trend 1 a avg: trend statistics"),
    ("highest power of chiller 1 yesterday", "statistics 1 a max: statistics kpi"),
    ("energy used by energy meter 3 yesterday", "statistics 1 a delta: kpi trend"),
    ("how many trips did lift 2 make today", "statistics 1 a sum: statistics"),
    ("compare chiller 1 and chiller 2 power", "compare 1 2 a avg: comparison trend"),
    ("compare pump 1, 2 and 3 vibration now", "compare 1 2 3 a last: comparison"),
    ("which chiller has the highest power", "rank chiller a last desc: ranking kpi"),
    ("lowest fan power of AHUs yesterday", "rank ahu a avg asc: ranking table"),
    ("list the boilers", "list boiler: table ranking"),
    ("how is pump 2", "summary 1: summary kpi trend"),
    ("how are the transformers", "summary transformer: summary"),
    ("how is the plant", "summary plant: summary table"),
]
PLAIN = {
    "avg": "avg({c}::float8)",
    "min": "min({c})::float8",
    "max": "max({c})::float8",
    "sum": "sum({c}::float8)",
    "count": "count({c})::float8",
    "last": "(array_agg({c} ORDER BY ts DESC) FILTER (WHERE {c} IS NOT NULL))[1]::float8",
    "delta": "(array_agg({c} ORDER BY ts DESC) FILTER (WHERE {c} IS NOT NULL))[1]::float8"
    " - (array_agg({c} ORDER BY ts) FILTER (WHERE {c} IS NOT NULL))[1]::float8",
}


def ask(question: str, line: str, database: Database, app: Database | None = None) -> tuple[Plan, Answer]:
    plan = parse_plan(line, RESOLVER.resolve(question, now=NOW), PLANT, now=NOW)
    return plan, compose_answer(plan, plant_sources(database, app), now=NOW)


def plain_sql(figure: Figure, database: Database) -> tuple[float, int]:
    e = figure.evidence
    query = sql.SQL("SELECT " + PLAIN[e.statistic] + ", count({c}) FROM {t} WHERE ts >= %s AND ts < %s").format(
        c=sql.Identifier(e.column), t=sql.Identifier(e.table)
    )
    with psycopg.connect(database.dsn) as connection:
        value, rows = connection.execute(query, (e.start, e.end)).fetchone() or (math.nan, 0)
        return value, rows


@pytest.mark.parametrize(("question", "line"), ASKED)
def test_every_figure_equals_plain_sql_over_its_evidence(question: str, line: str, plant: Database) -> None:
    _, answer = ask(question, line, plant)
    assert answer.figures
    for figure in answer.figures:
        value, rows = plain_sql(figure, plant)
        assert figure.value == pytest.approx(value, rel=1e-9) and figure.evidence.rows == rows


@pytest.mark.parametrize(("question", "line"), ASKED)
def test_widgets_come_in_the_plans_order_and_name_their_figures(question: str, line: str, plant: Database) -> None:
    plan, answer = ask(question, line, plant)
    assert [w.type for w in answer.widgets] == list(plan.widgets)
    for widget in answer.widgets:
        items = widget.data.get("items", [widget.data] if "value_index" in widget.data else [])
        assert items or widget.data["series"]
        assert all(answer.figures[i["value_index"]].value == i["value"] for i in items)


def test_the_newest_power_is_spoken_with_its_unit(plant: Database) -> None:
    _, answer = ask("Show chiller 1 power", "latest 1 a: kpi", plant)
    assert answer.spoken.startswith("Chiller 1 power consumption is ")
    assert f"{answer.figures[0].value:,.1f} kilowatts" in answer.spoken


def test_a_machine_without_readings_gets_no_number(plant: Database) -> None:
    _, answer = ask("Show chiller 9 power", "latest 1 a: kpi trend", plant)
    assert answer.figures == () and answer.widgets == ()
    assert answer.text == "There are no readings of Chiller 9."


def test_a_step_too_fine_for_the_window_gives_way(plant: Database) -> None:
    _, answer = ask("chiller 1 power over the past year by minute", "trend 1 a avg: trend", plant)
    curve = answer.widgets[0].data["series"][0]
    assert curve["step"] == "P1D" and len(curve["points"]) <= 370
