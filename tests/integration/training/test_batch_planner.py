"""Many questions planned at once: the plans of one after another, in the order asked, more of them than seats."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from cc_common.core.settings import PROJECT
from cc_common.planning import build_grammar, build_messages, refuse_unknown_names, understand
from cc_common.simulator import PLANT
from cc_common.understanding import Resolver
from training.batch_planner import SEATS, BatchPlanner
from training.corpus import NOW
from training.evaluate import Prompt, evaluate, one_by_one, read_questions

QUESTIONS = PROJECT / "tests" / "questions"
MANY = 2 * SEATS + 3


@pytest.fixture(scope="module")
def planner(starter_gguf: Path) -> Iterator[BatchPlanner]:
    planner = BatchPlanner(starter_gguf)
    yield planner
    planner.close()


@pytest.fixture(scope="module")
def prompts() -> list[Prompt]:
    resolver, found = Resolver(PLANT), []
    for question in read_questions(QUESTIONS / "month.jsonl")[::11]:
        resolution = understand(question["question"], resolver, PLANT, now=NOW)
        if refuse_unknown_names(resolution) is None:
            found.append((build_messages(resolution), build_grammar(resolution, PLANT)))
    return found[:MANY]


def test_the_plans_are_those_of_one_after_another(planner: BatchPlanner, prompts: list[Prompt]) -> None:
    assert len(prompts) == MANY
    at_once = planner.plans(prompts)
    assert at_once == [planner.plan(messages, lark) for messages, lark in prompts]
    assert planner.plans(prompts[::-1]) == at_once[::-1]  # a seat keeps nothing of who sat there before


def test_nothing_asked_is_nothing_planned(planner: BatchPlanner) -> None:
    assert planner.plans([]) == []


def test_follow_ups_are_judged_after_what_they_follow(planner: BatchPlanner) -> None:
    rows = read_questions(QUESTIONS / "month_follow_ups.jsonl")[:6]
    at_once = evaluate(rows, planner.plans, PLANT, NOW)
    alone = evaluate(rows, one_by_one(planner.plan), PLANT, NOW)
    assert [(j.question, j.line, j.right) for j in at_once] == [(j.question, j.line, j.right) for j in alone]
