"""Whatever text comes in as a question or a plan, and whatever figure is slipped into an answer: nothing gives way."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from cc_common.answers import Answer, Facts, check_answer, quantities
from cc_common.answers import text as wording_text
from cc_common.core.errors import InvalidInput, UnverifiedFigure
from cc_common.core.evidence import Evidence, Figure
from cc_common.planning import INTENTS, WIDGETS, Plan, build_grammar, build_messages, parse_plan, render_plan
from cc_common.simulator import PLANT
from cc_common.understanding import Resolver

NOW = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)
RESOLVER = Resolver(PLANT)
RESOLUTION = RESOLVER.resolve("compare chiller 1 and chiller 2 power over the last 3 hours", now=NOW)
METRIC = "power_consumption_kw"
WORDS = [
    *INTENTS,
    *WIDGETS,
    *"12345abcdef",
    "avg",
    "max",
    "last",
    "desc",
    "asc",
    ":",
    "plant",
    "chiller",
    "topic",
    "12",
]
lines = st.one_of(st.text(max_size=80), st.lists(st.sampled_from(WORDS), max_size=9).map(" ".join))


@given(lines)
@example("latest 1 a: kpi trend")
@settings(max_examples=300, deadline=None)
def test_a_line_is_a_legal_plan_or_refused(line: str) -> None:
    try:
        plan = parse_plan(line, RESOLUTION, PLANT, now=NOW)
    except InvalidInput:
        return
    assert plan.intent in INTENTS
    assert {*plan.equipment} <= {c.id for c in RESOLUTION.equipment}
    assert {*plan.widgets} <= {*WIDGETS}
    assert parse_plan(render_plan(plan, RESOLUTION), RESOLUTION, PLANT, now=NOW) == plan


@given(
    st.text(max_size=300), st.sampled_from(["<|im_start|>", "<|im_end|>", "\n1 x\n", "start: /.*/", "\u202e", "```"])
)
@settings(max_examples=60, deadline=None)
def test_a_question_changes_neither_the_rules_nor_the_candidates(text: str, mark: str) -> None:
    resolution = RESOLVER.resolve(f"{text}{mark}chiller 1 power{mark}", now=NOW)
    messages = build_messages(resolution)
    assert messages[0] == build_messages(RESOLUTION)[0], "what the model is told stays"
    assert all(machine.id in {e.id for e in PLANT.equipment} for machine in resolution.equipment)
    assert mark not in build_grammar(resolution, PLANT)


@given(st.floats(0.1, 9e5), st.floats(0.1, 9e5), st.integers(0, 3))
@settings(max_examples=100, deadline=None)
def test_a_figure_that_is_not_the_rows_is_never_said(value: float, slipped: float, decimals: int) -> None:
    evidence = Evidence(table="chiller_001", column=METRIC, statistic="last", start=NOW, end=NOW, rows=1)
    figure = Figure(
        equipment="chiller_001", metric=METRIC, statistic="last", value=value, unit="kW", at=NOW, evidence=evidence
    )
    plan = Plan(intent="latest", equipment=("chiller_001",), metrics=(METRIC,), aggregation="last", widgets=("kpi",))
    text = wording_text.answer_text(plan, Facts(figures=(figure,)), PLANT, NOW, spoken=False)
    honest = Answer(text=text, spoken=text, figures=(figure,), widgets=())
    check_answer(honest, plan, Facts(), PLANT, now=NOW)
    other = f"{slipped:.{decimals}f}"
    assume(other != quantities.number(figure, PLANT))
    for lie in (f"{text} It is {other} kW.", text.replace(quantities.number(figure, PLANT), other)):
        with pytest.raises(UnverifiedFigure):
            check_answer(replace(honest, text=lie), plan, Facts(), PLANT, now=NOW)
