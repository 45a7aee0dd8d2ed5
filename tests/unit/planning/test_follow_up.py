"""Questions that only make sense after the one before."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from cc_common.core.windows import Window
from cc_common.feedback import to_json_value
from cc_common.planning import Plan, build_grammar, build_messages, parse_plan, plan_of, understand
from cc_common.simulator import PLANT
from cc_common.understanding import Resolution, Resolver

NOW = datetime(2026, 1, 14, 9, 30, tzinfo=UTC)
DAY = Window(start=NOW - timedelta(days=1), end=NOW, label="PT24H")
RESOLVER = Resolver(PLANT)
TREND = Plan(
    intent="trend",
    equipment=("chiller_001",),
    metrics=("power_consumption_kw",),
    aggregation="avg",
    window=DAY,
    widgets=("trend",),
)
RANK = Plan(
    intent="rank", equipment_type="pump", metrics=("vibration_mm_s",), aggregation="last", order="desc", top_n=5,
    widgets=("ranking",),
)  # fmt: skip


def read(question: str, before: Plan | None = TREND) -> Resolution:
    return understand(question, RESOLVER, PLANT, now=NOW, before=before)


def named(found: Resolution) -> tuple[list[str], list[str], list[str | None]]:
    return [e.id for e in found.equipment], [m.name for m in found.metrics], [w.label for w in found.windows]


@pytest.mark.parametrize(
    ("question", "machines", "metric", "window"),
    [
        ("and yesterday?", ["chiller_001"], "power_consumption_kw", "yesterday"),
        ("same for chiller 2", ["chiller_002"], "power_consumption_kw", "PT24H"),
        ("what about its vibration", ["chiller_001"], "vibration_mm_s", "PT24H"),
        ("the maximum?", ["chiller_001"], "power_consumption_kw", "PT24H"),
        ("as a table", ["chiller_001"], "power_consumption_kw", "PT24H"),
        ("compare it with chiller 5", ["chiller_001", "chiller_005"], "power_consumption_kw", "PT24H"),
        ("stack it against chiller 5", ["chiller_001", "chiller_005"], "power_consumption_kw", "PT24H"),
        ("my mistake, wrong tag, I meant chiller 15", ["chiller_015"], "power_consumption_kw", "PT24H"),
        ("do the same one for chiller 8", ["chiller_008"], "power_consumption_kw", "PT24H"),
        ("roger, and the highest it reached?", ["chiller_001"], "power_consumption_kw", "PT24H"),
        ("how has that moved", ["chiller_001"], "power_consumption_kw", "PT24H"),
        ("roger, chiller eight please", ["chiller_008"], "power_consumption_kw", "PT24H"),
        ("and fourteen", ["chiller_014"], "power_consumption_kw", "PT24H"),
        ("the next one, number 8", ["chiller_008"], "power_consumption_kw", "PT24H"),
        ("sorry, 3 against 5", ["chiller_003", "chiller_005"], "power_consumption_kw", "PT24H"),
        ("and 7's", ["chiller_007"], "power_consumption_kw", "PT24H"),
        ("what about 4, 5 and 6", ["chiller_004", "chiller_005", "chiller_006"], "power_consumption_kw", "PT24H"),
        ("compare with 4", ["chiller_001", "chiller_004"], "power_consumption_kw", "PT24H"),
        ("is it higher than 3's?", ["chiller_001", "chiller_003"], "power_consumption_kw", "PT24H"),
        ("is it more than 90?", ["chiller_001"], "power_consumption_kw", "PT24H"),
        ("just 9 instead", ["chiller_009"], "power_consumption_kw", "PT24H"),
        ("from 8", ["chiller_001"], "power_consumption_kw", "PT24H"),
        ("and between 4 and 5?", ["chiller_001"], "power_consumption_kw", "PT24H"),
        ("cruve please", ["chiller_001"], "power_consumption_kw", "PT24H"),
        ("which gives how much vibration", ["chiller_001"], "vibration_mm_s", "PT24H"),
    ],
)
def test_what_is_left_out_is_carried_over(question: str, machines: list[str], metric: str, window: str) -> None:
    found = read(question)
    assert (found.question, found.before) == (question, "trend avg")
    assert named(found) == (machines, [metric], [window])


def test_hours_are_no_machines() -> None:
    found = read("and between 2 and 5 pm?")
    assert [e.id for e in found.equipment] == ["chiller_001"]
    assert len(found.windows) == 1


def test_a_follow_up_with_now_drops_the_window() -> None:
    assert read("and now?").windows == ()


@pytest.mark.parametrize(
    "question",
    ["Show chiller 1 power", "pump 3", "how is everything", "any alerts?", "which chiller is worst", "list all pumps"],
)
def test_a_question_that_stands_alone_is_left_alone(question: str) -> None:
    assert read(question) == RESOLVER.resolve(question, now=NOW)


def test_nothing_is_carried_over_without_a_question_before() -> None:
    refused = Plan(intent="out_of_scope", reason="no")
    assert read("and yesterday?", None).before is None
    assert read("and yesterday?", refused).before is None


def test_a_machine_that_is_not_there_stays_unknown() -> None:
    assert [u.text for u in read("and chiller 99?").unknown] == ["chiller 99"]


def test_a_ranking_keeps_its_type_and_metric() -> None:
    found = read("and the lowest?", RANK)
    assert (found.equipment_types, found.metrics[0].name) == (("pump",), "vibration_mm_s")
    plan = parse_plan("rank pump a last asc: ranking", found, PLANT, now=NOW)
    assert (plan.equipment_type, plan.order) == ("pump", "asc")


@pytest.mark.parametrize("question", ["give me the three shortest", "only the worst two", "make it ten please"])
def test_how_many_of_a_ranking_may_be_said_later(question: str) -> None:
    found = read(question, RANK)
    assert (found.before, found.equipment_types) == ("rank last", ("pump",))
    assert found.numbers != (RANK.top_n,)


def test_the_same_ranking_is_of_another_type() -> None:
    found = read("do the same ranking for the cooling towers", RANK)
    assert (found.equipment_types, found.metrics[0].name) == (("cooling_tower",), "vibration_mm_s")


def test_a_command_to_set_is_no_comparison() -> None:
    assert not read("set the flow of pump 3 to 50").adding


def test_the_model_is_reported_what_was_asked_before() -> None:
    found = read("and yesterday?")
    assert "was trend avg" in build_messages(found)[1]["content"].splitlines()
    assert "trend: " in build_grammar(found, PLANT)


def test_a_plan_comes_back_from_its_experience() -> None:
    assert plan_of(to_json_value(TREND)) == TREND
    assert plan_of(to_json_value(RANK)) == RANK
