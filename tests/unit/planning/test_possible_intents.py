"""What a question's names, times and words leave open: no hand-written question loses what it means."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from cc_common.core.settings import PROJECT
from cc_common.core.windows import Window
from cc_common.planning import Plan, build_grammar, refuse_unknown_names, understand
from cc_common.planning.intent_rules import allowed_orders, statistic_named
from cc_common.planning.possible_intents import possible_intents
from cc_common.simulator import PLANT
from cc_common.understanding import Resolver
from training.corpus import NOW
from training.evaluate import read_questions

RESOLVER = Resolver(PLANT)
FOLDER = PROJECT / "tests" / "questions"
FILES = (
    *("handwritten", "fresh", "unseen", "blind", "recent", "stranger", "visitor", "newcomer", "passerby"),
    *("operator", "planner", "facility", "crew", "staff", "week", "radio", "tester", "month"),
    "reviewer",
)
UNSOLVED = {  # questions whose metric no rule finds yet, and their files
    "For my log sheet entry I need the supply and the return chilled water temps on chiller 11": "radio",
    "How fast is pump 33 running in percent and how hot is its motor?": "tester",
    "what's the most current pump 41 pulled today?": "month",
    "I am looking for the transformer in which the oil stands lowest": "tester",
}
MARCH = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)
POWER = Plan(
    intent="trend",
    equipment=("chiller_001",),
    metrics=("power_consumption_kw",),
    aggregation="avg",
    window=Window(start=MARCH.replace(day=3), end=MARCH, label="PT24H"),
    widgets=("trend",),
)
HOTTEST = Plan(
    intent="rank",
    equipment_type="pump",
    metrics=("motor_temp_c",),
    aggregation="last",
    order="desc",
    top_n=3,
    widgets=("ranking",),
)


def written(name: str) -> list[dict[str, Any]]:
    return read_questions(FOLDER / f"{name}.jsonl")


@pytest.mark.parametrize("name", FILES)
def test_what_is_meant_is_never_ruled_out(name: str) -> None:
    lost = []
    for question in written(name):
        found = understand(question["question"], RESOLVER, PLANT, now=NOW)
        if refuse_unknown_names(found) is None and question["intent"] not in possible_intents(found):
            lost.append((question["question"], question["intent"], possible_intents(found)))
    assert lost == []


@pytest.mark.parametrize("name", FILES)
def test_the_metrics_that_are_meant_are_candidates(name: str) -> None:
    for question in written(name):
        found = understand(question["question"], RESOLVER, PLANT, now=NOW)
        if question["question"] not in UNSOLVED and refuse_unknown_names(found) is None:
            assert {m.name for m in found.metrics} >= set(question.get("metrics", [])), question


@pytest.mark.parametrize(
    ("name", "text"),
    [
        pytest.param(name, text, marks=pytest.mark.xfail(strict=True, reason="no rule finds the metric that is meant"))
        for text, name in UNSOLVED.items()
    ],
)
def test_the_metrics_of_an_unsolved_question_are_candidates(name: str, text: str) -> None:
    (question,) = (each for each in written(name) if each["question"] == text)
    found = understand(text, RESOLVER, PLANT, now=NOW)
    assert {m.name for m in found.metrics} >= set(question["metrics"])


@pytest.mark.parametrize(
    ("question", "gone"),
    [
        ("chiller 1 power yesterday", {"rank", "list", "forecast", "alerts"}),
        ("plot chiller 1 power", {"latest", "statistics"}),
        ("chiller 1 vibration", {"statistics", "rank", "list", "out_of_scope"}),
        ("power of pumps 3 and 4", {"statistics"}),
        ("order 20 litres of coolant", {"list", "rank"}),
        ("how did the chillers do last week, overall", {"rank"}),
        ("list open alrets for the pumps", {"list"}),
        ("max vibration per day of chiller 23 for last 10 days, line graph", {"statistics", "anomalies"}),
        ("which air compresser has higest oil temp", {"out_of_scope"}),
        ("ups nine load percent thx", {"out_of_scope"}),
        ("are there wranings on lift 12", {"anomalies"}),
        ("any alerm on the fire pumps", {"anomalies", "out_of_scope"}),
        ("visitor comes tomorrow, vibration trend of CH-21, past 30 days", {"forecast"}),
    ],
)
def test_what_cannot_be_meant_is_ruled_out(question: str, gone: set[str]) -> None:
    assert gone.isdisjoint(possible_intents(RESOLVER.resolve(question, now=MARCH)))


@pytest.mark.parametrize(
    ("question", "statistic"),
    [
        ("how warm did the return air get at AHU 50 yesterday", "max"),
        ("how low has pump 3 flow been today", "min"),
        ("avrage discharge pressure air compressor 1 yesterday", "avg"),
        ("chiller 1 power", None),
        ("peak and average load of ups 1", None),
    ],
)
def test_the_statistic_that_is_named(question: str, statistic: str | None) -> None:
    assert statistic_named(question) == statistic


@pytest.mark.parametrize(
    ("question", "order"),
    [
        ("transformers by oil temperature from hot to cold", ("desc",)),
        ("transformers by oil temperature, lowest to highest", ("asc",)),
        ("transformers by oil temperature", ("desc", "asc")),
    ],
)
def test_the_order_that_is_named(question: str, order: tuple[str, ...]) -> None:
    found = RESOLVER.resolve(question, now=MARCH)
    assert allowed_orders(found, found.metrics[0]) == order


def test_a_forecast_is_of_the_time_ahead_and_all_else_of_the_time_that_was() -> None:
    found = RESOLVER.resolve("the auditor comes tomorrow, alerts of the past 12 hours", now=MARCH)
    ahead = [found.lies_ahead(window) for window in found.windows]
    assert sorted(ahead) == [False, True]
    said = build_grammar(found, PLANT)
    alerts = next(line for line in said.splitlines() if line.startswith("alerts:"))
    assert f'" w" ("{ahead.index(False) + 1}")' in alerts


@pytest.mark.parametrize("question", ["pump 3 flow this weak", "pump 3 flow this week"])
def test_this_weak_is_a_week(question: str) -> None:
    assert [w.label for w in RESOLVER.resolve(question, now=MARCH).windows] == ["this_week"]


@pytest.mark.parametrize(
    ("question", "before", "machines", "metric"),
    [
        ("and 7?", POWER, ["chiller_007"], "power_consumption_kw"),
        ("sorry, chiller 9", POWER, ["chiller_009"], "power_consumption_kw"),
        ("i want the average for yesterday", POWER, ["chiller_001"], "power_consumption_kw"),
        ("anything unusual with that chiller?", POWER, ["chiller_001"], "power_consumption_kw"),
        ("zoom out to the past week", POWER, ["chiller_001"], "power_consumption_kw"),
        ("that unit's vibration", POWER, ["chiller_001"], "vibration_mm_s"),
        ("which chiller is the worst on that", POWER, [], "power_consumption_kw"),
    ],
)
def test_what_a_question_only_points_at_is_found(question: str, before: Plan, machines: list[str], metric: str) -> None:
    found = understand(question, RESOLVER, PLANT, now=MARCH, before=before)
    assert ([m.id for m in found.equipment], found.metrics[0].name) == (machines, metric)


@pytest.mark.parametrize(
    ("question", "whole"),
    [
        ("what needs maintenance", "plant"),
        ("Which machines need service soon?", "plant"),
        ("what machines are overdue for maintenance", "plant"),
        ("which chillers need servicing", "chiller"),
    ],
)
def test_what_is_due_is_a_summary(question: str, whole: str) -> None:
    found = understand(question, RESOLVER, PLANT, now=NOW)
    assert possible_intents(found) == ("summary",) and f'summary: "summary " (("{whole}")) ":"' in build_grammar(
        found, PLANT
    )


@pytest.mark.parametrize(
    "question",
    [
        "who does the maintenance",
        "how often does chiller 3 need service",
        "when does pump 2 need service",
        "should I book the service",
        "chiller 3 doesn't need service",
        "which pump service manual",
    ],
)
def test_other_questions_of_service_are_left_to_the_model(question: str) -> None:
    assert "out_of_scope" in possible_intents(understand(question, RESOLVER, PLANT, now=NOW))


def test_a_machine_set_beside_another_is_a_comparison() -> None:
    found = understand("put chiller 9 next to it", RESOLVER, PLANT, now=MARCH, before=POWER)
    assert possible_intents(found) == ("compare",)


def test_now_as_an_opening_keeps_the_window() -> None:
    on_with_it = understand("now the vibration", RESOLVER, PLANT, now=MARCH, before=POWER)
    this_moment = understand("now please", RESOLVER, PLANT, now=MARCH, before=POWER)
    assert [w.label for w in on_with_it.windows] == ["PT24H"] and this_moment.windows == ()


def test_a_ranking_goes_on_with_its_count_and_order() -> None:
    found = understand("and for yesterday", RESOLVER, PLANT, now=MARCH, before=HOTTEST)
    assert (found.numbers, found.order) == ((3,), "desc")
